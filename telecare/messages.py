"""The frozen records that cross a boundary between services.

All times are aware UTC datetimes. Records are encoded as JSON by `encode` and read
back by `decode_reading` / `decode_signal`; unknown fields are ignored on the way in, so
that an older reader survives a newer writer.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from telecare.vocabulary import ClaimOfTime, ReadingKind, SignalKind


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


_encoder = msgspec.json.Encoder()
_reading_decoder = msgspec.json.Decoder(Reading)
_signal_decoder = msgspec.json.Decoder(Signal)


def encode(record: Reading | Signal | Receipt) -> bytes:
    """JSON bytes of a record; `decode_*` of them equals the record."""
    return _encoder.encode(record)


def decode_reading(body: bytes) -> Reading:
    """The reading in `body`; raises `msgspec.ValidationError` if it is none."""
    return _reading_decoder.decode(body)


def decode_signal(body: bytes) -> Signal:
    """The signal in `body`; raises `msgspec.ValidationError` if it is none."""
    return _signal_decoder.decode(body)
