"""The doctor says whether the record holds and whether anybody can be reached."""

from __future__ import annotations

from pydantic import SecretStr
from sqlalchemy import text

from responder.examination import examine
from simulators.providers.moods import Mood
from simulators.providers.notify import LETTER_TEMPLATE
from telecare.clock import HandClock
from telecare.register.organisations import TELEPHONE
from telecare.settings import Settings
from telecare.store.migrate import open_database
from tests.harness.duty import Duty, Mailbag
from tests.harness.providers import providers


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


def test_an_organisation_whose_pages_name_no_number_to_ring_is_told(
    sqlite_settings: Settings, clock: HandClock
) -> None:
    world = Duty(sqlite_settings, clock, HandClock(clock.now()), Mailbag())
    organisations = world.responder.register.organisations
    organisations.add_organisation("dorset", "Dorset Council")

    def told() -> list[str]:
        return [each.sentence for each in examine(sqlite_settings) if "number" in each.sentence]

    (sentence,) = told()
    assert sentence.endswith("set it with `telecare org telephone dorset NUMBER`.")
    organisations.change_settings("dorset", lambda had: had | {TELEPHONE: "01305 960 123"})
    assert told() == []
    world.responder.close()


def test_every_channel_is_asked_whether_it_answers(
    sqlite_settings: Settings, clock: HandClock
) -> None:
    with providers(clock, sqlite_settings) as world:
        found = list(examine(world.settings))
        assert all(each.well for each in found), [each.sentence for each in found]
        assert [each.sentence for each in found if "By letter" in each.sentence] == [
            "By letter: Notify answers and has our template for letter."
        ]
        world.twilio.behaviour.mood = Mood.OUT
        wrong = {"notify_sms_template": LETTER_TEMPLATE}
        found = list(examine(world.settings.model_copy(update=wrong)))
    assert [each.sentence for each in found if not each.well] == [
        "By text message: Notify's template is for letter, not for sms.",
        "By text message (second provider): Twilio does not answer as it should: 500.",
        "By telephone call: Twilio does not answer as it should: 500.",
    ]


def test_a_channel_that_is_set_by_half_is_named_with_what_it_lacks(
    sqlite_settings: Settings,
) -> None:
    half: dict[str, object] = {"twilio_account": "AC1", "twilio_number": "+441632960990"}
    half |= {"notify_api_key": SecretStr("key"), "webhook_secret": SecretStr("secret")}
    said = [each.sentence for each in examine(sqlite_settings.model_copy(update=half))]
    for lacking in (
        "TELECARE_TWILIO_ACCOUNT is set and does nothing yet: set TELECARE_TWILIO_TOKEN too.",
        "TELECARE_WEBHOOK_SECRET is set and does nothing yet: set TELECARE_WEBHOOK_HOSTS too.",
    ):
        assert lacking in said
    assert any("TELECARE_NOTIFY_SMS_TEMPLATE" in each for each in said)
