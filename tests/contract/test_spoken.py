"""What Twilio fetches while somebody holds the telephone: always a sentence, never a fault."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from responder.callout.dispatch import DispatchState
from responder.outgoing.spoken import elsewhere, thanks
from responder.seeing.views import LinkView
from responder.store import dispatches
from responder.whom.people import Channel, member_id
from telecare.clock import HandClock
from telecare.settings import Settings
from telecare.vocabulary import CallState
from tests.harness.duty import ORG, operator, responders
from tests.harness.town import Town, town

ANN = member_id("ann")


@pytest.fixture
def night(sqlite_settings: Settings, clock: HandClock) -> Iterator[Town]:
    with town(sqlite_settings, clock, only=(Channel.TWILIO_VOICE,)) as made:
        yield made


def on_duty_alone(night: Town, language: str) -> None:
    """Ann is the one responder on duty, and reached by telephone only."""
    responders(night.responder.register, ORG, "ann")
    night.responder.register.teams.change_member(
        ORG, "ann", phone="07700 900456", email=None, language=language
    )
    night.machine.forward(seconds=1)


def rung_about(night: Town, home: str) -> str:
    """Somebody presses there, and whoever is on duty is rung about the job; the alert."""
    night.press(home)
    night.intake.step()
    alert = next(line.id for line in night.desk.queue(operator(1)) if line.home == home)
    night.desk.claim(operator(1), alert)
    night.desk.send(operator(1), alert)
    night.dispatches.step()
    night.send()
    return alert


def test_who_declined_is_not_told_that_we_go_on_asking_once_it_is_looked_after() -> None:
    declined = LinkView(
        contact_name="Son", resident_label="", sentence="", state=CallState.DECLINED, over=False
    )
    assert "We are asking the next person." in thanks(declined, "en")
    assert "It is being looked after." in thanks(replace(declined, over=True), "en")


@pytest.mark.parametrize("language", ["en", "cy"])
def test_who_presses_1_for_an_old_offer_while_on_another_job_hears_what_is_so(
    night: Town, language: str
) -> None:
    on_duty_alone(night, language)
    old = rung_about(night, "home-1")
    night.wait(190)
    night.dispatches.step()  # she did not pick up
    new = rung_about(night, "home-2")
    night.desk.contact_answer(operator(1), new, ANN, "going")
    night.world.twilio.deliver()  # both calls are picked up by now, and 1 is pressed
    asked, taken = night.world.twilio.calls
    assert asked.pressed == taken.pressed == "1"
    assert asked.sentences[-1] == elsewhere(language)
    assert elsewhere("cy") != elsewhere("en")
    assert dispatches.held_by(night.own, ORG, ANN) == new
    (given_up,) = dispatches.history(night.own, ORG, old)
    assert given_up.state is DispatchState.UNMANNED, "the desk still finds another way"
