"""SCAIP (SS 91100): an `<mrq>` of a careline unit.

Generous with what comes: any order, any case, codes with leading zeros, spaces around them,
`<scaip>` as the root, unknown codes and tags. What differs from the standard is noted in
`non_conforming` and shown; an alarm is never dropped for it.

Traps:
* Without `mty` it is an alarm (ME). Without `stc` it is a manual alarm (10).
* `stc` 19 in an alarm message withdraws one.
* A heartbeat may carry any `stc`, or none.
* `ref` comes again with a retransmission, and again when a unit counts from one: the same
  controller, reference and meaning is a repeat; with another meaning it is another call.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import blake2b

import msgspec

from gateway.decoders import scaip_codes as codes
from gateway.decoders.native import Statement
from gateway.decoders.safe_xml import children_of
from gateway.decoders.said import Heard, Offer, Said, moment, word, wrong
from telecare.messages import CALL_REFERENCE
from telecare.vocabulary import ReadingKind

ALARM, RESET, INFORMATION, HEARTBEAT = "ME", "RE", "IN", "PI"
_PATTERNS = {
    "ref": r"[0-9a-zA-Z]{1,16}", "ver": r"\d\d\.\d\d", "sco": r"\d", "cha": r"\d",
    "mty": "ME|RE|IN|PI", "hbo": r"\d", "cid": r"\d{1,16}", "dty": r"\d{1,4}",
    "did": r".{1,8}", "dco": r"\d{1,3}", "dte": r".{1,32}", "crd": r".{1,256}",
    "stc": r"\d{1,4}", "stt": r".{1,32}", "pri": r"\d", "lco": r"\d{1,3}", "lva": r".{1,2}",
    "lte": r".{1,32}", "ico": r"\d{1,3}", "ite": r".{1,128}", "ame": "0|1",
    "geo": r"[0-9.,]{1,23}", "tim": r"[0-9:+T-]{22}", "gga": r".{1,81}", "lge": "", "mreq": r"\d",
}  # fmt: skip
_MANDATORY = ("ref", "cid", "dty")
_DUTY_SWITCHES = (8, 9)


class Mrq(msgspec.Struct, frozen=True):
    """A request as it came: texts by tag."""

    fields: dict[str, str]
    non_conforming: list[str]
    """Tags that are missing, unknown, or not what the standard says."""

    @property
    def ref(self) -> str:
        """The unit's reference, which the answer must carry; empty if it gave none."""
        return self.fields.get("ref", "")

    @property
    def controller(self) -> str:
        """The unit's own number as we compare it: without `+` and leading zeros."""
        return plain_number(self.fields.get("cid", ""))

    @property
    def unit(self) -> str:
        """The device behind the controller, as we compare it."""
        return plain_number(self.fields.get("did", ""))

    @property
    def kind(self) -> str:
        """ME, RE, IN or PI; what is none of them is an alarm."""
        kind = self.fields.get("mty", "").upper()
        return kind if kind in (RESET, INFORMATION, HEARTBEAT) else ALARM

    def code(self, tag: str, default: int = 0) -> int:
        """The code in `tag`, -1 if it is no number."""
        text = self.fields.get(tag, "")
        if not text:
            return default
        return int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else -1

    @property
    def wants_voice(self) -> bool:
        """Whether the unit can place a call: it did not say `no-voice:`, nor mreq 4."""
        return not self.fields.get("crd", "").startswith("no-voice:") and self.code("mreq") != 4


def plain_number(text: str) -> str:
    """A controller's or unit's number without spaces, `+` and leading zeros."""
    stripped = text.strip().lstrip("+").lstrip("0")
    return stripped or ("0" if text.strip() else "")


def parse(payload: bytes) -> Mrq:
    """The request in `payload`; raises `Unreadable`."""
    root, fields = children_of(payload)
    if root not in ("mrq", "scaip"):
        raise wrong(f"The XML is no SCAIP request, but <{root[:16]}>.")
    odd = [tag for tag in _MANDATORY if not fields.get(tag)]
    for tag, text in fields.items():
        pattern = _PATTERNS.get(tag)
        if tag == "mrq":
            continue
        if pattern is None or (text and tag != "lge" and not re.fullmatch(pattern, text)):
            odd.append(tag)
    return Mrq(fields, odd)


def is_request(payload: bytes) -> bool:
    """Whether this looks like SCAIP at all, well formed or not."""
    return b"mrq" in payload[:512] or b"scaip" in payload[:512].lower()


def read(heard: Heard) -> Sequence[Said | Offer]:
    """What the unit says; raises `Unreadable`."""
    mrq = parse(heard.payload)
    kind, type_, trouble = _meaning(mrq)
    data: dict[str, object] = {f"scaip_{tag}": text for tag, text in mrq.fields.items() if text}
    data["device_type"] = codes.DEVICES.get(mrq.code("dty"), "")
    data["status"] = codes.STATUS_WORDS.get(mrq.code("stc", 10), "")
    if mrq.non_conforming:
        data["non_conforming"] = mrq.non_conforming
    if kind is ReadingKind.ALARM and mrq.wants_voice:
        data[CALL_REFERENCE] = mrq.ref
    statement = Statement(
        _id(mrq, heard),
        str(type_),
        moment(mrq.fields.get("tim")),
        codes.ROOMS.get(mrq.code("lco")),
        word(mrq.fields.get("did") or mrq.fields.get("dte")),
        None,
        None,
        None,
        {name: value for name, value in data.items() if value},
    )
    return [Said(kind, statement, trouble)]


def _meaning(mrq: Mrq) -> tuple[ReadingKind, str, bool]:
    """What kind of reading it is, its type, and whether the device needs looking after."""
    status, device = mrq.code("stc", 10), mrq.code("dty")
    if mrq.kind == HEARTBEAT:
        return ReadingKind.HEARTBEAT, "heartbeat", False
    if mrq.kind == RESET:
        return ReadingKind.READING, "reset", False
    if mrq.kind == ALARM and status == codes.ABSENT and device in codes.WATCHED:
        return ReadingKind.ALARM, codes.WATCHED[device], False
    if status in codes.TROUBLE or status in codes.FACTS:
        type_ = codes.TROUBLE.get(status) or codes.FACTS[status]
        return ReadingKind.STATUS, type_, status in codes.TROUBLE
    if mrq.kind == INFORMATION or device in _DUTY_SWITCHES:
        return ReadingKind.STATUS, "information", False
    named = codes.BY_STATUS.get(status) or codes.ALARMS.get(device)
    return ReadingKind.ALARM, named or f"scaip_device_{device}_status_{status}", False


def _id(mrq: Mrq, heard: Heard) -> str:
    """The same for the same controller, reference and meaning."""
    told = (mrq.code("dty"), mrq.code("stc", 10), mrq.code("dco"), mrq.code("lco"))
    meaning = (mrq.kind, *told, mrq.unit)
    about = f"{mrq.controller}\0{mrq.ref}\0{meaning}"
    if mrq.kind != ALARM or not mrq.ref:
        # A heartbeat with a reference of long ago is a new heartbeat, or the unit looks dead.
        about += f"\0{heard.received_at:%Y-%m-%dT%H}"
    if not mrq.ref:
        about += f"\0{heard.received_at.isoformat()}"
    return f"scaip-{blake2b(about.encode(errors='replace'), digest_size=16).hexdigest()}"
