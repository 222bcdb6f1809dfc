"""What the duty knows, said in HL7 FHIR R4. Pure: records in, plain JSON out.

Nothing here diagnoses. A patient is a resident by our own id; another system matches people
by what it has agreed with the controller. Where several people share a home, what devices and
alerts tell is about the home (`Location`), for nobody can say who it was.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from responder.life.alert import Alert
from responder.outgoing.outbox import MessageState
from responder.store.messages import Posted
from responder.whom.people import Channel
from responder.whom.plans import text_of
from telecare.messages import Reading
from telecare.register.contacts import Contact
from telecare.register.devices import Device
from telecare.register.plans import Plan
from telecare.vocabulary import AlertState, Outcome

Resource = dict[str, Any]
_CODES = "http://terminology.hl7.org/CodeSystem"


class Kind(StrEnum):
    """Resources that can be searched for."""

    DEVICE = "Device"
    FLAG = "Flag"
    OBSERVATION = "Observation"
    COMMUNICATION = "Communication"
    TASK = "Task"
    ENCOUNTER = "Encounter"
    CARE_PLAN = "CarePlan"
    RELATED_PERSON = "RelatedPerson"


_VIRTUAL = ("VR", "virtual")
_AT_HOME = ("HH", "home health")
ENCOUNTERED: dict[Outcome, tuple[str, str]] = {
    Outcome.HELPED_BY_TALKING: _VIRTUAL,
    Outcome.GP_OR_111: _VIRTUAL,
    Outcome.KEYHOLDER_ATTENDED: _AT_HOME,
    Outcome.RESPONDER_ATTENDED: _AT_HOME,
    Outcome.AMBULANCE: _AT_HOME,
    Outcome.FOUND_SAFE: _AT_HOME,
}
"""Outcomes by which somebody spoke with the person or went to them."""

_TASKS = {
    AlertState.WAITING: "requested",
    AlertState.CLAIMED: "accepted",
    AlertState.ATTENDING: "in-progress",
    AlertState.WATCHING: "on-hold",
    AlertState.RESOLVED: "completed",
}
_PRIORITIES = {"emergency": "stat", "urgent": "urgent", "soon": "asap"}
_SENT = {
    MessageState.READY: "preparation",
    MessageState.SENT: "in-progress",
    MessageState.DELIVERED: "completed",
}


def device(patient: str, of: Device, *, revoked: bool) -> Resource:
    """A device in the person's home."""
    return {
        "resourceType": Kind.DEVICE.value,
        "id": of.device,
        "status": "inactive" if revoked else "active",
        "type": {"text": of.kind.value},
        **({"modelNumber": of.model} if of.model else {}),
        **({"serialNumber": of.serial} if of.serial else {}),
        "patient": {"reference": f"Patient/{patient}"},
    }


def flag(subject: str, alert: Alert) -> Resource:
    """A reason for concern that people work on, or have worked on."""
    period = {"start": _at(alert.opened_at)}
    if alert.resolved_at:
        period["end"] = _at(alert.resolved_at)
    return {
        "resourceType": Kind.FLAG.value,
        "id": alert.id,
        "status": "active" if alert.is_open else "inactive",
        "category": [{"coding": [_coding("flag-category", "safety", "Safety")]}],
        "code": {"text": alert.sentence},
        "subject": {"reference": subject},
        "period": period,
    }


def observation(subject: str, reading: Reading) -> Resource:
    """A fact a sensor stated. Positions and movement windows are not handed on."""
    said: Resource = {
        "resourceType": Kind.OBSERVATION.value,
        "status": "final",
        "category": [{"coding": [_coding("observation-category", "activity", "Activity")]}],
        "code": {"text": reading.type or "reading"},
        "subject": {"reference": subject},
        "effectiveDateTime": _at(reading.occurred_at),
        "issued": _at(reading.received_at),
        "device": {"reference": f"Device/{reading.device}"},
    }
    value = reading.value
    if isinstance(value, bool):
        said["valueBoolean"] = value
    elif isinstance(value, str):
        said["valueString"] = value
    elif value is not None:
        said["valueQuantity"] = {"value": value, **({"unit": reading.unit} if reading.unit else {})}
    return said


