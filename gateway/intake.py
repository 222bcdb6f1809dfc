"""What becomes of one message: a reading, perhaps a signal, or a place in quarantine.

The same message at the same time comes to the same end, but for what was learnt of its device's
clock. Nothing leaves here without one of them, and nothing raises: our own fault is a reason for
quarantine too.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import msgspec

from gateway import timestamps
from gateway.decoders.native import Statement, Unreadable
from gateway.decoders.said import Heard, Offer, Said
from gateway.dialects import DIALECTS, Interpreter
from gateway.identity import Identity
from gateway.sessions.notes import Note
from gateway.signals import alarm_signal, set_aside_signal, trouble_signal, unreadable_signal
from gateway.timestamps import Tolerance
from telecare.messages import Reading, Signal
from telecare.vocabulary import WILL, ClaimOfTime, QuarantineReason, ReadingKind

Decoder = Callable[[bytes], Statement]

KINDS = {kind.value: kind for kind in ReadingKind}
STATES = frozenset({ReadingKind.HEARTBEAT, ReadingKind.STATUS})
"""Kinds that describe how things stand: those may be retained, events may not."""
TYPED = frozenset({ReadingKind.ALARM, ReadingKind.READING})
"""Kinds that say nothing without a type; of the others the kind is the type."""
_LATE = ClaimOfTime.LATE
BYTES_KEPT = 64 * 1024
"""Bytes of a quarantined message that are kept."""
KIND_KEPT = 100
"""Characters of the end of its topic that are kept."""


class Arrival(msgspec.Struct, frozen=True, gc=False):
    """A message as a source received it, with the identity its credential proved."""

    identity: Identity
    kind: str
    """The last levels of its topic."""
    payload: bytes
    received_at: datetime
    retain: bool = False
    """A broker had kept it, for whoever would subscribe."""
    missing: int = 0
    """Bytes that the source did not keep, because there were too many."""
    withdrawn: bool = False
    """The device's access was withdrawn: only a call for help is taken, and shown as such."""
    dialect: str = ""
    """Whose words they are; empty for our own contract. `kind` is then the dialect's topic."""
    note: Note | None = None
    """What becomes safe with it; without a `kind` there is no message, only the note."""
    will: bool = False
    """The source says it for a device that has vanished; the reading bears `WILL`."""


class Quarantined(msgspec.Struct, frozen=True):
    """A message set aside with its bytes and the reason why."""

    identity: Identity
    kind: str
    reason: QuarantineReason
    why: str
    payload: bytes
    size: int
    """Bytes of the whole message, also of those not kept."""
    received_at: datetime


class Unknown(msgspec.Struct, frozen=True):
    """A device that another one spoke of, which a person may take into the register."""

    identity: Identity
    """Of the device that spoke."""
    offer: Offer
    received_at: datetime


class Intake(msgspec.Struct, frozen=True, gc=False):
    """What to commit for one message, or for one thing that it states, all of it together."""

    reading: Reading | None = None
    signal: Signal | None = None
    quarantined: Quarantined | None = None
    unknown: Unknown | None = None
    note: Note | None = None


def is_alarm(kind: str) -> bool:
    """Whether a topic is one of alarms, however it is written below `up/`."""
    return kind == "alarm" or kind.partition("/")[0].strip().lower() == "alarm"


def take_in(arrival: Arrival, decode: Decoder, tolerance: Tolerance) -> Intake:
    """Decide about one message; `tolerance` learns from it how its device's clock goes."""
    if arrival.note is not None:
        return _noted(arrival, lambda plain: [take_in(plain, decode, tolerance)])[0]
    try:
        return Intake(*_read(arrival, decode, tolerance))
    except Unreadable as error:
        return _set_aside(arrival, error.reason, error.why)
    except Exception as error:  # noqa: BLE001 - a fault of ours must not cost a message
        return set_aside_as_ours(arrival, error)


def take_in_dialect(
    arrival: Arrival, interpreter: Interpreter, tolerance: Tolerance
) -> list[Intake]:
    """Decide about one message in a foreign dialect: as many intakes as it states things."""
    if arrival.note is not None:
        return _noted(arrival, lambda plain: take_in_dialect(plain, interpreter, tolerance))
    dialect = DIALECTS[arrival.dialect]
    identity = arrival.identity
    cries = dialect.may_cry(arrival.kind, arrival.payload, identity.sensors, identity.press)
    try:
        stated = _interpret(arrival, interpreter, tolerance)
        if arrival.withdrawn:
            # Only here is it known what a bridge's message says: its readings are not believed.
            stated = [each for each in stated if each.signal is not None and each.signal.explicit]
        return stated or [Intake()]
    except Unreadable as error:
        return [_set_aside(arrival, error.reason, error.why, cries=cries)]
    except Exception as error:  # noqa: BLE001 - a fault of ours must not cost a message
        return [set_aside_as_ours(arrival, error, cries=cries)]


