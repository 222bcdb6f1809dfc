"""NOW-IP (BS 8521-2): an `<ATM>` of a grouped scheme's controller.

An alarm's data are 24 digits: system, speech, conformance (2), controller (8), unit (4),
event (3), location (2), priority, status (2). A heartbeat's are controller and unit.

Traps:
* There is no message number. The same digits at the same time of day, of one controller, are
  a repeat; a time that stands still would make two presses one, so `REPEATS_FOR` later it is new.
* `time` is the scheme's local time of day without a date: no time we can use.
* One scheme's unit chokes on self-closing tags: an answer has "." for data.
* Event 000 withdraws an alarm.
* A type may come with a zero before it; of a type nobody knows, an alarm's 24 digits are an alarm.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

import msgspec

from gateway.decoders import nowip_codes as codes
from gateway.decoders.native import Statement
from gateway.decoders.safe_xml import children_of
from gateway.decoders.said import Heard, Offer, Said, word, wrong
from gateway.decoders.scaip import plain_number
from telecare.vocabulary import ReadingKind

HEARTBEAT, ALARM, ACKNOWLEDGE = "0", "1", "A"
_ANSWERS = frozenset({"2", "5", "6", "7", "8", "9", ACKNOWLEDGE})
_IN_SERVICE = 4
REPEATS_FOR = 120.0
"""Seconds in which the same words are a unit that waits for its answer, not another press."""


class Atm(msgspec.Struct, frozen=True):
    """A message as it came."""

    type: str
    data: str
    time: str
    mac: str
    version: str

    @property
    def controller(self) -> str:
        """The scheme's number as we compare it; empty if the data hold none."""
        return plain_number(self.data[4:12] if self.type == ALARM else self.data[:8])

    @property
    def unit(self) -> str:
        """The dwelling's number as we compare it."""
        return plain_number(self.data[12:16] if self.type == ALARM else self.data[8:12])


def parse(payload: bytes) -> Atm:
    """The message in `payload`; raises `Unreadable`."""
    root, fields = children_of(payload)
    if root != "atm":
        raise wrong(f"The XML is no NOW-IP message, but <{root[:16]}>.")
    data = "".join(fields.get("data", "").split())
    return Atm(
        _type(fields.get("type", "").upper(), data),
        data,
        fields.get("time", ""),
        fields.get("mac", ""),
        fields.get("version", ""),
    )


def _type(written: str, data: str) -> str:
    plain = written.lstrip("0") or written[:1]
    return ALARM if plain not in _ANSWERS | {HEARTBEAT} and _is_alarms(data) else plain


def _is_alarms(data: str) -> bool:
    return len(data) == 24 and data.isascii() and data.isdigit()


def is_message(payload: bytes) -> bool:
    """Whether this looks like NOW-IP at all, well formed or not."""
    return b"<atm" in payload[:512].lower()


def read(heard: Heard) -> Sequence[Said | Offer]:
    """What the scheme says; raises `Unreadable`."""
    atm = parse(heard.payload)
    data: dict[str, object] = {"nowip_type": atm.type, "nowip_data": atm.data}
    if atm.time:
        data["nowip_time"] = atm.time
    if atm.type == HEARTBEAT:
        return [_said(heard, atm, ReadingKind.HEARTBEAT, "heartbeat", data)]
    if atm.type != ALARM:
        return [_said(heard, atm, ReadingKind.STATUS, "command_answer", data)]
    digits = atm.data
    if not _is_alarms(digits):
        raise wrong("The data of the alarm are not 24 digits.")
    event, location, status = int(digits[16:19]), int(digits[19:21]), int(digits[22:24])
    data |= {
        "system": int(digits[0]), "speech": int(digits[1]), "event": event,
        "location": location, "priority": int(digits[21]), "status": status,
    }  # fmt: skip
    kind, type_, trouble = _meaning(event, status)
    return [_said(heard, atm, kind, type_, data, codes.ROOMS.get(location), trouble=trouble)]


def _meaning(event: int, status: int) -> tuple[ReadingKind, str, bool]:
    if event in codes.TROUBLE:
        # In service again (04) is good news; everything else asks for somebody.
        return ReadingKind.STATUS, codes.TROUBLE[event], status != _IN_SERVICE
    if status in codes.FAULTY:
        return ReadingKind.STATUS, codes.FAULTY[status], True
    if event in codes.FACTS:
        return ReadingKind.STATUS, codes.FACTS[event], False
    return ReadingKind.ALARM, codes.ALARMS.get(event, f"nowip_event_{event:03}"), False


def _said(
    heard: Heard,
    atm: Atm,
    kind: ReadingKind,
    type_: str,
    data: dict[str, object],
    room: str | None = None,
    *,
    trouble: bool = False,
) -> Said:
    call = int(heard.received_at.timestamp() // REPEATS_FOR)
    about = f"{atm.type}\0{atm.data}\0{atm.time}\0{call}"
    if not atm.time:
        about += heard.received_at.isoformat()
    name = f"nowip-{blake2b(about.encode(errors='replace'), digest_size=16).hexdigest()}"
    sensor = word(atm.unit)
    statement = Statement(name, str(type_), None, room, sensor, None, None, None, data)
    return Said(kind, statement, trouble)
