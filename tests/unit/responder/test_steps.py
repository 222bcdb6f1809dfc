"""Does every alert find a person, however long nobody answers?"""

from __future__ import annotations

import pytest

from responder.whom.people import Channel
from telecare.clock import HandClock
from telecare.errors import NotFound
from telecare.register import open_register
from telecare.register.contacts import Contact
from telecare.settings import Settings
from telecare.vocabulary import AlertState, CallState, Outcome, SignalKind
from tests.harness.duty import ORG, Duty, Mailbag, furnish, operator


def test_nobody_claims_so_the_contacts_are_asked_and_one_goes(world: Duty) -> None:
    world.press()
    world.settle()
    world.forward(seconds=60)
    line = world.only()
    assert line.overdue
    assert line.announcement == "Nobody has claimed it for 60 seconds: emergency."
    world.forward(seconds=120)
    (letter,) = world.mailbag.letters
    assert letter.address == "daughter1@family.example"
    world.forward(minutes=3)
    assert [each.address for each in world.mailbag.letters][1:] == ["son1@family.example"]

    view = world.desk.link(world.token())
    assert (view.contact_name, view.state, view.over) == ("The son 1", CallState.RINGING, False)
    view = world.desk.link_answer(world.token(), "going")
    assert view.state is CallState.ON_THE_WAY
    line = world.only()
    assert (line.state, line.next_step) == (AlertState.ATTENDING, "ask whether they arrived")
    world.forward(minutes=10)
    assert len(world.mailbag.letters) == 2
    assert world.acts(line.id) == [
        "opened", "overdue", "announced", "ladder_started", "announced", "rung", "delivered",
        "no_answer", "rung", "delivered", "answered",
    ]  # fmt: skip


def test_a_letter_names_nobody_in_its_subject_and_no_illness(world: Duty) -> None:
    world.press("home-1", "fall")
    world.settle()
    world.forward(minutes=3)
    (letter,) = world.mailbag.letters
    assert "Resident" not in letter.subject
    assert "Lane" not in letter.subject
    for word in ("fall", "pendant", "oxygen", "dementia"):
        assert word not in (letter.subject + letter.body).lower()
    assert "/l/" in letter.body


def test_the_first_is_told_that_it_is_over_once_the_second_goes(world: Duty) -> None:
    world.press()
    world.settle()
    world.forward(minutes=6)
    daughter, son = world.token(0), world.token(1)
    world.desk.link_answer(son, "going")
    assert world.desk.link(daughter).over
    assert not world.desk.link(son).over
    world.desk.link_answer(daughter, "going")
    line = world.only()
    assert line.state is AlertState.ATTENDING


def test_the_same_answer_twice_changes_nothing(world: Duty) -> None:
    world.press()
    world.settle()
    world.forward(minutes=3)
    first = world.desk.link_answer(world.token(), "going")
    before = world.reads.sequence("north")
    assert world.desk.link_answer(world.token(), "going") == first
    assert world.reads.sequence("north") == before


def test_looking_at_a_link_answers_nothing(world: Duty) -> None:
    world.press()
    world.settle()
    world.forward(minutes=3)
    before = world.reads.sequence("north")
    world.desk.link(world.token())
    assert world.reads.sequence("north") == before


def test_a_wrong_and_an_old_token_are_refused_alike(world: Duty) -> None:
    world.press()
    world.settle()
    world.forward(minutes=3)
    token = world.token()
    with pytest.raises(NotFound, match="does not hold any more"):
        world.desk.link("x" * 43)
    world.clock.forward(hours=13)
    with pytest.raises(NotFound, match="does not hold any more"):
        world.desk.link_answer(token, "going")


def test_a_token_is_not_in_the_database(world: Duty) -> None:
    world.press()
    world.settle()
    world.forward(minutes=3)
    with world.own.read() as connection:
        for table in ("outbox", "link", "record_entry", "alert"):
            rows = connection.exec_driver_sql(f"SELECT * FROM {table}").all()
            assert rows
            assert world.token() not in str(rows)


