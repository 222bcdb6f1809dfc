"""One row nobody foresaw, beside the duty: it waits, somebody is told, and the others go on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import update

from responder.arranged import prompting
from responder.arranged.expectations import What
from responder.arranged.prompts import Prompt
from responder.channels.events import EventPost
from responder.kept.following import PLACE, Following
from responder.kept.keeping import Keeping
from responder.shared.streaming import SETTING, Streaming
from telecare.clock import HandClock
from telecare.register import tables as register_tables
from telecare.settings import Settings
from tests.harness.duty import ORG, Duty, duty, furnish, operator, responders


@pytest.fixture
def world(sqlite_settings: Settings, clock: HandClock) -> Iterator[Duty]:
    with duty(sqlite_settings, clock, HandClock(clock.now())) as made:
        yield made


class Unforeseen(Exception):
    """A fault of ours."""


def told(world: Duty, *, org: str = ORG) -> list[str]:
    """What the desk reads of what we fail at."""
    while world.intake.step():
        pass
    lines = world.desk.queue(operator(org=org))
    return [each.sentence for each in lines if each.kinds[0].startswith("duty.")]


def test_a_deed_nobody_can_put_on_record_is_told_and_the_next_are(world: Duty) -> None:
    """A deed of a newer version, say, whose act this one has no word for."""
    register = world.responder.register
    following = Following(world.works, register, world.clock)
    while following.step():
        pass
    reached = world.reads.position(PLACE)
    responders(register, ORG, "ann", "bo")
    deeds = register.deeds.after(reached, 100)
    version = deeds[-2].version
    with register.database.begin() as connection:
        deed = register_tables.deed
        strange = update(deed).where(deed.c.version == version).values(act="flown_to_the_moon")
        connection.execute(strange)
    before = world.reads.sequence(ORG)
    while following.step():
        pass
    assert len(world.reads.entries(ORG, after=before)) == len(deeds) - 1
    (sentence,) = told(world)
    assert f"deed {version}" in sentence


def test_a_prompt_we_fail_at_waits_and_the_others_are_rung_about(
    world: Duty, monkeypatch: pytest.MonkeyPatch
) -> None:
    for home in ("home-1", "home-2"):
        world.arrangements.expected.expect(
            operator(), home, What.MEDICATION, "03:00", "05:00", prompt=Prompt(most=1, minutes=5)
        )
    world.clock.forward(minutes=10)
    rung = prompting.rung

    def broken(register: Any, expected: Any) -> Any:
        if expected.home == "home-1":
            raise Unforeseen
        return rung(register, expected)

    monkeypatch.setattr(prompting, "rung", broken)
    assert world.prompting.step() == 2
    assert world.prompting.step() == 0
    left = [e for e in world.reads.entries(ORG) if e.act == "left_to_people"]
    assert [each.detail["home"] for each in left] == ["home-2"]
    (sentence,) = told(world)
    assert "prompt" in sentence
    monkeypatch.undo()
    world.clock.forward(hours=1)
    assert world.prompting.step() == 1  # it is looked at again


def test_a_night_we_fail_at_for_one_organisation_is_had_by_the_others(
    world: Duty, monkeypatch: pytest.MonkeyPatch
) -> None:
    furnish(world.responder.register, "south")
    keeping = world.responder.keeping
    assert keeping.step() == 0
    sweep = Keeping._sweep

    def broken(self: Keeping, org: str, *how: Any) -> Any:
        if org == ORG:
            raise Unforeseen
        return sweep(self, org, *how)

    monkeypatch.setattr(Keeping, "_sweep", broken)
    world.clock.forward(days=1)
    while keeping.step():
        pass
    assert "forgotten" not in {e.act for e in world.reads.entries(ORG)}
    assert "forgotten" in {e.act for e in world.reads.entries("south")}
    assert any("retention" in each for each in told(world))
    monkeypatch.undo()
    world.clock.forward(hours=1)
    while keeping.step():
        pass
    assert "forgotten" in {e.act for e in world.reads.entries(ORG)}


def test_events_we_fail_at_for_one_organisation_wait_and_the_others_are_told(
    world: Duty, monkeypatch: pytest.MonkeyPatch
) -> None:
    register = world.responder.register
    furnish(register, "south")
    for org in (ORG, "south"):
        theirs = {SETTING: f"https://{org}.example/events"}
        register.organisations.change_settings(org, theirs.__or__)
    world.machine.forward(seconds=1)
    post = EventPost(world.settings, world.clock)
    heard: list[str] = []

    def send(url: str, entry: Any) -> None:
        if entry.org == ORG:
            raise Unforeseen
        heard.append(entry.act)

    monkeypatch.setattr(post, "send", send)
    monkeypatch.setattr(EventPost, "is_set", True)
    streaming = Streaming(world.works, world.reads, register, post, world.clock)
    streaming.step()
    for org in (ORG, "south"):
        world.press(org=org)
    world.intake.step()
    assert streaming.step() == 1
    assert heard == ["opened"]
    assert streaming.step() == 0
    assert any("We fail at it ourselves" in each for each in told(world))
    monkeypatch.undo()
    monkeypatch.setattr(EventPost, "is_set", True)
    monkeypatch.setattr(post, "send", lambda _url, entry: heard.append(entry.org))
    world.clock.forward(minutes=2)
    streaming.step()
    assert ORG in heard  # nothing of it was lost