def communication(patient: str, posted: Posted) -> Resource:
    """A message that was to reach somebody; never its words."""
    message = posted.message
    return {
        "resourceType": Kind.COMMUNICATION.value,
        "id": message.key,
        "status": _SENT.get(posted.state, "not-done"),
        "subject": {"reference": f"Patient/{patient}"},
        "about": [{"reference": f"Flag/{message.alert}"}],
        "sent": _at(message.created_at),
        "recipient": [{"reference": f"RelatedPerson/{message.recipient}"}]
        if ":" not in message.recipient
        else [],
        "medium": [{"text": Channel(message.channel).words}],
    }


def task(subject: str, alert: Alert) -> Resource:
    """What is to be done about an alert, and by whom."""
    return {
        "resourceType": Kind.TASK.value,
        "id": alert.id,
        "status": _TASKS[alert.state],
        "intent": "order",
        "priority": _PRIORITIES.get(alert.priority.value, "routine"),
        "description": alert.next_step or "nothing more",
        "focus": {"reference": f"Flag/{alert.id}"},
        "for": {"reference": subject},
        "authoredOn": _at(alert.opened_at),
        "lastModified": _at(alert.resolved_at or alert.touched_at or alert.opened_at),
        **({"owner": {"display": alert.owner_id}} if alert.owner_id else {}),
    }


def encounter(patient: str, alert: Alert) -> Resource:
    """Somebody spoke with the person, or went to them. Only for outcomes in `ENCOUNTERED`."""
    assert alert.outcome is not None
    assert alert.resolved_at is not None
    code, words = ENCOUNTERED[alert.outcome]
    return {
        "resourceType": Kind.ENCOUNTER.value,
        "id": alert.id,
        "status": "finished",
        "class": _coding("v3-ActCode", code, words),
        "subject": {"reference": f"Patient/{patient}"},
        "period": {
            "start": _at(alert.first_claimed_at or alert.opened_at),
            "end": _at(alert.resolved_at),
        },
        "reasonCode": [{"text": alert.sentence}],
    }


def care_plan(patient: str, plan: Plan) -> Resource:
    """What is done when something happens in the person's home."""
    return {
        "resourceType": Kind.CARE_PLAN.value,
        "id": plan.plan,
        "meta": {"versionId": str(plan.version)},
        "status": "active",
        "intent": "plan",
        "title": f"When there is {plan.kind or 'anything'}",
        "subject": {"reference": f"Patient/{patient}"},
        "activity": [
            {"detail": {"status": "not-started", "description": text_of(step)}}
            for step in plan.steps
        ],
    }


def related_person(patient: str, contact: Contact) -> Resource:
    """Somebody who may be asked to go. Their numbers were given to us, not to others."""
    return {
        "resourceType": Kind.RELATED_PERSON.value,
        "id": contact.contact,
        "active": True,
        "patient": {"reference": f"Patient/{patient}"},
        "relationship": [{"text": contact.relation or "contact"}],
        "name": [{"text": contact.name}],
    }


def bundle(resources: list[Resource], own: str, onward: str | None) -> Resource:
    """One page of a search; `onward` is the address of the next."""
    links = [{"relation": "self", "url": own}]
    if onward:
        links.append({"relation": "next", "url": onward})
    return {
        "resourceType": "Bundle",
        "type": "searchset",
        "link": links,
        "entry": [{"resource": each, "search": {"mode": "match"}} for each in resources],
    }


def capabilities(now: datetime) -> Resource:
    """What can be asked here."""
    search = [
        {"name": "patient", "type": "reference"},
        {"name": "date", "type": "date"},
    ]
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": _at(now),
        "kind": "instance",
        "fhirVersion": "4.0.1",
        "format": ["json"],
        "implementation": {"description": "Telecare, read only"},
        "rest": [
            {
                "mode": "server",
                "resource": [
                    {
                        "type": each.value,
                        "interaction": [{"code": "search-type"}],
                        "searchParam": search,
                    }
                    for each in Kind
                ],
            }
        ],
    }


def _coding(system: str, code: str, words: str) -> Resource:
    return {"system": f"{_CODES}/{system}", "code": code, "display": words}


def _at(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")
