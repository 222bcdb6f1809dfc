"""F23: a record of a lane, or a deed, ends our process whenever it is taken. Others are taken."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from responder.clockwork.apart import DEADLY, Apart
from responder.clockwork.in_hand import InHand
from responder.devices import equipment
from responder.devices.asking_again import AskingAgain
from responder.kept import following
from responder.kept.following import PLACE
from responder.learning import tunings
from telecare.clock import HandClock
from telecare.messages import Evidence, EvidenceSeries, Reading, Record, Rehearsal, Signal
from telecare.register.deeds import Deed
from telecare.settings import Settings
from telecare.store.lane import LaneWriter
from telecare.vocabulary import GAP, ReadingKind, SignalKind
from tests.harness.duty import ORG, Duty, duty, operator, responders
from tests.harness.dying import Death

LANE = ("a", "b", "deadly", "c", "d")
BATCH = 3


@pytest.fixture
def world(sqlite_settings: Settings, clock: HandClock) -> Iterator[Duty]:
    with duty(sqlite_settings, clock, HandClock(clock.now())) as made:
        yield made


@pytest.fixture
def in_hand(tmp_path: Path) -> InHand:
    return InHand(tmp_path / "noted", "responder-1")


class Follower:
    """A part that follows a lane; what it took, and where it stands, outlast it."""

    def __init__(self, world: Duty, in_hand: InHand) -> None:
        self._world, self._in_hand = world, in_hand
        self.taken: list[str] = []
        self.left: list[str] = []
        self.deadly = "deadly"

    @property
    def _rest(self) -> Sequence[str]:
        return LANE[len(self.taken) + len(self.left) :]

    def _take(self, limit: int) -> int:
        batch = self._rest[:limit]
        if self.deadly in batch:
            raise Death
        self.taken += batch
        return len(batch)

    def _pass_over(self) -> int:
        self.left.append(self._rest[0])
        return 1

    def live(self) -> bool:
        apart = Apart("follower", self._world.works, self._world.clock, in_hand=self._in_hand)
        try:
            while apart.follow("lane-1", self._take, BATCH, self._pass_over):
                pass
        except Death:
            return False
        return True


def test_it_is_left_behind_and_those_behind_it_are_taken(
    world: Duty, in_hand: InHand, tmp_path: Path
) -> None:
    follower = Follower(world, in_hand)
    lives = [follower.live() for _ in range(DEADLY + 2)]
    assert lives == [False] * (DEADLY + 1) + [True], "once in a batch, and then alone"
    assert follower.taken == ["a", "b", "c", "d"]
    assert follower.left == ["deadly"]
    assert [each for each in (tmp_path / "noted").rglob("*") if each.is_file()] == []


def test_what_others_die_of_leaves_nothing_behind(world: Duty, in_hand: InHand) -> None:
    """A signal and an alert together end fewer processes than that."""
    follower = Follower(world, in_hand)
    assert [follower.live() for _ in range(DEADLY)] == [False] * DEADLY
    follower.deadly = "none"
    assert follower.live()
    assert (follower.taken, follower.left) == (list(LANE), [])


def readings(world: Duty) -> None:
    now = world.clock.now()
    lay(
        world, 1, "gateway-1",
        [
            Reading(
                org=ORG, home=f"home-{n}", device=f"hub-{n}", id=f"r-{n}",
                kind=ReadingKind.STATUS, type="status", occurred_at=now, received_at=now,
            )
            for n in (1, 2, 3)
        ],
    )  # fmt: skip


def answers(world: Duty) -> None:
    now = world.clock.now()
    lay(
        world, 2, "rehearsals-1",
        [
            Rehearsal(
                id=f"t-{n}", org=ORG, home="home-1", detector="wandering",
                setting="still_minutes", before=24.75, after=30.0, at=now, since=now,
            )
            for n in (1, 2, 3)
        ],
    )  # fmt: skip


def gaps(world: Duty) -> None:
    now = world.clock.now()
    series = [EvidenceSeries(name="missing", x=[0.0], y=[7.0])]
    lay(
        world, 2, "detectors-1",
        [
            Signal(
                id=f"gap-{n}", org=ORG, home="home-1", kind=SignalKind.EQUIPMENT, type=GAP,
                device=f"hub-{n}", occurred_at=now, raised_at=now, why="A gap.",
                source="device_health", evidence=Evidence(series=series),
            )
            for n in (1, 2, 3)
        ],
    )  # fmt: skip


def lay(world: Duty, owner: int, lane: str, records: Sequence[Record]) -> None:
    with world.responder.databases[owner].begin() as connection:
        LaneWriter(lane).append(connection, records)


def step_of(world: Duty, part: str) -> Callable[[], int]:
    """What the engine does again and again under this name."""
    return next(loop._step for loop in world.responder.engine._senders if loop.name == part)


def live(step: Callable[[], int]) -> bool:
    """One life of a part; False when it died."""
    try:
        while step():
            pass
    except Death:
        return False
    return True


@pytest.mark.parametrize(
    ("part", "lay_three", "owner", "name"),
    [
        ("roll_call", readings, equipment, "heard"),
        ("tunings", answers, tunings, "_take_in"),
        ("asking_again", gaps, AskingAgain, "_question"),
    ],
)
def test_each_part_of_the_engine_that_follows_a_lane_tells_of_it_and_goes_on(
    world: Duty,
    monkeypatch: pytest.MonkeyPatch,
    part: str,
    lay_three: Callable[[Duty], None],
    owner: Any,
    name: str,
) -> None:
    whole, taken = getattr(owner, name), set[str]()

    def deadly(before: Any, record: Any) -> Any:
        if record.id.endswith("-2"):
            raise Death
        taken.add(record.id[-2:])
        return whole(before, record)

    lay_three(world)
    monkeypatch.setattr(owner, name, deadly)
    step = step_of(world, part)
    assert [live(step) for _ in range(DEADLY + 2)] == [False] * (DEADLY + 1) + [True]
    assert taken == {"-1", "-3"}
    world.settle()
    assert "duty.stuck" in {kind for line in world.desk.queue(operator()) for kind in line.kinds}


def test_a_deed_we_die_of_is_told_and_the_next_go_on_record(
    world: Duty, monkeypatch: pytest.MonkeyPatch
) -> None:
    register, tell = world.responder.register, following._tell
    while world.arrangements.following.step():
        pass
    responders(register, ORG, "ann", "bo")
    deeds = register.deeds.after(world.reads.position(PLACE), 100)
    deadly = deeds[-2].version

    def told(work: Any, deed: Deed) -> None:
        if deed.version == deadly:
            raise Death
        tell(work, deed)

    before = world.reads.sequence(ORG)
    monkeypatch.setattr(following, "_tell", told)
    step = step_of(world, "following")
    assert [live(step) for _ in range(DEADLY + 2)] == [False] * (DEADLY + 1) + [True]
    assert len(world.reads.entries(ORG, after=before)) == len(deeds) - 1
    while world.intake.step():
        pass
    (line,) = world.desk.queue(operator())
    assert f"deed {deadly}" in line.sentence
