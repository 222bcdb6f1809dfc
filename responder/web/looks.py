"""Has this person this record open already?

A card that follows the live line is read again with every change. That is one look, not fifty:
the first is recorded, those that follow within the hour are recognised here.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager

from telecare.clock import Clock
from telecare.tenancy import Actor

REMEMBERED = 5_000
LASTS_SECONDS = 3600.0
"""A card that stays open for longer is looked at again."""


class Looks:
    """Which alerts were opened by whom in this process; forgetting one only records it anew."""

    def __init__(self, machine: Clock) -> None:
        self._machine = machine
        self._opened: OrderedDict[tuple[str, str, str], float] = OrderedDict()
        self._lock = threading.Lock()
        self._turns = [threading.Lock() for _ in range(64)]

    @contextmanager
    def looking(self, actor: Actor, alert: str) -> Iterator[bool]:
        """Somebody opens it now; whether their look is on record already. Their next look waits
        for this one, so that one that is being recorded is not recorded twice.
        """
        with self._turns[hash((actor.org, actor.id, alert)) % len(self._turns)]:
            again = self.is_open(actor, alert)
            yield again
            if not again:
                self.opened(actor, alert)

    def opened(self, actor: Actor, alert: str) -> None:
        """A look that was recorded."""
        with self._lock:
            self._opened[actor.org, actor.id, alert] = self._machine.monotonic()
            self._opened.move_to_end((actor.org, actor.id, alert))
            while len(self._opened) > REMEMBERED:
                self._opened.popitem(last=False)

    def is_open(self, actor: Actor, alert: str) -> bool:
        """Whether this actor's look at this alert is on record already."""
        with self._lock:
            at = self._opened.get((actor.org, actor.id, alert), float("-inf"))
            return self._machine.monotonic() - at < LASTS_SECONDS
