"""Waiting for what happens in another thread or process."""

from __future__ import annotations

from collections.abc import Callable

from telecare.clock import sleep_real, stopwatch

LONGEST_SECONDS = 120.0
"""Of a machine with much else to do; less than what pytest gives a whole test."""


def until(
    holds: Callable[[], bool],
    what: str = "what the test waits for",
    seconds: float = LONGEST_SECONDS,
) -> None:
    """Return when `holds`; fails the test, saying what did not come, after so many seconds."""
    waited = stopwatch()
    while not holds():
        assert waited() < seconds, f"{what} did not come true in {seconds:.0f} s"
        sleep_real(0.02)
