"""The doctor says whether the record holds and whether anybody can be reached."""

from __future__ import annotations

from sqlalchemy import text

from responder.examination import examine
from telecare.clock import HandClock
from telecare.settings import Settings
from telecare.store.migrate import open_database
from tests.harness.duty import Duty, Mailbag


def test_a_record_that_was_changed_behind_our_back_is_found(
    sqlite_settings: Settings, clock: HandClock
) -> None:
    world = Duty(sqlite_settings, clock, HandClock(clock.now()), Mailbag())
    world.press("home-1")
    world.settle()
    world.responder.close()
    record, e_mail = examine(sqlite_settings)
    assert record.well
    assert not e_mail.well
    assert e_mail.sentence == "No message can reach a contact: set TELECARE_SMTP_HOST."

    database = open_database(sqlite_settings, "responder")
    with database.begin() as connection:
        # Whoever owns the file can take the guard away; the chain still tells.
        for (trigger,) in connection.execute(
            text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        ).all():
            connection.execute(text(f'DROP TRIGGER "{trigger}"'))
        connection.execute(
            text("UPDATE record_entry SET actor = 'somebody-else' WHERE sequence = 1")
        )
    database.close()
    record, _ = examine(sqlite_settings)
    assert not record.well
    assert "changed or cut at entry 1" in record.sentence
