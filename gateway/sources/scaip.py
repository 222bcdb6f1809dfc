"""SCAIP over SIP MESSAGE: `<mrq>` in, `<mrs>` out as a message of its own, after the commit."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape

from gateway.decoders.native import Unreadable
from gateway.decoders.scaip import ALARM, is_request, parse
from gateway.sources.conversation import About, Code

_REF = re.compile(rb"<ref>\s{0,16}([0-9a-zA-Z]{1,16})\s{0,16}</ref>", re.IGNORECASE)
DUPLEX = 1
PREDEFINED_RECEIVER, TRANSFERRED_NUMBER = 61, 62
CALL_BACK = 1


class Scaip:
    """Answers exactly as the standard says, whatever came.

    For an alarm of a unit that can speak: duplex voice (`mre` 1) with the number to call
    (`cre` 62 and `tnu`), or with its pre-set receiver (`cre` 61) where the plan names none.
    A heartbeat never starts a call, not even during one.
    """

    dialect = "scaip"
    media_type = "application/scaip+xml"

    def is_mine(self, body: bytes) -> bool:
        return is_request(body)

    def about(self, body: bytes) -> About:
        try:
            mrq = parse(body)
        except Unreadable:
            found = _REF.search(body)
            return About(reference=found[1].decode() if found else "", code=Code.INVALID_FORMAT)
        is_alarm = mrq.kind == ALARM
        complete = mrq.ref and mrq.controller
        return About(
            mrq.controller,
            mrq.unit,
            # Without a reference nobody can match the answer; "0" at least says what is wrong.
            mrq.ref if re.fullmatch("[0-9a-zA-Z]{1,16}", mrq.ref) else "0",
            is_alarm,
            is_alarm and mrq.wants_voice and mrq.code("cha") != CALL_BACK,
            Code.OK if complete else Code.MISSING_TAG,
        )

    def answer(
        self,
        body: bytes,  # noqa: ARG002 - the reference is all that is repeated
        about: About,
        code: Code,
        call: str | None,
        now: str,  # noqa: ARG002 - SCAIP's answers carry no time
    ) -> bytes | None:
        if not about.reference:
            return None
        parts = [f"<ref>{about.reference}</ref>", f"<snu>{code.value}</snu>"]
        if code in (Code.OK, Code.MISSING_TAG) and about.wants_voice:
            parts.append(f"<mre>{DUPLEX}</mre>")
            if call is None:
                parts.append(f"<cre>{PREDEFINED_RECEIVER}</cre>")
            else:
                parts.append(f"<cre>{TRANSFERRED_NUMBER}</cre><tnu>{escape(call[:256])}</tnu>")
        return f"<mrs>{''.join(parts)}</mrs>".encode()
