"""NOW-IP over SIP MESSAGE: `<ATM>` in, its acknowledgement `A` out, after the commit."""

from __future__ import annotations

from xml.sax.saxutils import escape

from gateway.decoders.native import Unreadable
from gateway.decoders.nowip import ACKNOWLEDGE, ALARM, HEARTBEAT, is_message, parse
from gateway.sources.conversation import About, Code
from gateway.sources.in_call import InCall, nowip_command

VERSION = "1.5"
REJECTED = "5"
COMMAND = "2"
NOTHING = "."
"""For empty data: one scheme's unit chokes on `<data/>`."""


class NowIp:
    """Acknowledges what is safe; says "rejected" to what could not be read or is not known."""

    dialect = "nowip"
    media_type = "application/xml"

    def is_mine(self, body: bytes) -> bool:
        return is_message(body)

    def about(self, body: bytes) -> About:
        try:
            atm = parse(body)
        except Unreadable:
            return About(reference=NOTHING, code=Code.INVALID_FORMAT)
        if atm.type not in (ALARM, HEARTBEAT):
            # Answers to commands of ours; they are kept, and answering them would never end.
            return About(atm.controller, "", "", is_urgent=False)
        return About(atm.controller, atm.unit, atm.mac or NOTHING, atm.type == ALARM)

    def answer(
        self,
        body: bytes,  # noqa: ARG002 - nothing of it is repeated but its sender's address
        about: About,
        code: Code,
        call: str | None,  # noqa: ARG002 - a scheme has called by itself
        now: str,
    ) -> bytes | None:
        if not about.reference:
            return None
        type_ = ACKNOWLEDGE if code in (Code.OK, Code.MISSING_TAG) else REJECTED
        return atm(type_, NOTHING, now, about.reference)

    def command(self, wanted: InCall, now: str, mac: str = NOTHING) -> bytes:
        """The message that gives a scheme a command during a call."""
        return atm(COMMAND, nowip_command(wanted), now, mac)


def atm(type_: str, data: str, now: str, mac: str) -> bytes:
    """An `<ATM>` with its five elements, none of them empty."""
    fields = {"version": VERSION, "type": type_, "data": data, "time": now, "mac": mac}
    inner = "".join(f"<{name}>{escape(text[:64])}</{name}>" for name, text in fields.items())
    return f"<ATM>{inner}</ATM>".encode()
