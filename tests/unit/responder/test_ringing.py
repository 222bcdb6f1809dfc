"""How are people asked, and what are they told when it is over?"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from responder.channels.base import Sender
from responder.whom.people import Channel
from telecare.clock import HandClock
from telecare.register import open_register
from telecare.register.organisations import TELEPHONE
from telecare.settings import Settings
from telecare.vocabulary import Outcome
from tests.harness.duty import ORG, Duty, Mailbag, furnish, operator

CHANNELS = (Channel.NOTIFY_SMS, Channel.TWILIO_SMS, Channel.TWILIO_VOICE, Channel.NOTIFY_LETTER)


class Bag(Mailbag):
    def __init__(self, channel: Channel) -> None:
        super().__init__()
        self.channel = channel


@pytest.fixture
def bags() -> dict[Channel, Bag]:
    return {channel: Bag(channel) for channel in CHANNELS}


@pytest.fixture
def world(sqlite_settings: Settings, clock: HandClock, bags: dict[Channel, Bag]) -> Iterator[Duty]:
    register = open_register(sqlite_settings, clock)
    furnish(register, homes=1)
    address = "The Daughter\n1 Mill Lane\nTA1 1AA"
    register.contacts.change_contact(
        ORG, "daughter-1", phone="07700 900123", postal_address=address, email=None
    )
    register.close()
    senders: dict[Channel, Sender] = dict(bags)
    made = Duty(sqlite_settings, clock, HandClock(clock.now()), Mailbag(), senders)
    yield made
    made.responder.close()


def asked(world: Duty) -> str:
    world.press()
    world.forward(minutes=3, seconds=10)
    return world.only().id


def test_later_ways_leave_only_if_they_are_still_needed(
    world: Duty, bags: dict[Channel, Bag]
) -> None:
    alert = asked(world)
    counts = {channel: len(bag.letters) for channel, bag in bags.items()}
    assert counts == dict.fromkeys(CHANNELS, 0) | {Channel.NOTIFY_SMS: 1}
    assert world.acts(alert).count("rung") == 1, "what has not left is not said to have"
    world.desk.contact_answer(operator(1), alert, "daughter-1", "going")
    world.forward(minutes=2)
    assert sum(len(bag.letters) for bag in bags.values()) == 1


def test_unanswered_it_is_followed_by_the_second_text_and_the_telephone(
    world: Duty, bags: dict[Channel, Bag]
) -> None:
    asked(world)
    world.forward(seconds=50)
    assert [len(bags[channel].letters) for channel in CHANNELS] == [1, 1, 1, 0]
    text, call = bags[Channel.TWILIO_SMS].letters[0], bags[Channel.TWILIO_VOICE].letters[0]
    assert "/l/" in text.link
    assert "/voice/" in call.link
    assert call.address == "+447700900123"


def test_who_was_reached_is_told_how_it_ended_and_only_by_one_quiet_way(
    world: Duty, bags: dict[Channel, Bag]
) -> None:
    organisations = world.responder.register.organisations
    organisations.change_settings(ORG, lambda had: had | {TELEPHONE: "01305 960 100"})
    alert = asked(world)
    world.desk.claim(operator(1), alert)
    world.desk.resolve(operator(1), alert, Outcome.HELPED_BY_TALKING, "Tea made.")
    world.forward(minutes=2)
    assert [len(bags[channel].letters) for channel in CHANNELS] == [2, 0, 0, 0]
    told = bags[Channel.NOTIFY_SMS].letters[-1]
    assert told.body.startswith("The call for help from Resident 1 has been dealt with.")
    assert told.body.endswith("Ring us if you would like to know more. 01305 960 100")
    assert "Tea" not in told.body


def test_who_could_not_be_reached_gets_a_letter_on_paper(
    world: Duty, bags: dict[Channel, Bag]
) -> None:
    for channel in CHANNELS[:3]:
        bags[channel].mood = "refuses"
    alert = asked(world)
    assert "no_answer" not in world.acts(alert)
    world.forward(seconds=50)
    world.desk.claim(operator(1), alert)
    world.desk.resolve(operator(1), alert, Outcome.KEYHOLDER_ATTENDED, "The son came.")
    world.settle()
    (letter,) = bags[Channel.NOTIFY_LETTER].letters
    assert letter.address.splitlines()[-1] == "TA1 1AA"
    assert letter.subject == "We could not reach you"
    assert "Resident" not in letter.body


def test_a_channel_taken_away_refuses_what_was_written_for_it(
    world: Duty, clock: HandClock, bags: dict[Channel, Bag]
) -> None:
    world.press()
    world.forward(minutes=2, seconds=50)
    clock.forward(seconds=20)
    world.steps.step()
    fewer = Duty(world.settings, clock, world.machine, Mailbag())
    while fewer.post.step(Channel.EMAIL):
        pass
    alert = world.only().id
    assert "undelivered" in world.acts(alert)
    assert all(not bag.letters for bag in bags.values())
    fewer.responder.close()


def test_what_has_not_left_when_somebody_claims_it_never_leaves(
    world: Duty, bags: dict[Channel, Bag]
) -> None:
    """The daughter has the first text and may still answer it; nothing more disturbs her."""
    alert = asked(world)
    world.desk.claim(operator(), alert)
    world.clock.forward(minutes=1)
    world.machine.forward(minutes=1)
    world.settle()
    assert [len(bag.letters) for bag in bags.values()] == [1, 0, 0, 0]
    assert not world.desk.link(bags[Channel.NOTIFY_SMS].letters[0].link.rpartition("/")[2]).over
    world.desk.contact(operator(), alert, "daughter-1", Channel.TWILIO_SMS)
    world.settle()
    assert len(bags[Channel.TWILIO_SMS].letters) == 1, "whom the owner asks is asked"
