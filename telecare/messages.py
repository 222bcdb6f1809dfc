"""The frozen records that cross a boundary between services.

All times are aware UTC datetimes. Records are encoded as JSON by `encode` and read
back by `decode_reading` and its like; unknown fields are ignored on the way in, so that an
older reader survives a newer writer.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from telecare.vocabulary import (
    AVAILABILITY,
    WILL,
    ClaimOfTime,
    FalseAlarmCause,
    Outcome,
    ReadingKind,
    SignalKind,
    Truth,
)


class Reading(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A fact a device stated, as the gateway stored it.

    `(org, device, id)` is unique for ever: a repeated message is stored once.
    """

    org: str
    home: str
    device: str
    """Identity from the credential, never from the payload."""
    id: str
    """The device's own id of the message, 1 to 64 characters."""
    kind: ReadingKind
    type: str
    """Within `alarm` an `AlarmType` or a word we do not know yet; within `reading`
    e.g. motion, door, power, bed, temperature."""
    occurred_at: datetime
    """When it happened, as far as we believe: see `ClaimOfTime`."""
    received_at: datetime
    """When the gateway took it. Duties count from here."""
    at: datetime | None = None
    """What the device claimed, converted to UTC."""
    time_claim: ClaimOfTime = ClaimOfTime.TRUSTED
    room: str | None = None
    sensor: str | None = None
    """Which sensor behind the hub, if the device says so."""
    value: float | bool | str | None = None
    unit: str | None = None
    battery: float | None = None
    """Per cent, 0 to 100."""
    data: dict[str, Any] = {}
    """Every other field of the payload, kept as it came (hz, xyz_mg, lat, lon, ...)."""

    @property
    def is_word(self) -> bool:
        """Whether the device itself spoke. Its will is said for it when it is gone, and "offline"
        by whoever misses it: neither shows that it lives.
        """
        offline = self.type == AVAILABILITY and self.value is False
        return not (offline or (self.data and self.data.get(WILL) is True))


CALL_REFERENCE = "call_reference"
"""In a reading's data: how the voice call is called that the unit makes with its alarm."""


class EvidenceSeries(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Points ready to be drawn, with the usual band where there is one.

    `x` is either seconds relative to `Evidence.around` or, with `labels`, a category index.
    """

    name: str
    x: list[float]
    y: list[float]
    unit: str = ""
    labels: list[str] = []
    usual_low: float | None = None
    usual_high: float | None = None


class Evidence(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a signal rests on: numbers for machines, series to draw, moments to mark."""

    around: datetime | None = None
    facts: dict[str, float | int | str | bool | None] = {}
    series: list[EvidenceSeries] = []
    marks: dict[str, float] = {}
    """Name of a moment -> its x in the first series."""


class Signal(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A reason for concern, with a plain sentence why.

    `id` is deterministic: the same readings give the same signals with the same ids, so
    taking one in twice changes nothing.
    """

    id: str
    org: str
    home: str
    kind: SignalKind
    occurred_at: datetime
    raised_at: datetime
    why: str
    """One sentence a family would understand, without a diagnosis."""
    source: str
    """`gateway` for explicit alarms, else the detector's name."""
    explicit: bool = False
    """A person or device asked for help itself: no model stands before it, nothing
    suppresses it."""
    type: str = ""
    """For `alarm`: the alarm's type. Else what the detector specifies (e.g. bathroom_night)."""
    device: str | None = None
    reading: str | None = None
    """Id of the reading it came from, if one."""
    room: str | None = None
    late: bool = False
    """It happened well before we learnt of it; shown as such, never dropped."""
    probability: float | None = None
    """0 to 1, calibrated as far as the detector promises."""
    evidence: Evidence = Evidence()


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """Sent to a device's `down/receipt` topic after its alarm is safe on disk."""

    id: str
    """The id of the alarm that is safe."""
    stored_at: datetime
    duplicate: bool = False


class Verdict(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What people found a signal to be when they closed its alert. No personal data.

    Written by the responder in the transaction of the resolution, one for each signal of
    the alert; the detectors learn from it.
    """

    id: str
    """The signal's own id: a signal is judged once."""
    org: str
    home: str
    alert: str
    source: str
    """As in `Signal.source`: `gateway`, or the detector's name."""
    kind: SignalKind
    type: str = ""
    device: str | None = None
    truth: Truth
    outcome: Outcome
    cause: FalseAlarmCause | None = None
    probability: float | None = None
    strength: float | None = None
    """The signal's own measure beside a probability, where its evidence has one."""
    occurred_at: datetime
    at: datetime
    """When the alert was closed."""


class RehearsalRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody asks: what would this home's detector have said with another setting?"""

    id: str
    """Of the tuning it belongs to."""
    org: str
    home: str
    detector: str
    setting: str
    value: float
    at: datetime


class Fired(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A signal that was, or would have been, raised."""

    id: str
    at: datetime
    kind: SignalKind
    type: str = ""
    why: str = ""
    truth: Truth | None = None
    """What people found the very same signal to be, if it was raised and closed."""


class Rehearsal(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a detector would have said lately, with the setting as it is and as it would be.

    The answer to a `RehearsalRequest`, or the detectors' own proposal: then `reason` says
    why. Both sides were run by the detectors of production over the home's own readings.
    """

    id: str
    org: str
    home: str
    detector: str
    setting: str
    before: float
    """The value in force when it was rehearsed."""
    after: float
    at: datetime
    since: datetime
    """Signals from here until `at` are listed; earlier readings only warmed up."""
    readings: int = 0
    now: list[Fired] = []
    then: list[Fired] = []
    reason: str = ""
    """For a proposal: one sentence why it is proposed; empty when somebody asked."""
    fault: str = ""
    """Why it could not be rehearsed; empty when it could."""


Record = Reading | Signal | Verdict | RehearsalRequest | Rehearsal
"""What a lane may hold."""


def stored_at(record: Record) -> datetime:
    """The time a record is filed under: of receipt, of raising, of writing."""
    if isinstance(record, Reading):
        return record.received_at
    return record.raised_at if isinstance(record, Signal) else record.at


_encoder = msgspec.json.Encoder()
_reading_decoder = msgspec.json.Decoder(Reading)
_signal_decoder = msgspec.json.Decoder(Signal)


def encode(record: Record | Receipt) -> bytes:
    """JSON bytes of a record; `decode_*` of them equals the record."""
    return _encoder.encode(record)


def encode_all(records: Sequence[Record]) -> bytes:
    """JSON bytes of a list, in which each record stands as `encode` writes it."""
    return _encoder.encode(records)


def decode_reading(body: bytes) -> Reading:
    """The reading in `body`; raises `msgspec.ValidationError` if it is none."""
    return _reading_decoder.decode(body)


def decode_signal(body: bytes) -> Signal:
    """The signal in `body`; raises `msgspec.ValidationError` if it is none."""
    return _signal_decoder.decode(body)


decode_verdict = msgspec.json.Decoder(Verdict).decode
"""The verdict in a body; raises `msgspec.ValidationError` if it is none."""
decode_request = msgspec.json.Decoder(RehearsalRequest).decode
"""The rehearsal request in a body; raises `msgspec.ValidationError` if it is none."""
decode_rehearsal = msgspec.json.Decoder(Rehearsal).decode
"""The rehearsal in a body; raises `msgspec.ValidationError` if it is none."""
