"""Who is left alone, until when, and never when help is needed?"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.outgoing.outbox import MessageState
from responder.whom.quiet_hours import QuietHours
from telecare.vocabulary import Outcome
from tests.harness.duty import ORG, Duty, operator

NIGHT = QuietHours(time(22), time(7), "Europe/London")


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-03-10T21:59", None),
        ("2026-03-10T22:00", "2026-03-11T07:00"),
        ("2026-03-11T06:59", "2026-03-11T07:00"),
        ("2026-03-11T07:00", None),
        ("2026-07-10T21:30", "2026-07-11T06:00"),  # summer time: 22:30 there
        ("2026-03-28T23:00", "2026-03-29T06:00"),  # the clocks go forward in between
        ("2026-10-24T22:30", "2026-10-25T07:00"),  # and back
    ],
)
def test_the_night_by_the_clocks_of_the_home(now: str, until: str | None) -> None:
    expected = datetime.fromisoformat(until).replace(tzinfo=UTC) if until else None
    assert NIGHT.until(datetime.fromisoformat(now).replace(tzinfo=UTC)) == expected


@given(
    begin=st.times(), end=st.times(),
    now=st.datetimes(datetime(2026, 3, 27), datetime(2026, 3, 31))  # noqa: DTZ001
    | st.datetimes(datetime(2026, 10, 23), datetime(2026, 10, 27)),  # noqa: DTZ001
)  # fmt: skip
def test_quiet_hours_always_end_and_soon(begin: time, end: time, now: datetime) -> None:
    at = now.replace(tzinfo=UTC)
    until = QuietHours(begin, end, "Europe/London").until(at)
    assert until is None or at < until <= at + timedelta(hours=25)


def quiet(world: Duty) -> None:
    contacts = world.responder.register.contacts
    for who in ("daughter-1", "son-1"):
        found = contacts.contact(ORG, who)
        contacts.change_contact(ORG, found.contact, quiet_from="22:00", quiet_until="07:00")
    world.machine.forward(seconds=1)


def test_a_call_for_help_wakes_people_and_how_it_ended_waits_for_the_morning(world: Duty) -> None:
    quiet(world)
    world.press()
    world.forward(minutes=3, seconds=20)  # three in the morning
    assert [letter.address for letter in world.mailbag.letters] == ["daughter1@family.example"]
    alert = world.only().id
    world.desk.claim(operator(1), alert)
    world.desk.resolve(operator(1), alert, Outcome.HELPED_BY_TALKING, "All is well.")
    world.settle()
    assert len(world.mailbag.letters) == 1
    world.clock.forward(hours=3, minutes=50)
    world.settle()
    assert len(world.mailbag.letters) == 1, "06:46 is still night"
    world.clock.forward(minutes=20)
    world.settle()
    assert world.mailbag.letters[-1].subject == "It has been dealt with"
    assert world.mailbag.letters[-1].link == ""
    assert len(world.mailbag.letters) == 2


def test_nobody_is_told_how_it_ended_who_was_never_asked(world: Duty) -> None:
    world.press()
    world.forward(seconds=30)
    alert = world.only().id
    world.desk.claim(operator(1), alert)
    world.desk.resolve(operator(1), alert, Outcome.TEST_CALL, "A test.")
    world.settle()
    assert world.mailbag.letters == []


def test_an_ask_that_waits_is_dropped_when_somebody_answers(world: Duty) -> None:
    world.mailbag.mood = "out"
    world.press()
    world.forward(minutes=3)
    alert = world.only().id
    world.desk.contact_answer(operator(1), alert, "daughter-1", "cannot")
    world.mailbag.mood = "well"
    world.forward(minutes=1)
    assert [letter.address for letter in world.mailbag.letters] == ["son1@family.example"]
    states = {state for _, state, _ in world.reads.messages(ORG, alert)}
    assert MessageState.UNNEEDED in states
