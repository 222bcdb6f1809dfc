-- One role per owner, each writing only its own schema and reading its neighbours' lanes.
-- Run as a superuser after every `telecare migrate`, for what is new in it; give each service its own URL.
-- Passwords are set by the operator: \password telecare_gateway and so on.
DO $$
DECLARE service text;
BEGIN
  FOREACH service IN ARRAY ARRAY['telecare_gateway', 'telecare_detectors', 'telecare_responder'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = service) THEN
      EXECUTE format('CREATE ROLE %I LOGIN', service);
    END IF;
  END LOOP;
END $$;

GRANT USAGE ON SCHEMA register, gateway TO telecare_gateway;
GRANT USAGE ON SCHEMA register, gateway, detectors, responder TO telecare_detectors;
GRANT USAGE ON SCHEMA register, gateway, detectors, responder TO telecare_responder;

GRANT SELECT ON ALL TABLES IN SCHEMA register TO telecare_gateway, telecare_detectors;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA register TO telecare_responder;

GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA gateway TO telecare_gateway;
GRANT SELECT ON ALL TABLES IN SCHEMA gateway TO telecare_detectors, telecare_responder;

GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA detectors TO telecare_detectors;
GRANT SELECT ON ALL TABLES IN SCHEMA detectors TO telecare_responder;

-- The detectors learn from the responder's lane what people found, and see nothing else of it.
GRANT SELECT ON responder.lane_record, responder.alembic_version TO telecare_detectors;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA responder TO telecare_responder;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA responder TO telecare_responder;
-- The record is written and read; nobody changes it.
REVOKE UPDATE, DELETE ON responder.record_entry FROM telecare_responder;

-- The responder forgets, in time and on request, what its neighbours keep: a record erased from
-- a lane leaves a stone in its place.
GRANT INSERT, DELETE ON gateway.lane_record, detectors.lane_record TO telecare_responder;
GRANT DELETE ON gateway.quarantine, gateway.unknown_device TO telecare_responder;
GRANT DELETE ON detectors.verdict, detectors.home_state TO telecare_responder;
