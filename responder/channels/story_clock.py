"""On a simulated clock nothing may reach real people."""

from __future__ import annotations

from responder.channels.allowed_hosts import LOOPBACK
from telecare.clock import Clock
from telecare.errors import ChannelRefused
from telecare.settings import Settings


def require_real(clock: Clock) -> None:
    """Raises `ChannelRefused` unless the clock is real."""
    if not clock.is_real:
        raise ChannelRefused("The clock is not real: nothing is sent to real people.")


def require_real_or_simulated(clock: Clock, settings: Settings, provider: str) -> None:
    """Raises `ChannelRefused` unless the clock is real, or the settings say that the people are
    simulated too and the provider's host is this machine.
    """
    if settings.simulated_people is None or provider not in LOOPBACK:
        require_real(clock)
