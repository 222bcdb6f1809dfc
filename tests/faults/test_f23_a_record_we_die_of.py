"""F23: a record of a lane, or a deed, ends our process whenever it is taken. Others are taken."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from responder.clockwork.apart import DEADLY, Apart
from responder.clockwork.in_hand import InHand
from responder.kept import following as following_module
from responder.kept.following import PLACE, Following
from telecare.clock import HandClock
from telecare.register.deeds import Deed
from telecare.settings import Settings
from tests.harness.duty import ORG, Duty, duty, operator, responders

LANE = ("a", "b", "deadly", "c", "d")
BATCH = 3


class Death(BaseException):
    """The process ends here: nothing of ours may catch it."""


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


def test_a_deed_we_die_of_is_told_and_the_next_go_on_record(
    world: Duty, in_hand: InHand, monkeypatch: pytest.MonkeyPatch
) -> None:
    register, tell = world.responder.register, following_module._tell
    while world.arrangements.following.step():
        pass
    responders(register, ORG, "ann", "bo")
    deeds = register.deeds.after(world.reads.position(PLACE), 100)
    deadly = deeds[-2].version

    def told(work: Any, deed: Deed) -> None:
        if deed.version == deadly:
            raise Death
        tell(work, deed)

    def live() -> bool:
        following = Following(world.works, register, world.clock, in_hand)
        try:
            while following.step():
                pass
        except Death:
            return False
        return True

    before = world.reads.sequence(ORG)
    monkeypatch.setattr(following_module, "_tell", told)
    assert [live() for _ in range(DEADLY + 2)] == [False] * (DEADLY + 1) + [True]
    assert len(world.reads.entries(ORG, after=before)) == len(deeds) - 1
    while world.intake.step():
        pass
    (line,) = world.desk.queue(operator())
    assert f"deed {deadly}" in line.sentence
