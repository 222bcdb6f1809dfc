"""How long to wait before knocking again, so that a power cut does not become a siege."""

from __future__ import annotations

from simulators.chance import chance

FIRST_S = 1.0
LONGEST_S = 120.0


class Backoff:
    """Doubling waits with full jitter: each lies anywhere between 0 and its ceiling.

    Full jitter spreads 5,000 homes whose power returns in the same second evenly over
    the ceiling; jitter of a few per cent would keep them together.
    """

    def __init__(
        self, seed: str | int, *, first_s: float = FIRST_S, longest_s: float = LONGEST_S
    ) -> None:
        self._rng = chance("backoff", seed)
        self._first_s = first_s
        self._longest_s = longest_s
        self._failures = 0

    def next_wait(self) -> float:
        """Seconds to wait after one more failure."""
        ceiling = min(self._longest_s, self._first_s * 2 ** min(self._failures, 30))
        self._failures += 1
        return self._rng.uniform(0, ceiling)

    def succeeded(self) -> None:
        """A connection stood: the next failure starts from the beginning."""
        self._failures = 0
