"""Does somebody who takes no part in the work see what is stuck?"""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from responder.arranged.expectations import What
from responder.channels.watch import HttpWatch, OutsideBeat, watch_of
from responder.clockwork.auditor import Auditor
from responder.clockwork.stumbling import put_off
from responder.store import audit, timed
from telecare.errors import ChannelRefused, ChannelUnavailable
from telecare.settings import Settings
from telecare.store.lane import LaneReader
from telecare.vocabulary import Priority
from tests.harness.duty import ORG, Duty, operator
from tests.harness.watcher import watcher


def said(world: Duty) -> list[str]:
    """What the auditor's alert says."""
    world.intake.step()
    return [
        signal.why
        for line in world.desk.queue(operator())
        if line.home == "_office"
        for signal in world.reads.signals("north", line.id)
    ]


def later(world: Duty, **delta: float) -> None:
    """Time passes, and nobody works."""
    world.clock.forward(**delta)
    world.machine.forward(**delta)


def test_while_everything_moves_nothing_is_said(world: Duty) -> None:
    world.press()
    for _ in range(30):
        world.forward(seconds=20)
        assert world.auditor.look() == []
    assert said(world) == []


def test_a_step_that_is_not_taken_is_told_within_a_minute(world: Duty) -> None:
    world.press()
    world.intake.step()
    later(world, seconds=60 + 31)
    (found,) = world.auditor.look()
    assert found.kind == "alert"
    (why,) = said(world)
    assert why.startswith("Something of ours is stuck: an alert's next step was not taken.")
    (line,) = [each for each in world.desk.queue(operator()) if each.home == "_office"]
    assert line.priority is Priority.URGENT
    later(world, seconds=60)
    world.auditor.look()
    assert len(said(world)) == 1, "once an hour for each kind"


def test_an_open_alert_without_a_time_is_found(world: Duty) -> None:
    """It cannot be: so somebody must be told when it is."""
    world.press()
    world.intake.step()
    with world.own.begin() as connection:
        connection.execute(text("UPDATE alert SET next_due_at = NULL"))
    assert [each.since for each in world.auditor.look()] == [None]


def test_a_message_past_its_time_and_an_expectation_left_alone(world: Duty) -> None:
    world.mailbag.mood = "out"
    world.arrangements.expected.expect(operator(), "home-1", What.IM_OK, "03:00", "04:00")
    world.press()
    world.forward(minutes=3)
    later(world, hours=2)
    kinds = sorted({each.kind for each in world.auditor.look()})
    assert kinds == ["alert", "expectation", "message", "round"]
    assert len(said(world)) == 4


def test_a_lane_nobody_follows_is_told_by_the_auditor_itself(world: Duty) -> None:
    """The intake is what is stuck, so the auditor opens the alert with its own hands."""
    world.press()
    later(world, seconds=31)
    neighbours = [LaneReader(database) for database in world.responder.databases[1:]]
    auditor = Auditor(world.works, world.reads, neighbours, world.planning, world.clock)
    (found,) = auditor.look()
    assert (found.kind, found.id) == ("lane", "gateway-1")
    (line,) = world.desk.queue(operator())
    assert "signals are not taken in" in line.sentence
    world.settle()
    assert auditor.look() == []


def test_a_signal_of_our_own_that_is_not_taken_in_is_told(world: Duty) -> None:
    """A responder who asks for help waits there too, and nobody follows."""
    with world.works.begin(world.clock.now()) as work:
        timed.concern(work, put_off(ORG, "dispatch", "d-1", work.now))
    assert world.auditor.look() == []
    later(world, seconds=31)
    (found,) = world.auditor.look()
    assert found.kind == "concern"
    (line,) = world.desk.queue(operator())
    assert "a signal of our own is not taken in" in line.sentence
    world.settle()
    assert world.auditor.look() == []


def test_the_look_is_cheap_whatever_the_queue_holds(world: Duty) -> None:
    """Limited answers from indexes: a thousand stuck alerts are told as one."""
    for n in range(1, 61):
        world.press(f"home-{n}")
    world.intake.step()
    later(world, hours=1)
    found = audit.look(world.own, world.clock.now(), timedelta(seconds=30))
    assert len([each for each in found if each.kind == "alert"]) == audit.LIMIT
    world.auditor.look()
    assert len([each for each in said(world) if "next step" in each]) == 1


def test_what_is_stuck_of_one_organisation_hides_nothing_of_another(world: Duty) -> None:
    for n in range(audit.LIMIT + 5):
        world.press(f"home-{n}")
    later(world, seconds=1)
    world.press("home-1", org="south")
    world.intake.step()
    later(world, minutes=2)
    world.auditor.look()
    assert said(world)
    told = {line.home for line in world.desk.queue(operator(org="south"))}
    assert told == {"_office", "home-1"}


def test_a_backlog_that_moves_and_is_late_all_the_same_is_told(world: Duty) -> None:
    """Each look finds another alert late: none of them is stuck, and all of them are."""
    world.press("home-1")
    world.intake.step()
    later(world, seconds=35)
    world.press("home-2")
    world.intake.step()
    later(world, seconds=60)
    world.auditor.step()
    (line,) = [each for each in world.desk.queue(operator()) if each.home == "home-1"]
    world.desk.claim(operator(), line.id)
    later(world, seconds=40)
    world.auditor.step()
    assert len(said(world)) == 1


def test_the_beat_carries_the_head_of_the_record_and_no_person(world: Duty) -> None:
    with watcher(world.clock) as heard:
        settings = Settings(watch_url=heard.url, watch_token="t0ken")  # type: ignore[arg-type]
        watch = watch_of(settings)
        auditor = Auditor(world.works, world.reads, [], world.planning, world.clock, watch=watch)
        world.press()
        world.settle()
        auditor.step()
        auditor.step()
        (beat,) = heard.beats
        assert heard.tokens == ["Bearer t0ken"]
        entry = world.reads.entries("north")[-1]
        assert beat.heads == {"north": (entry.sequence, entry.hash)}
        assert beat.well
        later(world, minutes=2)  # nobody works
        auditor.step()
        assert heard.beats[-1].well, "seen once: it may be what an outage left behind"
        later(world, minutes=1)
        auditor.step()
        assert not heard.beats[-1].well


def test_a_watch_that_refuses_or_is_gone_stops_nothing(world: Duty) -> None:
    with watcher(world.clock) as heard:
        url = heard.url
        watch = HttpWatch(url, None)
        auditor = Auditor(world.works, world.reads, [], world.planning, world.clock, watch=watch)
        for status, error in ((403, ChannelRefused), (503, ChannelUnavailable)):
            heard.answer = status
            later(world, minutes=1)
            auditor.step()
            with pytest.raises(error):
                watch.beat(_beat())
    with pytest.raises(ChannelUnavailable):
        watch.beat(_beat())
    assert watch_of(Settings()) is None


def _beat() -> OutsideBeat:
    return OutsideBeat(at="2026-03-10T02:53:10+00:00", well=True, stuck=0, heads={})
