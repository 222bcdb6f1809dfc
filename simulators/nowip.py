"""A simulated NOW-IP scheme: one controller that speaks for its dwellings."""

from __future__ import annotations

import asyncio
import re

from simulators.sip import SipLine

MEDIA_TYPE = "application/xml"
_TYPE = re.compile(rb"<type>([^<]*)</type>")


class Scheme:
    """A grouped scheme's controller, eight digits, with dwellings of four."""

    def __init__(self, line: SipLine, controller: str) -> None:
        self.controller = controller
        self._line = line

    async def alarm(self, unit: int, event: int, at: str, *, location: int = 0) -> str | None:
        """Send an alarm until it is answered: the answer's type, None if nobody answers."""
        data = f"1100{self.controller:0>8}{unit:04}{event:03}{location:02}000"
        return await self._ask("1", data, at)

    async def beat(self, at: str) -> str | None:
        """Send a heartbeat until it is answered."""
        return await self._ask("0", f"{self.controller:0>8}0000", at)

    async def _ask(self, type_: str, data: str, at: str, tries: int = 10) -> str | None:
        body = message_of(type_, data, at)
        for _ in range(tries):
            try:
                await self._line.message(body, MEDIA_TYPE, patience=2.0)
                async with asyncio.timeout(2.0):
                    request = await self._line.heard.get()
            except TimeoutError:
                continue
            found = _TYPE.search(request.body)
            return found[1].decode() if found else ""
        return None


def message_of(type_: str, data: str, at: str) -> bytes:
    """An `<ATM>` with its five elements."""
    return (
        f"<ATM><version>1.5</version><type>{type_}</type><data>{data}</data>"
        f"<time>{at}</time><mac>00A0F8123456</mac></ATM>"
    ).encode()
