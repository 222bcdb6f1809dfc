"""How often may somebody try a password?

Counts failures only. A browser that has signed in to the account before is counted by itself,
so that no guessing from elsewhere, not even from the same office, can lock an operator out of
the desk in the middle of the night. Strangers are counted by their address, by address and
account, and by account over all addresses: who guesses from many places waits longer and longer.
"""

from __future__ import annotations

import threading
from collections import deque

from responder.api.problems import TooManyTries
from telecare.clock import Clock, RealClock

WINDOW_SECONDS = 300.0
TRIES_FOR_ACCOUNT = 8
"""Failures from one address for one account within the window; of a known browser likewise."""
TRIES_FOR_ADDRESS = 40
"""Failures from one address for whatever account: a shared office still signs in."""
STRANGERS_WINDOW_SECONDS = 3600.0
STRANGERS_TRIES = 20
"""Failures of strangers for one account within their window, from wherever; after these..."""
COUNTED_OF_A_PLACE = 4
"""So many of these from one address: a single guesser, whom the limits above hold, is not many."""
FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 5.0, 60.0
"""...strangers wait between two tries, twice as long after each failure: a thousand machines
guess at one account 60 times an hour together."""
REMEMBERED = 10_000
"""At most so many addresses, browsers and accounts; the longest known are forgotten first."""

_Key = tuple[str, str]


class SignInLimit:
    """Failures of the last minutes; real time, whatever the installation's clock."""

    def __init__(self, clock: Clock | None = None, *, of: str = "wrong passwords") -> None:
        """`of` is what there were too many of, in words."""
        self._of = of
        self._clock = clock or RealClock()
        self._failures: dict[_Key, deque[float]] = {}
        self._lock = threading.Lock()

    def check(self, address: str, username: str, browser: str = "") -> None:
        """Raises `TooManyTries` when one more try is not allowed now. `browser` is the secret of
        one that has signed in to this account before, empty for any other.
        """
        now = self._clock.monotonic()
        with self._lock:
            if browser:
                self._require_few(_known(browser, username), TRIES_FOR_ACCOUNT, now)
                return
            self._require_few((address, username), TRIES_FOR_ACCOUNT, now)
            self._require_few((address, ""), TRIES_FOR_ADDRESS, now)
            self._require_waited(username, now)

    def failed(self, address: str, username: str, browser: str = "") -> bool:
        """One more wrong password; true when from now on strangers wait for this account."""
        now = self._clock.monotonic()
        with self._lock:
            if browser:
                self._recent(_known(browser, username), now).append(now)
                return False
            for key in ((address, username), (address, "")):
                self._recent(key, now).append(now)
            told = self._count_stranger(address, username, now)
            while len(self._failures) > REMEMBERED:
                self._failures.pop(next(iter(self._failures)))
            return told

    def succeeded(self, address: str, username: str, browser: str = "") -> None:
        """The right password clears the account's own count, not the address's nor that of
        strangers elsewhere.
        """
        with self._lock:
            self._failures.pop(_known(browser, username) if browser else (address, username), None)

    def _count_stranger(self, address: str, username: str, now: float) -> bool:
        strangers = self._recent(_strangers(username), now)
        of_place = self._recent(_strangers(f"{username} {address}"), now)
        of_place.append(now)
        many = len(strangers) >= STRANGERS_TRIES
        if many or len(of_place) <= COUNTED_OF_A_PLACE:
            strangers.append(now)
        return not many and len(strangers) == STRANGERS_TRIES

    def _require_few(self, key: _Key, most: int, now: float) -> None:
        failures = self._recent(key, now)
        if len(failures) >= most:
            minutes = max(1, round((WINDOW_SECONDS - (now - failures[0])) / 60))
            unit = "minute" if minutes == 1 else "minutes"
            raise TooManyTries(f"Too many {self._of}; try again in {minutes} {unit}.")

    def _require_waited(self, username: str, now: float) -> None:
        failures = self._recent(_strangers(username), now)
        over = len(failures) - STRANGERS_TRIES
        if over < 0:
            return
        wait = min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2 ** min(over, 10))
        left = failures[-1] + wait - now
        if left > 0:
            raise TooManyTries(
                f"Too many {self._of} for this account from many places; try again in "
                f"{max(1, round(left))} seconds, or from a browser you have signed in with before."
            )

    def _recent(self, key: _Key, now: float) -> deque[float]:
        failures = self._failures.setdefault(key, deque(maxlen=2 * TRIES_FOR_ADDRESS))
        window = STRANGERS_WINDOW_SECONDS if key[0] == _EVERYWHERE else WINDOW_SECONDS
        while failures and now - failures[0] > window:
            failures.popleft()
        return failures


_EVERYWHERE = "everywhere"


def _strangers(username: str) -> _Key:
    return _EVERYWHERE, username


def _known(browser: str, username: str) -> _Key:
    return f"browser {browser}", username
