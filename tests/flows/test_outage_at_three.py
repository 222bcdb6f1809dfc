"""Provider outage at 3 a.m.: both text providers are out, and somebody comes all the same."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from responder.outgoing.call_references import CallWay
from simulators.providers.moods import Mood
from telecare.clock import HandClock
from telecare.settings import Settings
from telecare.vocabulary import AlertState, CallState
from tests.harness.duty import ORG, operator
from tests.harness.town import Town, town


@pytest.fixture
def night(sqlite_settings: Settings, clock: HandClock) -> Iterator[Town]:
    with town(sqlite_settings, clock) as made:
        yield made


def texts_are_out(night: Town) -> None:
    night.world.notify.behaviour.mood = Mood.OUT
    night.world.twilio.behaviour.mood = Mood.OUT


def test_the_telephone_rings_when_its_provider_comes_back_and_a_key_answers(night: Town) -> None:
    texts_are_out(night)
    alert = night.ask()
    night.send()
    assert len(night.world.mail.letters) == 1, "e-mail leaves whatever the telephones do"
    night.wait(45)
    assert night.world.twilio.calls == []

    night.world.twilio.behaviour.mood = Mood.WELL
    night.wait(30)
    night.world.twilio.deliver()  # the daughter wakes, listens, and presses 1
    (call,) = night.world.twilio.calls
    assert call.sentences[0].startswith("Hello. This is the monitoring centre.")
    assert call.pressed == "1"
    assert call.sentences[-1].startswith("Thank you. We have written down that you are going.")
    line = night.desk.line(operator(1), alert)
    assert line.state is AlertState.ATTENDING
    assert "answered" in night.acts(alert)
    (reference,) = night.desk.open_alert(operator(1), alert).calls
    assert (reference.way, reference.contact) == (CallWay.PROVIDER, "daughter-1")
    assert reference.reference.startswith("CA"), "as Twilio names the call"
    night.wait(60)
    assert len(night.world.notify.taken) == 0, "nobody is asked any more"


def test_who_speaks_welsh_is_called_in_welsh_and_may_say_that_they_cannot(night: Town) -> None:
    contacts = night.responder.register.contacts
    contacts.change_contact(ORG, "daughter-1", language="cy")
    night.machine.forward(seconds=1)
    night.world.notify.behaviour.mood = Mood.REFUSES
    night.world.twilio.presses = "2"
    alert = night.ask()
    night.send()
    assert night.world.twilio.texts[0]["Body"].startswith("Galwad am gymorth")
    night.wait(45)
    night.world.twilio.deliver()
    (call,) = night.world.twilio.calls
    assert set(call.voices) == {"Polly.Gwyneth"}
    assert call.sentences[-1].startswith("Diolch am roi gwybod i ni.")
    standing = night.desk.open_alert(operator(1), alert).contacts[0]
    assert standing.state is CallState.DECLINED
    night.steps.step()
    assert night.acts(alert).count("rung") > 2, "the next person is asked at once"


def test_when_every_provider_is_out_for_good_the_desk_is_called(night: Town) -> None:
    texts_are_out(night)
    night.world.mail.answer = "451 Later"
    alert = night.ask()
    for _ in range(80):
        night.wait(10)
        night.steps.step()
    acts = night.acts(alert)
    assert "nobody_reached" in acts
    line = night.desk.line(operator(1), alert)
    assert line.announcement is not None
    assert line.announcement.startswith("Nobody has been reached")
    assert line.next_due_at is not None
    assert line.next_due_at > night.clock.now()
    assert night.world.notify.refused.count(500) < 60, "a provider that is out is not stormed"


def test_a_stranger_on_the_voice_line_hears_nothing(night: Town) -> None:
    night.ask()
    night.send()
    token = "guess"
    assert night.tell(f"/voice/{token}", data={"Digits": "1"}) == 403
    path = f"/voice/{token}"
    signed = night.world.twilio.signature(f"{night.settings.public_url}{path}", {"CallSid": "CA"})
    headers = {"X-Twilio-Signature": signed}
    assert night.tell(path, data={"CallSid": "CA"}, headers=headers) == 200  # "This call is over."
