"""How a provider behaves: as good or as bad as the story needs."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from telecare.clock import Clock


class Mood(StrEnum):
    """What a provider does with what it is sent."""

    WELL = "well"
    """Takes it, delivers it, says so."""
    REFUSES = "refuses"
    """Will never take it: the number or address is wrong."""
    SILENT = "silent"
    """Takes the connection and never answers."""
    ANSWER_LOST = "answer_lost"
    """Takes it, delivers it, and answers too late for anybody to hear."""
    LOSES = "loses"
    """Takes it and never delivers it, nor says anything."""
    FAILS = "fails"
    """Takes it, and says later that it could not be delivered."""
    LATE = "late"
    """Delivers it; its receipts wait until they are asked for."""
    TWICE = "twice"
    """Delivers it and sends each receipt twice, in disorder."""
    OUT = "out"
    """Answers every request with an error of its own."""


@dataclass
class Behaviour:
    """The mood, and a limit of its own; may be changed while the provider runs."""

    clock: Clock
    mood: Mood = Mood.WELL
    per_second: int | None = None
    """How many it takes in a second of `clock`; None: as many as come."""
    hang_seconds: float = 1.0
    """Real seconds a silent provider keeps a connection."""
    _taken: list[datetime] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def has_room(self) -> bool:
        """Whether one more may be taken now; if so it counts."""
        if self.per_second is None:
            return True
        with self._lock:
            now = self.clock.now()
            self._taken = [at for at in self._taken if now - at < timedelta(seconds=1)]
            if len(self._taken) >= self.per_second:
                return False
            self._taken.append(now)
            return True


@dataclass
class Postbag:
    """Receipts on their way to whoever is to have them."""

    send: Callable[[dict[str, str], str], int]
    """Posts one to an address; the status it was answered with."""
    waiting: list[tuple[dict[str, str], str]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    """What our receipts were answered with, in order."""

    def put(self, receipt: dict[str, str], address: str) -> None:
        """It is to be sent; `deliver` sends it."""
        self.waiting.append((receipt, address))

    def deliver(self, mood: Mood = Mood.WELL) -> None:
        """Send what waits; twice and backwards in the mood for it."""
        sending, self.waiting = self.waiting, []
        if mood is Mood.TWICE:
            sending = [*reversed(sending), *sending]
        for receipt, address in sending:
            self.answers.append(self.send(receipt, address))
