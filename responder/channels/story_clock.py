"""On a simulated clock nothing may reach real people."""

from __future__ import annotations

from telecare.clock import Clock
from telecare.errors import ChannelRefused


def require_real(clock: Clock) -> None:
    """Raises `ChannelRefused` unless the clock is real."""
    if not clock.is_real:
        raise ChannelRefused("The clock is not real: nothing is sent to real people.")
