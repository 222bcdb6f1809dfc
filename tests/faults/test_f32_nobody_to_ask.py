"""F32: a ladder with nobody on it falls through at once, loudly, and for ever."""

from __future__ import annotations

from telecare.clock import HandClock
from telecare.settings import Settings
from tests.harness.duty import Duty, Mailbag


def test_a_home_without_contacts_calls_the_desk_every_five_minutes(
    sqlite_settings: Settings, clock: HandClock
) -> None:
    world = Duty(sqlite_settings, clock, HandClock(clock.now()), Mailbag())
    world.press("home-unknown")
    world.settle()
    world.forward(minutes=3)
    line = world.only()
    assert line.home_label == "home-unknown"
    assert line.announcement == (
        "Nobody has been reached and nobody has claimed it: emergency, waiting for 3 minutes."
    )
    world.forward(minutes=60)
    assert world.acts(line.id).count("nobody_reached") == 13
    world.responder.close()


def test_an_installation_without_a_channel_says_so_and_goes_on(
    sqlite_settings: Settings, clock: HandClock
) -> None:
    """The contacts have addresses, but no e-mail leaves this installation."""
    from responder.wiring import build  # noqa: PLC0415 - built as the service builds itself

    responder = build(sqlite_settings, clock=clock)
    assert sqlite_settings.smtp_host is None
    assert responder.desk._channels == []
    responder.close()
