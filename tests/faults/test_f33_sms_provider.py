"""F33: the text message provider refuses, hangs, loses, fails, is late, or says it twice.

A second provider takes over by a deadline, or at once when the first says no; receipts are
signed, come in any order, and nothing ever waits for one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from responder.outgoing.outbox import MessageState
from responder.whom.people import Channel
from simulators.providers.moods import Mood
from telecare.clock import HandClock
from telecare.settings import Settings
from tests.harness.duty import ORG
from tests.harness.town import Town, town

TEXTS = (Channel.NOTIFY_SMS, Channel.TWILIO_SMS)
FIRST, SECOND = ("daughter-1", "notify_sms"), ("daughter-1", "twilio_sms")


@pytest.fixture
def here(sqlite_settings: Settings, clock: HandClock) -> Iterator[Town]:
    with town(sqlite_settings, clock, TEXTS, patient=False) as made:
        yield made


def texts(here: Town) -> tuple[int, int]:
    """How many each provider took."""
    return len(here.world.notify.taken), len(here.world.twilio.texts)


def test_all_is_well_and_one_text_arrives(here: Town) -> None:
    alert = here.ask()
    here.send()
    here.world.notify.deliver()
    here.wait(40)
    assert texts(here) == (1, 0)
    assert here.states(alert) == {FIRST: MessageState.DELIVERED, SECOND: MessageState.UNNEEDED}
    assert "received" in here.acts(alert)


def test_a_refusal_is_not_repeated_and_the_second_provider_is_asked_at_once(here: Town) -> None:
    here.world.notify.behaviour.mood = Mood.REFUSES
    alert = here.ask()
    here.send()
    assert texts(here) == (0, 1)
    here.wait(20)
    assert here.world.notify.refused == [400], "a permanent refusal is never tried again"
    assert here.states(alert) == {FIRST: MessageState.REFUSED, SECOND: MessageState.SENT}


@pytest.mark.parametrize("mood", [Mood.SILENT, Mood.OUT])
def test_an_outage_leads_to_the_second_provider_and_not_to_two_texts(
    here: Town, mood: Mood
) -> None:
    here.world.notify.behaviour.mood = mood
    alert = here.ask()
    here.send()
    assert texts(here) == (0, 1)
    here.world.notify.behaviour.mood = Mood.WELL
    here.wait(30)
    assert texts(here) == (0, 1)
    assert here.states(alert) == {FIRST: MessageState.UNNEEDED, SECOND: MessageState.SENT}


def test_what_was_taken_though_its_answer_was_lost_is_not_sent_twice(here: Town) -> None:
    here.world.notify.behaviour.mood = Mood.ANSWER_LOST
    alert = here.ask()
    here.post.step()  # taken, but we did not hear it
    here.world.notify.deliver()  # its receipt comes before anything else
    here.wait(60)
    assert texts(here) == (1, 0)
    assert here.states(alert)[FIRST] is MessageState.DELIVERED


def test_a_provider_that_loses_it_is_made_good_by_the_deadline(here: Town) -> None:
    here.world.notify.behaviour.mood = Mood.LOSES
    here.ask()
    here.send()
    here.wait(29)
    assert texts(here) == (1, 0)
    here.wait(1)
    assert texts(here) == (1, 1)


def test_a_failure_that_is_told_hurries_the_second(here: Town) -> None:
    here.world.notify.behaviour.mood = Mood.FAILS
    alert = here.ask()
    here.send()
    here.world.notify.deliver()
    here.send()
    assert texts(here) == (1, 1)
    assert here.states(alert)[FIRST] is MessageState.UNDELIVERED
    assert here.acts(alert).count("undelivered") == 1


def test_when_both_fail_the_next_person_is_asked_at_once(here: Town) -> None:
    here.world.notify.behaviour.mood = here.world.twilio.behaviour.mood = Mood.FAILS
    alert = here.ask()
    here.send()
    here.world.notify.deliver()
    here.send()
    here.world.twilio.deliver()
    here.steps.step()
    here.send()
    assert [each.to for each in here.world.notify.taken] == ["+447700901123", "+447700901223"]
    assert here.acts(alert).count("rung") == 2


def test_receipts_late_twice_and_in_disorder_change_nothing_more(here: Town) -> None:
    here.world.twilio.behaviour.mood = Mood.TWICE
    here.world.notify.behaviour.mood = Mood.LOSES
    alert = here.ask()
    here.send()
    here.wait(30)
    here.world.twilio.deliver()  # sent, delivered: each twice, backwards first
    assert here.world.twilio.postbag.answers == [204, 204, 204, 204]
    state = here.states(alert)
    assert state[SECOND] is MessageState.DELIVERED
    before = here.acts(alert)
    first = next(m.message for m in here.messages(alert) if m.message.channel == "notify_sms")
    late = {"reference": f"{ORG}.{first.key}", "status": "temporary-failure"}
    proof = {"Authorization": f"Bearer {here.world.notify.token}"}
    for status in ("temporary-failure", "delivered", "temporary-failure", "delivered"):
        assert here.tell("/receipts/notify", json=late | {"status": status}, headers=proof) == 204
    assert here.states(alert)[FIRST] is MessageState.DELIVERED
    told = Counter(here.acts(alert)) - Counter(before)
    assert told == {"undelivered": 1, "received": 1}


def test_a_receipt_nobody_proves_is_refused_and_changes_nothing(here: Town) -> None:
    alert = here.ask()
    here.send()
    key = here.messages(alert)[0].message.key
    before = here.states(alert), here.acts(alert)
    said = {"reference": f"{ORG}.{key}", "status": "delivered"}
    form = {"MessageStatus": "delivered"}
    path = f"/receipts/twilio/message/{ORG}/{key}"
    signed = here.world.twilio.signature(f"{here.settings.public_url}{path}", {"other": "form"})
    proof = {"Authorization": f"Bearer {here.world.notify.token}"}
    refused = [
        here.tell("/receipts/notify", json=said),
        here.tell("/receipts/notify", json=said, headers={"Authorization": "Bearer guess"}),
        here.tell("/receipts/notify", json=[], headers={"Authorization": ""}),
        here.tell("/receipts/notify", content=b"{", headers=proof),
        here.tell("/receipts/notify", json=said | {"reference": f"south.{key}"}, headers=proof),
        here.tell(path, data=form),
        here.tell(path, data=form, headers={"X-Twilio-Signature": signed}),
        here.tell(path, data=form, headers={"X-Twilio-Signature": "é".encode("latin-1")}),
    ]
    assert set(refused) == {403}
    assert (here.states(alert), here.acts(alert)) == before
