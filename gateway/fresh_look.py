"""A look at the register that began after somebody asked, shared by all who asked meanwhile.

Who waits for it waits in the event loop and holds no thread: strangers who guess, however many,
keep no device of ours from coming in, and cost the register fifty looks a second at most.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from telecare.errors import StoreUnavailable

PAUSE_SECONDS = 0.02
"""From the end of one look to the beginning of the next."""
PATIENCE_SECONDS = 5.0
"""How long anybody waits for one, so that a register that hangs leaves nobody without an answer."""


class FreshLook:
    """Belongs to one event loop, and to the task in it that is in `run`."""

    def __init__(self, look: Callable[[], None]) -> None:
        """`look` reads, and is called from a thread; it may raise anything."""
        self._look = look
        self._asked = asyncio.Event()
        self._next: asyncio.Future[None] | None = None
        """Done when the look has ended that has not begun yet."""

    async def run(self) -> None:
        """Look for those who ask, until cancelled."""
        while True:
            await self._asked.wait()
            self._asked.clear()
            asked, self._next = self._next, None
            assert asked is not None
            try:
                await asyncio.to_thread(self._look)
            except Exception as error:  # noqa: BLE001 - raised where they asked
                asked.set_exception(error)
                asked.exception()  # nobody may be left who waits
            else:
                asked.set_result(None)
            await asyncio.sleep(PAUSE_SECONDS)

    async def taken(self) -> None:
        """Return when a look that began after this call has ended; raises what it raised, and
        `StoreUnavailable` if it takes too long.
        """
        if self._next is None:
            self._next = asyncio.get_running_loop().create_future()
            self._asked.set()
        look = self._next
        await asyncio.wait((look,), timeout=PATIENCE_SECONDS)
        if not look.done():
            raise StoreUnavailable
        look.result()
