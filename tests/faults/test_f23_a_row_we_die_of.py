"""F23: a job, a timed row or a prompt ends our process whenever it is taken. The others go on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from responder.arranged import expectations, packages, prompting, windows
from responder.arranged.expectations import Expectation, What
from responder.arranged.packages import Package, PackageKind
from responder.arranged.prompting import Prompting
from responder.arranged.prompts import Prompt
from responder.arriving.suppression import Cause, Window
from responder.callout import dispatch_decision
from responder.callout.dispatching import Dispatches
from responder.callout.lone_worker import Terms
from responder.channels.osrm import road_of
from responder.clockwork import rounds
from responder.clockwork.apart import ASIDE, DEADLY
from responder.clockwork.in_hand import InHand
from responder.clockwork.rounds import Rounds
from responder.clockwork.timekeeping import Timekeeping
from responder.store import Reads, Work, timed
from responder.whom.people import OFFICE, Channel
from telecare.clock import HandClock
from telecare.settings import Settings
from tests.harness.duty import ORG, Duty, duty, furnish, operator, responders
from tests.harness.dying import Death
from tests.harness.responder_process import ResponderProcess
from tests.harness.waiting import until

HOMES = ("home-1", "home-2")
DEADLY_HOME = "home-1"


@pytest.fixture
def world(sqlite_settings: Settings, clock: HandClock) -> Iterator[Duty]:
    with duty(sqlite_settings, clock, HandClock(clock.now())) as made:
        responders(made.responder.register, ORG, "ann", "bo")
        yield made


class Installation:
    """Parts of the duty that live and die, and what is noted between their lives."""

    def __init__(self, world: Duty, folder: Path) -> None:
        self.world, self._folder = world, folder
        self._alive: Any = None

    def live(self, part: str) -> bool:
        """The process, or the next if that one is dead, takes what is due until nothing is; False
        when it died of it.
        """
        alive = self._alive or getattr(self, part)(InHand(self._folder, "responder-1"))
        self._alive = None
        try:
            while alive.step():
                pass
        except Death:
            return False
        self._alive = alive
        return True

    def ends(self) -> None:
        """The process ends of something else."""
        self._alive = None

    def dispatches(self, in_hand: InHand) -> Dispatches:
        world = self.world
        return Dispatches(
            world.works, world.planning._book, world.desk._links, [Channel.EMAIL], world.clock,
            road_of(world.settings), Terms(), Timekeeping(world.works, world.clock), in_hand,
        )  # fmt: skip

    def rounds(self, in_hand: InHand) -> Rounds:
        world, register = self.world, self.world.responder.register
        return Rounds(
            world.works, register, world.responder.readings, world.planning, world.clock, in_hand
        )

    def prompting(self, in_hand: InHand) -> Prompting:
        world, register = self.world, self.world.responder.register
        return Prompting(
            world.works, register, world.responder.readings, world.desk._links, [], world.clock,
            in_hand,
        )  # fmt: skip

    def told(self) -> list[str]:
        """What the desk reads of what we fail at."""
        world = self.world
        while world.intake.step():
            pass
        lines = world.desk.queue(operator())
        return [each.sentence for each in lines if "duty.stuck" in each.kinds]

    def done(self) -> set[object]:
        """The homes about which something was done."""
        acts = ("offered", "left_to_people", "window_ended", "package_due")
        entries = self.world.reads.entries(ORG)
        jobs = {each.detail["home"] for each in entries if each.act in acts}
        kinds = [line for line in self.world.desk.queue(operator()) if line.home in HOMES]
        return jobs | {line.home for line in kinds if line.kinds == ["expectation.not_up"]}

    def noted(self) -> list[Path]:
        return [each for each in self._folder.rglob("*") if each.is_file()]


@pytest.fixture
def installation(world: Duty, tmp_path: Path) -> Installation:
    return Installation(world, tmp_path / "data")


def a_responder_is_sent_to_each(world: Duty) -> None:
    for home in HOMES:
        world.press(home)
    world.intake.step()
    for line in sorted(world.desk.queue(operator()), key=lambda each: each.home):
        world.clock.forward(seconds=1)
        world.desk.claim(operator(), line.id)
        world.desk.send(operator(), line.id)


def nobody_was_up(world: Duty) -> None:
    for home in HOMES:
        world.arrangements.expected.expect(operator(), home, What.NOT_UP, "00:00", "23:59")
    world.clock.forward(days=1)


def each_is_to_be_rung(world: Duty) -> None:
    for home in HOMES:
        world.arrangements.expected.expect(
            operator(), home, What.MEDICATION, "03:00", "23:59", prompt=Prompt()
        )
    world.clock.forward(minutes=10)


def each_window_is_over(world: Duty) -> None:
    for home in HOMES:
        in_an_hour = world.clock.now() + timedelta(hours=1)
        world.arrangements.windows.open(operator(), home, Cause.HOLIDAY, in_an_hour)
    world.clock.forward(hours=2)


def each_package_is_to_be_reviewed(world: Duty) -> None:
    today = world.clock.now().date()
    days = today + timedelta(days=7), today + timedelta(days=14)
    for home in HOMES:
        world.arrangements.packages.arrange(operator(), home, PackageKind.HOSPITAL_DISCHARGE, *days)
    world.clock.forward(days=8)


def die_over_a_job(ill: pytest.MonkeyPatch, of: Callable[[str], None]) -> None:
    decide = dispatch_decision.decide

    def decided(held: Any, now: datetime, crews: Any) -> Any:
        of(held.home)
        return decide(held, now, crews)

    ill.setattr(dispatch_decision, "decide", decided)


def die_over_an_expectation(ill: pytest.MonkeyPatch, of: Callable[[str], None]) -> None:
    judge = expectations.judge

    def judged(expected: Expectation, readings: Any) -> Any:
        of(expected.home)
        return judge(expected, readings)

    ill.setattr(expectations, "judge", judged)


def die_over_a_prompt(ill: pytest.MonkeyPatch, of: Callable[[str], None]) -> None:
    rung = prompting.rung

    def to_ring(register: Any, expected: Expectation) -> Any:
        of(expected.home)
        return rung(register, expected)

    ill.setattr(prompting, "rung", to_ring)


def die_over_a_window(ill: pytest.MonkeyPatch, of: Callable[[str], None]) -> None:
    end = windows.end_window

    def ended(work: Work, window: Window, by: str) -> Window:
        of(window.home)
        return end(work, window, by)

    ill.setattr(rounds, "end_window", ended)


def die_over_a_package(ill: pytest.MonkeyPatch, of: Callable[[str], None]) -> None:
    turn = packages.turn

    def turned(package: Package, now: datetime) -> Any:
        of(package.home)
        return turn(package, now)

    ill.setattr(packages, "turn", turned)


def of_one(home: str) -> None:
    """The process ends where it comes to this home."""
    if home == DEADLY_HOME:
        raise Death


KINDS = pytest.mark.parametrize(
    ("part", "due", "die_over"),
    [
        ("dispatches", a_responder_is_sent_to_each, die_over_a_job),
        ("rounds", nobody_was_up, die_over_an_expectation),
        ("rounds", each_window_is_over, die_over_a_window),
        ("rounds", each_package_is_to_be_reviewed, die_over_a_package),
        ("prompting", each_is_to_be_rung, die_over_a_prompt),
    ],
)


@KINDS
def test_the_others_are_seen_to_and_the_desk_is_told(
    installation: Installation,
    monkeypatch: pytest.MonkeyPatch,
    part: str,
    due: Callable[[Duty], None],
    die_over: Callable[[pytest.MonkeyPatch, Callable[[str], None]], None],
) -> None:
    due(installation.world)
    with monkeypatch.context() as ill:
        die_over(ill, of_one)
        lives = [installation.live(part) for _ in range(DEADLY + 2)]
        assert lives[DEADLY + 1], "after a batch and as many deaths it steps aside"
        assert sum(not each for each in lives) <= DEADLY + 1
        (sentence,) = installation.told()
        assert "We fail at something that was due" in sentence
        assert installation.done() == {"home-2"}
        assert installation.live(part), "and nobody dies of it for a while"
        installation.world.clock.forward(seconds=ASIDE.total_seconds())
        assert not installation.live(part), "then it is tried once, by itself"
        assert installation.live(part)
    installation.world.clock.forward(seconds=ASIDE.total_seconds())
    assert installation.live(part)
    installation.told()
    assert installation.done() == set(HOMES)
    assert installation.noted() == []


@KINDS
def test_a_process_that_ends_while_a_row_waits_makes_it_wait_no_longer(
    installation: Installation,
    monkeypatch: pytest.MonkeyPatch,
    part: str,
    due: Callable[[Duty], None],
    die_over: Callable[[pytest.MonkeyPatch, Callable[[str], None]], None],
) -> None:
    due(installation.world)
    with monkeypatch.context() as ill:
        die_over(ill, of_one)
        assert [installation.live(part) for _ in range(DEADLY + 2)][-1]
    for _ in range(2):
        installation.world.clock.forward(seconds=ASIDE.total_seconds() / 2)
        installation.ends()
        assert installation.live(part)
    installation.told()
    assert installation.done() == set(HOMES)
    assert installation.noted() == []


@KINDS
def test_nobody_steps_aside_for_what_a_signal_or_an_alert_does(
    installation: Installation,
    monkeypatch: pytest.MonkeyPatch,
    part: str,
    due: Callable[[Duty], None],
    die_over: Callable[[pytest.MonkeyPatch, Callable[[str], None]], None],
) -> None:
    """At every start a signal is what we die of, while the first of ours is in hand."""

    def dies(_home: str) -> None:
        raise Death

    due(installation.world)
    with monkeypatch.context() as ill:
        die_over(ill, of_one)
        assert [installation.live(part) for _ in range(4)] == [False] * 4
    assert installation.live(part)
    assert installation.told() == []
    assert installation.done() == set(HOMES)
    assert installation.noted() == []


def test_a_night_we_die_of_keeps_no_other_organisation_from_its_own(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = installation.world
    furnish(world.responder.register, "south")
    world.settle()
    world.clock.forward(days=1)
    nightly = world.planning.nightly

    def dies(org: str, now: datetime) -> Any:
        if org == ORG:
            raise Death
        return nightly(org, now)

    def nights(org: str) -> int:
        return [each.act for each in world.reads.entries(org)].count("plans_checked")

    had = nights(ORG), nights("south")
    with monkeypatch.context() as ill:
        ill.setattr(world.planning, "nightly", dies)
        assert [installation.live("rounds") for _ in range(DEADLY + 1)] == [False] * DEADLY + [True]
        assert (nights(ORG), nights("south")) == (had[0], had[1] + 1)
        (sentence,) = installation.told()
        assert "We fail at something that was due (plans" in sentence
    world.clock.forward(seconds=ASIDE.total_seconds())
    assert installation.live("rounds")
    assert nights(ORG) == had[0] + 1
    assert installation.noted() == []


def test_with_real_processes_the_others_are_missed_in_time(
    sqlite_settings: Settings, clock: HandClock
) -> None:
    settings = sqlite_settings
    with duty(settings, clock, HandClock(clock.now())) as world:
        for home in HOMES:
            world.arrangements.expected.expect(operator(), home, What.NOT_UP, "00:00", "23:59")
        rows = timed.expectations.of_org(world.own, ORG)
        (deadly,) = [each.id for each in rows if each.home == DEADLY_HOME]
        point = f"round_of_{deadly}"
        for _ in range(DEADLY + 1):
            assert ResponderProcess(settings, crash_at=point).until_dead() == 9
        with ResponderProcess(settings, crash_at=point) as alive:
            until(lambda: told_homes(world.reads) == {OFFICE, "home-2"})
            assert alive.leave() == 0


def told_homes(reads: Reads) -> set[str]:
    """Of whom an alert is open, what the duty says of its plans left out."""
    found = {line.alert.home: line.alert.kinds for line in reads.open_alerts(ORG)}
    return {home for home, kinds in found.items() if not kinds[0].startswith("duty.plan")}
