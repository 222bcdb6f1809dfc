"""F35: 200 homes press at once and the provider takes one text a second.

A home's first message goes before anybody's second, families before digests, and what is
slow on one channel holds up no other.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from responder.outgoing.outbox import Kind, Message, urgency
from responder.whom.people import Channel
from telecare.clock import HandClock
from telecare.register import open_register
from telecare.register.contacts import Contact
from telecare.register.homes import Home
from telecare.settings import Settings
from tests.harness.duty import ORG, operator
from tests.harness.town import Town, town

HOMES = 200
CHANNELS = (Channel.NOTIFY_SMS, Channel.EMAIL)


@pytest.fixture
def storm(sqlite_settings: Settings, clock: HandClock) -> Iterator[Town]:
    register = open_register(sqlite_settings, clock)
    register.organisations.add_organisation(ORG, "Council north")
    for n in range(HOMES):
        home = Home(org=ORG, home=f"far-{n}", address=f"{n} Far Lane", time_zone="Europe/London")
        register.homes.add_home(home)
        register.contacts.add_contact(
            Contact(
                org=ORG, contact=f"niece-{n}", home=home.home, name=f"The niece {n}",
                relation="niece", phone=f"07700 9{n:04d}9", email=f"niece{n}@family.example",
            )
        )  # fmt: skip
    register.close()
    with town(sqlite_settings, clock, CHANNELS, furnished=True) as made:
        yield made


def test_first_messages_first_families_before_digests_and_no_channel_waits(storm: Town) -> None:
    notify = storm.world.notify
    notify.behaviour.per_second = 1
    for n in range(HOMES):
        storm.press(f"far-{n}")
    while storm.intake.step():
        pass
    digests = write_digests(storm, 5)
    storm.clock.forward(minutes=3)
    storm.machine.forward(minutes=3)
    while storm.steps.step():
        pass

    storm.send()
    assert len(storm.world.mail.letters) == HOMES, "e-mail is not held up by slow texts"
    assert len(notify.taken) == 1
    for _ in range(170):
        storm.wait(1)
    first = [each.to for each in notify.taken]
    assert len(first) == len(set(first)) == 171, "one a second, and nobody twice"
    assert not digests & {each.reference for each in notify.taken}
    assert len(notify.refused) <= 2 * 171, "it is left alone until it has room again"

    storm.forward(seconds=40)  # nobody answered: everybody is asked a second time
    for _ in range(HOMES - 171):
        storm.wait(1)
    reached = {each.to for each in notify.taken}
    assert len(reached) >= HOMES - 1, "those not reached before come before anybody's second"


def write_digests(storm: Town, count: int) -> set[str | None]:
    """Digests that were ready before the first press."""
    alerts = {line.home: line.id for line in storm.desk.queue(operator(1))}
    now = storm.clock.now()
    made = [
        Message(
            org=ORG, alert=alerts[f"far-{n}"], step="digest", recipient=f"niece-{n}",
            channel="notify_sms", attempt=1, urgency=urgency(Kind.DIGEST, 0, 0),
            created_at=now - timedelta(hours=1), expires_at=now + timedelta(hours=1),
            kind=Kind.DIGEST,
        )
        for n in range(count)
    ]  # fmt: skip
    with storm.works.begin(now) as work:
        for message in made:
            work.send(message)
    return {f"{ORG}.{message.key}" for message in made}