def test_who_was_going_and_cannot_any_more_sets_everything_going_again(world: Duty) -> None:
    world.press()
    world.settle()
    world.forward(minutes=3)
    world.desk.link_answer(world.token(), "going")
    world.forward(minutes=5)
    world.desk.link_answer(world.token(), "cannot")
    line = world.only()
    assert line.state is AlertState.WAITING
    assert line.announcement == "Whoever was on the way cannot come after all."
    world.forward(minutes=3)
    assert len(world.mailbag.letters) == 2


def test_an_operator_rings_a_contact_by_e_mail(world: Duty) -> None:
    world.press()
    world.settle()
    alert = world.only().id
    world.desk.claim(operator(), alert)
    world.desk.contact(operator(), alert, "son-1", world.mailbag.channel)
    world.settle()
    assert [each.address for each in world.mailbag.letters] == ["son1@family.example"]
    world.desk.link_answer(world.token(), "going")
    assert world.only().state is AlertState.ATTENDING


def test_a_refused_letter_moves_the_ladder_on_at_once(world: Duty) -> None:
    world.mailbag.mood = "refuses"
    world.press()
    world.settle()
    world.forward(minutes=3)
    line = world.only()
    assert line.announcement is not None
    assert line.announcement.startswith("Nobody has been reached")
    told = [e.sentence for e in world.desk.open_alert(operator(), line.id).timeline]
    assert "The daughter 1 was not told: The address is unknown." in told


def test_an_outage_of_the_provider_is_waited_out(world: Duty) -> None:
    world.mailbag.mood = "out"
    world.press()
    world.settle()
    world.forward(minutes=4)
    assert world.mailbag.letters == []
    world.mailbag.mood = "well"
    world.forward(minutes=1)
    assert [each.address for each in world.mailbag.letters] == ["daughter1@family.example"]


def test_a_claim_before_the_letter_left_does_not_stop_it_but_a_helper_does(world: Duty) -> None:
    world.press()
    world.settle()
    alert = world.only().id
    world.clock.forward(minutes=3)
    world.steps.step()
    world.desk.claim(operator(), alert)
    world.desk.attending(operator(), alert, "The ambulance")
    world.post.step()
    assert world.mailbag.letters == []
    assert "undelivered" in world.acts(alert)


def test_a_timer_brings_it_back(world: Duty) -> None:
    world.judged(SignalKind.INACTIVITY)
    world.settle()
    alert = world.only().id
    world.desk.claim(operator(), alert)
    line = world.desk.watch(operator(), alert, 10)
    assert (line.state, line.next_step) == (AlertState.WATCHING, "check again")
    world.forward(minutes=10)
    line = world.only()
    assert (line.state, line.owner_id) == (AlertState.WAITING, None)
    assert line.announcement == "Time to check again."


def test_nothing_happens_any_more_when_it_is_closed(world: Duty) -> None:
    world.press()
    world.settle()
    alert = world.only().id
    world.desk.claim(operator(), alert)
    world.desk.resolve(operator(), alert, Outcome.HELPED_BY_TALKING, "All well.")
    before = world.reads.sequence("north")
    world.forward(minutes=30)
    assert world.reads.sequence("north") == before


def test_nobody_waits_for_somebody_whom_only_a_letter_on_paper_reaches(
    settings: Settings, clock: HandClock
) -> None:
    """The neighbour is first in the home's order and has given a postal address alone."""
    register, mailbag = open_register(settings, clock), Mailbag()
    furnish(register)
    register.contacts.add_contact(
        Contact(
            org=ORG, contact="neighbour-1", home="home-1", name="The neighbour",
            relation="neighbour", rank=0, postal_address="2 Sample Lane\nSampleton\nDT2 7QQ",
        )
    )  # fmt: skip
    register.close()
    senders = {Channel.EMAIL: mailbag, Channel.NOTIFY_LETTER: Mailbag()}
    world = Duty(settings, clock, HandClock(clock.now()), mailbag, senders)
    world.press()
    world.settle()
    world.forward(minutes=3)
    assert [each.address for each in mailbag.letters] == ["daughter1@family.example"]
    world.responder.close()
