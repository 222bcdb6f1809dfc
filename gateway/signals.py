"""The direct lane: an explicit alarm becomes a signal here, with no model in between."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from hashlib import blake2b

import msgspec

from gateway.identity import Identity
from telecare.messages import CALL_REFERENCE, Evidence, Reading, Signal
from telecare.vocabulary import (
    PLATFORM_HOME,
    AlarmType,
    ClaimOfTime,
    QuarantineReason,
    SignalKind,
)

SOURCE = "gateway"
SAME_CALL = timedelta(minutes=10)
_REFERENCE = re.compile(r"[A-Za-z0-9._-]{1,64}")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_WORDS: dict[str, str] = {
    AlarmType.PENDANT: "Pendant pressed",
    AlarmType.PULL_CORD: "Pull cord pulled",
    AlarmType.FALL: "Fall detector reports a fall",
    AlarmType.SMOKE: "Smoke alarm sounding",
    AlarmType.HEAT: "Heat alarm sounding",
    AlarmType.CARBON_MONOXIDE: "Carbon monoxide alarm sounding",
    AlarmType.GAS: "Gas alarm sounding",
    AlarmType.FLOOD: "Water where none should be",
    AlarmType.LOW_TEMPERATURE: "The home is dangerously cold",
    AlarmType.BED_EXIT: "Out of bed and not back",
    AlarmType.DOOR_EXIT: "Left through the door",
    AlarmType.PANIC: "Panic button pressed",
    AlarmType.BOGUS_CALLER: "Help asked for with a caller at the door",
    AlarmType.MEDICATION_MISSED: "Medication not taken",
    AlarmType.CANCEL: "The person cancelled the alarm",
    "local_unit": "Help button pressed on the unit itself",
    "inactivity": "No activity reported by the unit",
    "seizure": "Epilepsy monitor reports a seizure",
    "enuresis": "Enuresis sensor triggered",
    "mat": "Pressure mat triggered",
    "chair_exit": "Out of the chair and not back",
    "intruder": "Intruder alarm sounding",
    "occupancy": "Somebody is not where they should be, an occupancy sensor says",
    "lift": "Help asked for in the lift",
    "assistance": "Staff ask for assistance",
    "heart_rate": "Heart rate monitor raised an alarm",
    "lying": "Somebody is lying on the floor, a radar sensor says",
    "open_too_long": "A door has stood open for too long",
    "closed_too_long": "A door has not been opened for too long",
    "motionless": "Somebody has not moved, a radar sensor says",
}
_TROUBLE: dict[str, str] = {
    "battery_low": "A battery is low",
    "battery_failure": "A battery has failed",
    "mains_failure": "The mains power has failed",
    "tamper": "A device was tampered with",
    "line_failure": "A line to the centre has failed",
    "radio_interference": "Radio interference keeps sensors from being heard",
    "maintenance": "A device asks for maintenance",
    "out_of_service": "A device is out of service",
    "babbling": "A device sends more messages than it may, so its readings come late",
    "reconnecting": "A device connects again and again",
}


def alarm_signal(reading: Reading, *, withdrawn: bool = False) -> Signal:
    """The signal of an alarm; the same reading gives the same signal with the same id.

    `withdrawn`: the device's access had been withdrawn, and somebody still pressed it.
    """
    late = reading.time_claim is ClaimOfTime.LATE
    return Signal(
        id=_id("alarm", reading.org, reading.device, reading.id.encode()),
        org=reading.org,
        home=reading.home,
        kind=SignalKind.ALARM,
        occurred_at=reading.occurred_at,
        raised_at=reading.received_at,
        why=_why(reading, late=late, withdrawn=withdrawn),
        source=SOURCE,
        explicit=True,
        type=reading.type,
        device=reading.device,
        reading=reading.id,
        room=reading.room,
        late=late,
        evidence=_call(reading),
    )


def _call(reading: Reading) -> Evidence:
    """By which reference the unit's voice call is found in the centre's telephony."""
    reference = reading.data.get(CALL_REFERENCE)
    if not isinstance(reference, str) or not _REFERENCE.fullmatch(reference):
        return Evidence()
    return Evidence(facts={"call": reference})


def trouble_signal(reading: Reading) -> Signal:
    """The signal of a device that asks somebody to look after itself: work for the TEC team."""
    words = _TROUBLE.get(reading.type) or f"A device reports trouble: {reading.type}"
    return Signal(
        id=_id("trouble", reading.org, reading.device, reading.id.encode()),
        org=reading.org,
        home=reading.home,
        kind=SignalKind.EQUIPMENT,
        occurred_at=reading.occurred_at,
        raised_at=reading.received_at,
        why=words + ".",
        source=SOURCE,
        type=reading.type,
        device=reading.device,
        reading=reading.id,
        room=reading.room,
        late=reading.time_claim is ClaimOfTime.LATE,
    )


def again_signal(signal: Signal, reading: Reading) -> Signal:
    """`signal` for the same thing under a number of its own, which `reading` has now."""
    return msgspec.structs.replace(
        signal,
        id=_id("again", reading.org, reading.device, reading.id.encode()),
        reading=reading.id,
        why=signal.why.removesuffix(".") + ", with a number the device had used before.",
    )


def numbers_signal(reading: Reading) -> Signal:
    """The signal of a device that gives old numbers to new messages; one in a day."""
    day = reading.received_at.date().isoformat()
    return Signal(
        id=_id("numbers", reading.org, reading.device, day.encode()),
        org=reading.org,
        home=reading.home,
        kind=SignalKind.EQUIPMENT,
        occurred_at=reading.received_at,
        raised_at=reading.received_at,
        why="A device uses numbers of earlier messages again, as after a flat battery.",
        source=SOURCE,
        type="counts_anew",
        device=reading.device,
    )


def broker_signal(
    org: str, broker: str, kind: SignalKind, type_: str, why: str, now: datetime, key: str
) -> Signal:
    """The signal of trouble with somebody else's broker: nobody's home, everybody's concern.

    The same `key` gives the same signal.
    """
    return Signal(
        id=_id("broker", org, broker, f"{type_}\0{key}".encode()),
        org=org,
        home=PLATFORM_HOME,
        kind=kind,
        type=type_,
        occurred_at=now,
        raised_at=now,
        why=why,
        source=SOURCE,
        device=f"broker-{broker}",
    )


def unreadable_signal(identity: Identity, payload: bytes, received_at: datetime) -> Signal:
    """The signal of something on an alarm topic that nobody could read.

    The same bytes of the same device within `SAME_CALL` give the same id: a device that
    repeats its message until it is content does not raise it again and again. Later the
    same bytes are another call for help, whatever was made of the first.
    """
    call = (received_at - _EPOCH) // SAME_CALL
    return Signal(
        id=_id("unreadable", identity.org, identity.device, b"%d:" % call + payload),
        org=identity.org,
        home=identity.home,
        kind=SignalKind.UNREADABLE_ALARM,
        occurred_at=received_at,
        raised_at=received_at,
        why="A device sent an alarm that could not be read. Ask whether help is needed.",
        source=SOURCE,
        explicit=True,
        device=identity.device,
    )


def set_aside_signal(
    identity: Identity, reason: QuarantineReason, why: str, received_at: datetime
) -> Signal:
    """The signal of a device that sends what cannot be used; one for a reason in a day."""
    return Signal(
        id=_id("aside", identity.org, identity.device, f"{reason}:{received_at.date()}".encode()),
        org=identity.org,
        home=identity.home,
        kind=SignalKind.EQUIPMENT,
        occurred_at=received_at,
        raised_at=received_at,
        why=f"A device sends what cannot be used, and it is set aside. {why}",
        source=SOURCE,
        type="set_aside",
        device=identity.device,
    )


def _why(reading: Reading, *, late: bool, withdrawn: bool) -> str:
    words = _WORDS.get(reading.type)
    sentence = words or f"The device raised an alarm we have no words for: {reading.type}"
    if reading.room:
        sentence += f" ({reading.room.replace('_', ' ')})"
    if withdrawn:
        sentence += ", on a device whose access was withdrawn"
    if late:
        sentence += f"; it reached us {_ago(reading.received_at - reading.occurred_at)} late"
    return sentence + "."


def _ago(delay: timedelta) -> str:
    minutes = round(delay.total_seconds() / 60)
    if minutes < 120:
        return f"{minutes} minutes"
    if minutes < 48 * 60:
        return f"{round(minutes / 60)} hours"
    return f"{round(minutes / 1440)} days"


def _id(what: str, org: str, device: str, key: bytes) -> str:
    digest = blake2b(f"{org}\0{device}\0".encode() + key, digest_size=16)
    return f"{what}-{digest.hexdigest()}"
