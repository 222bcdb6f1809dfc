-- One role per owner, each writing only its own schema and reading its neighbours' lanes.
-- Run once as a superuser after `telecare migrate`; give each service its own URL.
-- Passwords are set by the operator: \password telecare_gateway and so on.
CREATE ROLE telecare_gateway LOGIN;
CREATE ROLE telecare_detectors LOGIN;
CREATE ROLE telecare_responder LOGIN;

GRANT USAGE ON SCHEMA register, gateway TO telecare_gateway;
GRANT USAGE ON SCHEMA register, gateway, detectors TO telecare_detectors;
GRANT USAGE ON SCHEMA register, gateway, detectors, responder TO telecare_responder;

GRANT SELECT ON ALL TABLES IN SCHEMA register TO telecare_gateway, telecare_detectors;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA register TO telecare_responder;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA gateway TO telecare_gateway;
GRANT SELECT ON ALL TABLES IN SCHEMA gateway TO telecare_detectors, telecare_responder;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA detectors TO telecare_detectors;
GRANT SELECT ON ALL TABLES IN SCHEMA detectors TO telecare_responder;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA responder TO telecare_responder;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA responder TO telecare_responder;
