"""What one message of a foreign dialect comes to: statements, and devices it offers.

Our own contract gives each message an id; the dialects of sensors do not. Where one states
an id or a time of its own, that names the message, and a repeat is stored once. Where it
states none, the time of receipt does: then a repeat may be stored twice, and is never lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import blake2b
from math import isfinite
from typing import Any

import msgspec

from gateway.decoders.native import WORD_LIMIT, Statement, Unreadable, json_of
from telecare.vocabulary import COMMAND_ANSWERED, QuarantineReason, ReadingKind


class Sensor(msgspec.Struct, frozen=True):
    """What the register knows of a sensor behind a bridge, by the name the bridge gives it."""

    room: str | None = None
    type: str | None = None
    """What it watches, if more than its make tells: `bed`, `fridge`, `chair` for a contact."""
    alarm: str | None = None
    """The alarm it raises when it is pressed, opened or moved: `pendant` for a button."""


class Heard(msgspec.Struct, frozen=True, gc=False):
    """A message as a decoder gets it."""

    topic: str
    """Below the root of its dialect."""
    payload: bytes
    received_at: datetime
    sensors: Mapping[str, Sensor] = {}
    press: str | None = None
    """The alarm that a press of any of its buttons raises, where `sensors` says no more."""


class Said(msgspec.Struct, frozen=True, gc=False):
    """One thing the message states."""

    kind: ReadingKind
    statement: Statement
    trouble: bool = False
    """The device asks that somebody looks after itself: a flat battery, no mains."""


class Offer(msgspec.Struct, frozen=True):
    """A device the message speaks of, which the register may not know yet."""

    id: str
    """The maker's or the bridge's own id of it."""
    name: str
    type: str
    """What it seems to be: `door`, `smoke`, `motion`, `controller` ..., or empty."""
    model: str = ""
    maker: str = ""


class Telling:
    """Gathers the statements of one message.

    `key` is what names the message beyond its topic and bytes: an id or time of its own.
    Battery and all remaining fields ride on the first statement.
    """

    def __init__(
        self,
        heard: Heard,
        *,
        sensor: str | None,
        key: object = None,
        at: datetime | None = None,
        battery: object = None,
        data: dict[str, Any] | None = None,
    ) -> None:
        self.sensor = word(sensor)
        self.known = heard.sensors.get(sensor or "", Sensor())
        self.press = self.known.alarm or heard.press
        """The alarm that a press of its button raises, if it is one."""
        self.room = self.known.room
        self._at = at
        self._battery = per_cent(battery)
        self._data = data or {}
        self._said: list[Said] = []
        name = heard.received_at.isoformat() if key is None else str(key)
        about = f"{heard.topic}\0{sensor}\0{name}\0"
        self._digest = blake2b(about.encode(errors="replace"), digest_size=14)
        if key is None:
            self._digest.update(heard.payload)

    def add(
        self,
        kind: ReadingKind,
        type_: str,
        value: float | bool | str | None = None,  # noqa: FBT001 - a value, not a switch
        unit: str | None = None,
        *,
        key: object = None,
        data: dict[str, Any] | None = None,
        trouble: bool = False,
    ) -> None:
        """One more statement; with a `key`, its id rests on that alone and not on the message."""
        first, type_ = not self._said, word(type_) or "status"
        if key is None:
            name = f"{self._digest.hexdigest()}-{len(self._said)}"
        else:
            about = f"{self.sensor}\0{type_}\0{key}".encode(errors="replace")
            name = blake2b(about, digest_size=14).hexdigest()
        self._said.append(
            Said(
                kind,
                Statement(
                    name,
                    type_,
                    self._at,
                    self.room,
                    self.sensor,
                    value,
                    unit,
                    self._battery if first else None,
                    (self._data if first else {}) | (data or {}),
                ),
                trouble,
            )
        )

    def ride(self, **data: object) -> None:
        """Let this ride on the first statement, too: before there is one."""
        self._data = self._data | data

    def done(self, otherwise: str = "status") -> list[Said]:
        """All of it; a message without a fact is still the device's status."""
        if not self._said:
            self.add(ReadingKind.STATUS, otherwise)
        return self._said


def answered(
    heard: Heard, sensor: str | None, command: str, *, done: bool | str, said: dict[str, Any]
) -> list[Said]:
    """The answer to one of our commands, named by the command alone, as our own contract has it.

    `done` is `COMMAND_TAKEN` where the maker's protocol tells no more than that.
    """
    telling = Telling(heard, sensor=sensor, data=said)
    about = {"command": command}
    telling.add(ReadingKind.STATUS, COMMAND_ANSWERED, done, key=command, data=about)
    return telling.done()


def object_of(payload: bytes) -> dict[str, Any]:
    """The JSON object in `payload`; raises `Unreadable`."""
    value = json_of(payload)
    if type(value) is not dict:
        raise wrong("The payload is JSON, but not an object.")
    return value


def part(fields: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The object called `name`, or an empty one."""
    value = fields.get(name)
    return value if type(value) is dict else {}


def text(fields: Mapping[str, Any], name: str) -> str | None:
    """The text called `name`, or None."""
    value = fields.get(name)
    return value if type(value) is str and value else None


def number(value: object) -> float | None:
    """`value` as a finite number, or None; true is no number."""
    if type(value) not in (int, float):
        return None
    try:
        plain = float(value)  # type: ignore[arg-type]  # one of the two types just named
    except OverflowError:
        return None
    return plain if isfinite(plain) else None


def per_cent(value: object) -> float | None:
    """A battery level from 0 to 100, or None."""
    plain = number(value)
    return plain if plain is not None and 0 <= plain <= 100 else None


def word(value: str | None) -> str | None:
    """`value` as a word of the contract: printable, of at most `WORD_LIMIT` characters."""
    if not value:
        return None
    plain = "".join(each if each.isprintable() else "?" for each in value[:WORD_LIMIT])
    return plain or None


def moment(value: object) -> datetime | None:
    """An aware time from ISO 8601 text or Unix seconds; None if it is neither.

    A text without an offset is local time of nobody knows where: None.
    """
    try:
        if type(value) is str:
            found = datetime.fromisoformat(value)
            return found.astimezone(UTC) if found.tzinfo else None
        seconds = number(value)
        return None if not seconds else datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def wrong(why: str) -> Unreadable:
    """The error of a payload that is not what its dialect says."""
    return Unreadable(QuarantineReason.WRONG_TYPE, why)


def unknown(why: str) -> Unreadable:
    """The error of a topic that its dialect does not have."""
    return Unreadable(QuarantineReason.UNKNOWN_KIND, why)