def _noted(arrival: Arrival, decide: Callable[[Arrival], list[Intake]]) -> list[Intake]:
    """What `decide` makes of the message, each part of it with the message's note."""
    if not arrival.kind:
        return [Intake(note=arrival.note)]
    intakes = decide(msgspec.structs.replace(arrival, note=None))
    return [msgspec.structs.replace(each, note=arrival.note) for each in intakes]


def set_aside_as_ours(arrival: Arrival, error: Exception, *, cries: bool = False) -> Intake:
    """What becomes of a message that was sound, and that our own fault stopped."""
    why = f"Our own code failed with {type(error).__name__}."
    intake = _set_aside(arrival, QuarantineReason.DECODER_FAILED, why, cries=cries)
    return msgspec.structs.replace(intake, note=arrival.note)


def _read(arrival: Arrival, decode: Decoder, tolerance: Tolerance) -> tuple[Reading, Signal | None]:
    kind = KINDS.get(arrival.kind)
    if kind is None:
        raise Unreadable(QuarantineReason.UNKNOWN_KIND, "Its topic ends with no kind we know.")
    if arrival.missing:
        raise Unreadable(QuarantineReason.TOO_LARGE, "The message is larger than we take.")
    statement = decode(arrival.payload)
    if arrival.retain and kind not in STATES:
        raise Unreadable(
            QuarantineReason.RETAINED_EVENT, "A retained message is a state, never a new event."
        )
    return _believe(arrival, kind, statement, tolerance)


def _interpret(arrival: Arrival, interpreter: Interpreter, tolerance: Tolerance) -> list[Intake]:
    if arrival.missing:
        raise Unreadable(QuarantineReason.TOO_LARGE, "The message is larger than we take.")
    identity = arrival.identity
    heard = Heard(
        arrival.kind, arrival.payload, arrival.received_at, identity.sensors, identity.press
    )
    intakes = []
    for each in interpreter.read(arrival.dialect, identity.org, identity.device, heard):
        if isinstance(each, Offer):
            intakes.append(Intake(unknown=Unknown(identity, each, arrival.received_at)))
        elif arrival.retain and not _may_be_retained(each):
            why = "A retained message is a state, never a new event."
            intakes.append(_set_aside(arrival, QuarantineReason.RETAINED_EVENT, why))
        else:
            reading, signal = _believe(arrival, each.kind, each.statement, tolerance)
            if each.trouble:
                signal = trouble_signal(reading)
            intakes.append(Intake(reading, signal))
    return intakes


def _may_be_retained(said: Said) -> bool:
    """Whether a broker may have kept it: how things stand, or where somebody was at a time
    it names itself.
    """
    return said.kind in STATES or (
        said.kind is ReadingKind.LOCATION and said.statement.at is not None
    )


def _believe(
    arrival: Arrival, kind: ReadingKind, statement: Statement, tolerance: Tolerance
) -> tuple[Reading, Signal | None]:
    identity, received_at = arrival.identity, arrival.received_at
    judged = timestamps.judge(statement.at, received_at, tolerance.allowed, identity.history)
    if tolerance.behind or judged.claim is _LATE:
        # A hub's clock is its own, whichever of its sensors it speaks of; a bridge hands on theirs.
        whose = (identity.org, identity.device, statement.sensor if arrival.dialect else None)
        judged = tolerance.follow(whose, statement.at, received_at, judged)
    reading = Reading(
        org=identity.org,
        home=identity.home,
        device=identity.device,
        id=statement.id,
        kind=kind,
        type=statement.type or _type_of(kind),
        occurred_at=judged.occurred_at,
        received_at=received_at,
        at=statement.at,
        time_claim=judged.claim,
        room=statement.room,
        sensor=statement.sensor,
        value=statement.value,
        unit=statement.unit,
        battery=statement.battery,
        data=statement.data | {WILL: True} if arrival.will else statement.data,
    )
    if kind is not ReadingKind.ALARM:
        return reading, None
    return reading, alarm_signal(reading, withdrawn=arrival.withdrawn)


def _type_of(kind: ReadingKind) -> str:
    if kind in TYPED:
        raise Unreadable(QuarantineReason.WRONG_TYPE, "The field type is missing.")
    return kind.value


def _set_aside(
    arrival: Arrival, reason: QuarantineReason, why: str, *, cries: bool = False
) -> Intake:
    quarantined = Quarantined(
        identity=arrival.identity,
        kind=f"{arrival.dialect}:{arrival.kind}".lstrip(":")[:KIND_KEPT],
        reason=reason,
        why=why,
        payload=arrival.payload[:BYTES_KEPT],
        size=len(arrival.payload) + arrival.missing,
        received_at=arrival.received_at,
    )
    signal = None
    cries = cries if arrival.dialect else is_alarm(arrival.kind)
    if cries and reason is not QuarantineReason.RETAINED_EVENT:
        signal = unreadable_signal(arrival.identity, arrival.payload, arrival.received_at)
    elif reason is not QuarantineReason.UNKNOWN_KIND:  # bridges say much that is none of ours
        signal = set_aside_signal(arrival.identity, reason, why, arrival.received_at)
    return Intake(quarantined=quarantined, signal=signal)
