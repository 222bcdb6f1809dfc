"""What a device says in our own JSON: the native contract of docs/payloads.md.

    {"id": "7f3a-118", "at": "2026-03-01T07:12:03Z", "type": "motion", "room": "kitchen"}

Strict in what it understands, generous in what it does not: a field it does not know is
kept as it came, a field it knows must mean what the contract says.
"""

from __future__ import annotations

from datetime import UTC, datetime
from math import isfinite
from typing import Annotated, Any

import msgspec

from telecare.vocabulary import QuarantineReason

ID_LIMIT = 64
WORD_LIMIT = 64
"""Characters of type, room, sensor and unit."""
DEPTH_LIMIT = 16
"""How deep lists and objects may stand inside one another."""

_decoder = msgspec.json.Decoder()

_Word = Annotated[str, msgspec.Meta(min_length=1, max_length=WORD_LIMIT)]


class Statement(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"data": "\x7f"}, gc=False
):
    """What a payload states, checked, before anybody judged its time or identity."""

    id: Annotated[str, msgspec.Meta(min_length=1, max_length=ID_LIMIT)]
    type: _Word | None = None
    at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    room: _Word | None = None
    sensor: _Word | None = None
    value: float | bool | str | None = None
    unit: _Word | None = None
    battery: Annotated[float, msgspec.Meta(ge=0, le=100)] | None = None
    data: dict[str, Any] = {}
    """Fields that the contract does not know, as they came."""


_plain = msgspec.json.Decoder(Statement)


class Unreadable(Exception):
    """The payload is not what the contract says; `why` is one sentence for an engineer."""

    def __init__(self, reason: QuarantineReason, why: str) -> None:
        super().__init__(why)
        self.reason = reason
        self.why = why


def decode(payload: bytes) -> Statement:
    """The statement in `payload`; raises `Unreadable`."""
    # In one step where that succeeds, as for nearly every message: the fields of the contract and
    # no others. Else field by field, which knows what is wrong and why. With an escape a payload
    # may name any field, and hold any character.
    if b"\\" in payload or b"\x7f" in payload:
        return _read(payload)
    try:
        plain = _plain.decode(payload)
    except (ValueError, RecursionError):
        return _read(payload)
    if plain.at is not None and plain.at.tzinfo is not UTC:
        return _read(payload)
    if not payload.isascii():
        words = f"{plain.id}{plain.type}{plain.room}{plain.sensor}{plain.unit}"
        if not words.isprintable():
            return _read(payload)
    return plain


def _read(payload: bytes) -> Statement:
    fields = json_of(payload)
    if type(fields) is not dict:
        raise _wrong("The payload is JSON, but not an object.")
    return Statement(
        _id(fields),
        _word(fields, "type", WORD_LIMIT),
        _time(fields),
        _word(fields, "room", WORD_LIMIT),
        _word(fields, "sensor", WORD_LIMIT),
        _value(fields),
        _word(fields, "unit", WORD_LIMIT),
        _battery(fields),
        fields,
    )


def json_of(payload: bytes) -> Any:
    """Any JSON value, of bounded depth and with finite numbers; raises `Unreadable`."""
    try:
        value = _decoder.decode(payload)
    except RecursionError:
        raise _wrong("The payload is nested too deeply.") from None
    except UnicodeDecodeError:
        raise Unreadable(QuarantineReason.NOT_JSON, "The payload is not UTF-8.") from None
    except ValueError as error:
        # msgspec says "out of range" for a number that no float can hold.
        if "out of range" in str(error):
            raise _wrong("A number is not finite.") from None
        raise Unreadable(QuarantineReason.NOT_JSON, f"The payload is not JSON: {error}.") from None
    if payload.count(b"[") + payload.count(b"{") > DEPTH_LIMIT:
        _check_depth(value)
    return value


def _wrong(why: str) -> Unreadable:
    return Unreadable(QuarantineReason.WRONG_TYPE, why)


def _id(fields: dict[str, Any]) -> str:
    name = _word(fields, "id", ID_LIMIT)
    if name is None:
        raise _wrong("The field id is missing.")
    return name


def _word(fields: dict[str, Any], name: str, limit: int) -> str | None:
    """Take `name` out of `fields`: printable text of 1 to `limit` characters."""
    value = fields.pop(name, None)
    if value is None:
        return None
    if type(value) is not str:
        raise _wrong(f"The field {name} is not text.")
    if not value or len(value) > limit:
        raise _wrong(f"The field {name} must have 1 to {limit} characters.")
    if not value.isprintable():
        raise _wrong(f"The field {name} contains characters that cannot be printed.")
    return value


def _time(fields: dict[str, Any]) -> datetime | None:
    value = fields.pop("at", None)
    if value is None:
        return None
    if type(value) is not str:
        raise _wrong("The field at is not a time written as text.")
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise _wrong("The field at is not a time as in RFC 3339.") from None
    if moment.tzinfo is UTC:
        return moment
    if moment.tzinfo is None:
        raise _wrong("The field at has no offset from UTC; add Z for UTC.")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise _wrong("The field at lies outside the calendar.") from None


def _value(fields: dict[str, Any]) -> float | bool | str | None:
    value = fields.pop("value", None)
    kind = type(value)
    if value is None or kind is bool or kind is str or kind is float:
        return value  # type: ignore[no-any-return]  # the four types just named
    if kind is int:
        return _number(value, "value")
    raise _wrong("The field value must be a number, true, false or text.")


def _battery(fields: dict[str, Any]) -> float | None:
    value = fields.pop("battery", None)
    if value is None:
        return None
    if type(value) not in (int, float):
        raise _wrong("The field battery is not a number.")
    if not 0 <= value <= 100:
        raise _wrong("The field battery must be between 0 and 100 per cent.")
    return float(value)


def _number(value: float, name: str) -> float:
    try:
        number = float(value)
    except OverflowError:
        raise _wrong(f"The field {name} is larger than any number we keep.") from None
    if not isfinite(number):
        raise _wrong(f"The field {name} is not finite.")
    return number


def _check_depth(value: Any) -> None:
    """Raise `Unreadable` if lists and objects stand deeper than `DEPTH_LIMIT`."""
    layer = [value] if type(value) in (dict, list) else []
    for _ in range(DEPTH_LIMIT):
        layer = [
            inner
            for outer in layer
            for inner in (outer.values() if type(outer) is dict else outer)
            if type(inner) in (dict, list)
        ]
        if not layer:
            return
    raise _wrong("The payload is nested too deeply.")
