"""Who wants the same rows at the same moment waits for the other; nobody is thrown out for it."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from sqlalchemy import text

from responder.callout.dispatch import Proof
from responder.kept.record import Act
from responder.outgoing.outbox import Receipt
from responder.store import Work, dispatches, timed
from telecare.tenancy import PLATFORM
from telecare.vocabulary import Outcome
from tests.harness.duty import ORG, Duty, operator, responders

WAITING = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
Deed = Callable[[Duty, str], object]
"""What another does at the same moment, about the alert of this id."""


def a_letter_leaves(world: Duty, alert: str) -> None:
    world.post.step()


def a_letter_is_refused(world: Duty, alert: str) -> None:
    world.mailbag.mood = "refuses"
    world.post.step()


def a_receipt_comes(said: Receipt) -> Deed:
    def come(world: Duty, alert: str) -> None:
        ((key, _, _),) = world.reads.messages(ORG, alert)
        world.desk.receipt(ORG, key, said)

    return come


def she_looks_at_it(world: Duty, alert: str) -> None:
    world.desk.open_alert(operator(), alert)


def to_note_something(work: Work, alert: str) -> None:
    """As every act of the desk ends: who did it, and what."""
    work.staff(ORG, operator().id, operator().name)
    work.write(Act.WATCHED, org=ORG, actor=operator().id, alert=alert)


def to_set_it_aside(work: Work, alert: str) -> None:
    timed.call_back(work, ORG, alert)
    work.write(Act.SET_ASIDE, org=ORG, actor=PLATFORM, alert=alert)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (to_note_something, a_letter_leaves),
        (to_note_something, a_receipt_comes(Receipt.DELIVERED)),
        (to_note_something, she_looks_at_it),
        (to_set_it_aside, a_letter_is_refused),
        (to_set_it_aside, a_receipt_comes(Receipt.FAILED)),
    ],
)
def test_two_acts_on_one_alert_wait_for_each_other(
    world: Duty, one: Callable[[Work, str], None], other: Deed
) -> None:
    """An operator acts in the moment in which a letter about the same alert is noted as sent."""
    world.press()
    world.intake.step()
    world.desk.claim(operator(), world.only().id)
    world.desk.release(operator(), world.only().id)
    world.clock.forward(minutes=3)
    world.steps.step()
    alert = world.only().id
    if "receipt" in other.__qualname__:  # of a letter that has left
        world.post.step()
    assert both(world, alert, one, other) == []
    assert world.desk.verify_chain(ORG).whole


def test_a_press_beside_a_responder_who_is_still_there(world: Duty) -> None:
    """The alert is closed, the responder in the home; she presses as they say that they leave."""
    responders(world.responder.register, ORG, "ann")
    world.press()
    world.intake.step()
    alert = world.only().id
    world.desk.claim(operator(), alert)
    world.desk.send(operator(), alert)
    world.dispatches.step()
    (job,) = dispatches.history(world.own, ORG, alert)
    world.desk.contact_answer(operator(), alert, job.holder, "arrived")
    world.desk.resolve(operator(), alert, Outcome.RESPONDER_ATTENDED, "Seen to.")
    world.press()

    def to_leave(work: Work, alert: str) -> None:
        dispatches.get(work, ORG, job.id)
        work.write(Act.LEFT, org=ORG, actor=job.holder, alert=alert)

    assert both(world, alert, to_leave, lambda world, _: world.intake.step()) == []
    (job,) = dispatches.history(world.own, ORG, alert)
    assert job.proof is Proof.UNIT


def both(
    world: Duty, alert: str, one: Callable[[Work, str], None], other: Deed
) -> list[BaseException]:
    """Do both, the `other` while `one` has the alert; what ended the other."""
    faults: list[BaseException] = []

    def act() -> None:
        try:
            other(world, alert)
        except BaseException as fault:  # noqa: BLE001 - told to the test
            faults.append(fault)

    at_once = threading.Thread(target=act)
    with world.works.begin(world.clock.now()) as work:
        work.alert(ORG, alert)
        at_once.start()
        until_somebody_waits(world)
        one(work, alert)
    at_once.join()
    return faults


def until_somebody_waits(world: Duty) -> None:
    """On SQLite a second act does not even begin before the first has ended."""
    while not world.own.is_sqlite:
        with world.own.read() as connection:
            if connection.execute(WAITING).scalar():
                return
