"""A simulated SCAIP unit: it repeats a call until the centre's own answer says it is safe.

A 200 OK promises nothing; the `<mrs>` with the call's reference and code 0 does.
"""

from __future__ import annotations

import asyncio
import re

import msgspec

from simulators.sip import SipLine

MEDIA_TYPE = "application/scaip+xml"
_FIELDS = re.compile(rb"<(ref|snu|mre|cre|tnu)>([^<]*)</")


class Mrs(msgspec.Struct, frozen=True):
    """The centre's answer: texts by tag."""

    fields: dict[str, str]

    @property
    def is_safe(self) -> bool:
        """Whether the centre has taken the call."""
        return self.fields.get("snu") == "0"


class ScaipUnit:
    """A local unit and controller with a number of its own."""

    def __init__(self, line: SipLine, controller: str) -> None:
        self.controller = controller
        self.repeated = 0
        """Calls sent again for want of an answer."""
        self._line = line
        self._answers: dict[str, asyncio.Future[Mrs]] = {}

    async def listen(self) -> None:
        """Take the centre's answers in until cancelled."""
        while True:
            request = await self._line.heard.get()
            mrs = answer_in(request.body)
            waiting = self._answers.get(mrs.fields.get("ref", ""))
            if waiting is not None and not waiting.done():
                waiting.set_result(mrs)

    async def call(
        self, ref: str, *, patience: float = 2.0, tries: int = 100, **codes: str
    ) -> Mrs | None:
        """Send `<mrq>` until its answer came; None when the centre answers no more."""
        body = request_of(self.controller, ref, **codes)
        answer: asyncio.Future[Mrs] = asyncio.get_running_loop().create_future()
        self._answers[ref] = answer
        try:
            for attempt in range(tries):
                self.repeated += attempt > 0
                try:
                    await self._line.message(body, MEDIA_TYPE, patience=patience)
                    async with asyncio.timeout(patience):
                        return await asyncio.shield(answer)
                except TimeoutError:
                    if self._line.lost.is_set():
                        return None
            return None
        finally:
            del self._answers[ref]

    async def press(self, ref: str) -> Mrs | None:
        """The pendant was pressed."""
        return await self.call(ref, mty="ME", dty="0003", stc="0010", crd="gsm:")

    async def beat(self, ref: str) -> Mrs | None:
        """The unit is alive."""
        return await self.call(ref, mty="PI", dty="02", stc="102", crd="no-voice:")


def request_of(controller: str, ref: str, **codes: str) -> bytes:
    """An `<mrq>` in the usual order of its tags."""
    fields = {"ref": ref, "cid": controller} | codes
    return (
        "<mrq>" + "".join(f"<{tag}>{text}</{tag}>" for tag, text in fields.items()) + "</mrq>"
    ).encode()


def answer_in(body: bytes) -> Mrs:
    """The `<mrs>` in `body`; empty if it is none."""
    if not body.startswith(b"<mrs>"):
        return Mrs({})
    return Mrs({tag.decode(): text.decode() for tag, text in _FIELDS.findall(body)})
