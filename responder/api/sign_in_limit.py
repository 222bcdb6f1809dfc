"""How often may somebody try a password?

Counts failures only, by address and account together, so that guessing from elsewhere
cannot lock an operator out of the desk in the middle of the night.
"""

from __future__ import annotations

import threading
from collections import deque

from responder.api.problems import TooManyTries
from telecare.clock import Clock, RealClock

WINDOW_SECONDS = 300.0
TRIES_FOR_ACCOUNT = 8
"""Failures from one address for one account within the window."""
TRIES_FOR_ADDRESS = 40
"""Failures from one address for whatever account: a shared office still signs in."""
REMEMBERED = 10_000
"""At most so many addresses and accounts; the longest known are forgotten first."""


class SignInLimit:
    """Failures of the last minutes; real time, whatever the installation's clock."""

    def __init__(self, clock: Clock | None = None, *, of: str = "wrong passwords") -> None:
        """`of` is what there were too many of, in words."""
        self._of = of
        self._clock = clock or RealClock()
        self._failures: dict[tuple[str, str], deque[float]] = {}
        self._lock = threading.Lock()

    def check(self, address: str, username: str) -> None:
        """Raises `TooManyTries` when one more try is not allowed now."""
        now = self._clock.monotonic()
        with self._lock:
            for key, most in (
                ((address, username), TRIES_FOR_ACCOUNT),
                ((address, ""), TRIES_FOR_ADDRESS),
            ):
                failures = self._recent(key, now)
                if len(failures) >= most:
                    minutes = (WINDOW_SECONDS - (now - failures[0])) / 60
                    raise TooManyTries(
                        f"Too many {self._of}; try again in {max(1, round(minutes))} minutes."
                    )

    def failed(self, address: str, username: str) -> None:
        """One more wrong password."""
        now = self._clock.monotonic()
        with self._lock:
            for key in ((address, username), (address, "")):
                self._recent(key, now).append(now)
            while len(self._failures) > REMEMBERED:
                self._failures.pop(next(iter(self._failures)))

    def succeeded(self, address: str, username: str) -> None:
        """The right password clears the account's own count, not the address's."""
        with self._lock:
            self._failures.pop((address, username), None)

    def _recent(self, key: tuple[str, str], now: float) -> deque[float]:
        failures = self._failures.setdefault(key, deque(maxlen=TRIES_FOR_ADDRESS))
        while failures and now - failures[0] > WINDOW_SECONDS:
            failures.popleft()
        return failures
