"""F50: a backup is restored three days later. Old messages are not sent; operators are told."""

from __future__ import annotations

from telecare.clock import HandClock
from telecare.settings import Settings
from tests.harness.duty import Duty, Mailbag, furnish


def test_messages_of_three_days_ago_stay_here(sqlite_settings: Settings, clock: HandClock) -> None:
    world = Duty(sqlite_settings, clock, HandClock(clock.now()), Mailbag())
    furnish(world.responder.register)
    world.press()
    world.intake.step()
    clock.forward(minutes=3)
    world.steps.step()  # a letter is written down, and then the backup is taken

    clock.forward(days=3)
    while world.post.step():
        pass
    assert world.mailbag.letters == []
    line = world.only()
    assert world.acts(line.id)[-1] == "undelivered"

    world.settle()
    line = world.only()
    assert line.announced_at == clock.now()
    assert line.next_due_at is not None
    assert line.next_due_at > clock.now()
    world.responder.close()
