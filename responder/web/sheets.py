"""A sheet that is asked for twice: a second click, or the page loaded anew, shows the same again.

Its code stands on the sheet and nowhere else. So it is remembered in this process alone, for the
minute in which a hand clicks twice and sees no sheet.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable

from telecare.clock import Clock
from telecare.register.claims import IssuedClaim

LASTS_SECONDS = 60.0
REMEMBERED = 1_000


class Sheets:
    """What was issued in the last minute, by what was asked for. Thread-safe."""

    def __init__(self, machine: Clock) -> None:
        self._machine = machine
        self._issued: OrderedDict[tuple[str, ...], tuple[float, IssuedClaim]] = OrderedDict()
        self._lock = threading.Lock()

    def issue(self, asked: tuple[str, ...], make: Callable[[], IssuedClaim]) -> IssuedClaim:
        """What `make` issues, or issued for the same within the last minute: one at a time, so who
        asks for the same waits until it is made. Raises what `make` raises, and remembers nothing
        then.
        """
        with self._lock:
            found = self._of(asked)
            if found is None:
                found = make()
                self._keep(asked, found)
            return found

    def _of(self, asked: tuple[str, ...]) -> IssuedClaim | None:
        over = self._machine.monotonic() - LASTS_SECONDS
        while self._issued and next(iter(self._issued.values()))[0] <= over:
            self._issued.popitem(last=False)
        _, found = self._issued.get(asked, (over, None))
        return found

    def _keep(self, asked: tuple[str, ...], issued: IssuedClaim) -> None:
        self._issued[asked] = (self._machine.monotonic(), issued)
        while len(self._issued) > REMEMBERED:
            self._issued.popitem(last=False)
