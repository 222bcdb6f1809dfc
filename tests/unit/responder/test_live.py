"""The live line: nothing falls between snapshot and batch, and nobody's slowness harms others."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from responder.acting.desk import Desk
from responder.api.live import QUEUE_LENGTH, LiveFeed, Subscription
from responder.seeing.views import AlertLine
from telecare.clock import HandClock
from telecare.errors import StoreUnavailable
from telecare.tenancy import Actor
from telecare.vocabulary import AlertState, Priority, Role

pytestmark = pytest.mark.anyio

NIGHT = datetime(2026, 3, 10, 2, 53, 10, tzinfo=UTC)
OPERATOR = Actor(org="dorset", id="operator-2", role=Role.OPERATOR, name="Operator 2")


def line(number: int, org: str = "dorset", changed: int = 1) -> AlertLine:
    return AlertLine(
        id=f"alert-{number}",
        org=org,
        home=f"home-{number}",
        home_label="1 Sample Lane",
        resident_label="Resident A",
        state=AlertState.WAITING,
        priority=Priority.EMERGENCY,
        rank=0,
        reason="a press",
        sentence="Pendant pressed.",
        kinds=["alarm.pendant"],
        signal_count=1,
        opened_at=NIGHT,
        answer_due_at=NIGHT,
        answer_breach_at=NIGHT,
        overdue=False,
        owner_id=None,
        owner_name=None,
        claimed_at=None,
        first_claimed_at=None,
        next_step="it rises",
        next_due_at=NIGHT,
        announcement=None,
        announced_at=None,
        changed=changed,
        late=False,
    )


class WrittenDesk(Desk):
    """A desk whose record is written by the test."""

    def __init__(self) -> None:
        self.written: list[AlertLine] = []
        self.broken = False
        self.asked = 0

    def queue(self, actor: Actor) -> list[AlertLine]:
        return [each for each in self.written if each.org == actor.org]

    def lines(self, actor: Actor, alerts: Sequence[str]) -> list[AlertLine]:
        return [each for each in self.queue(actor) if each.id in alerts]

    def sequence(self, org: str) -> int:
        return len([each for each in self.written if each.org == org])

    def changes_after(self, org: str, sequence: int, limit: int = 500) -> tuple[int, list[str]]:
        self.asked += 1
        if self.broken:
            raise StoreUnavailable
        mine = [each.id for each in self.written if each.org == org]
        return len(mine), mine[sequence : sequence + limit]


@asynccontextmanager
async def running(feed: LiveFeed) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as group:
        task = group.create_task(feed.run())
        yield
        task.cancel()


def said(event: bytes) -> tuple[str, dict[str, Any]]:
    name, data, *_ = event.decode().split("\n")
    return name.removeprefix("event: "), msgspec.json.decode(data.removeprefix("data: "))


async def until(events: AsyncIterator[bytes], wanted: str) -> dict[str, Any]:
    async with asyncio.timeout(20):
        async for event in events:
            name, body = said(event)
            if name == wanted:
                return body
    raise AssertionError(f"the line ended without a {wanted}")


async def test_a_console_hears_a_snapshot_then_every_change() -> None:
    desk = WrittenDesk()
    desk.written.append(line(1))
    feed = LiveFeed(desk, HandClock(NIGHT))
    async with running(feed):
        events = feed.events(OPERATOR, lambda: True)
        snapshot = await until(events, "snapshot")
        assert [each["id"] for each in snapshot["lines"]] == ["alert-1"]
        assert snapshot["is_real"] is False
        desk.written.append(line(2))
        batch = await until(events, "batch")
        assert [each["id"] for each in batch["lines"]] == ["alert-2"]
        await events.aclose()  # type: ignore[attr-defined]
    assert feed.consoles == 0


async def test_what_happens_while_the_snapshot_is_read_is_not_lost() -> None:
    class Busy(WrittenDesk):
        def queue(self, actor: Actor) -> list[AlertLine]:
            before = super().queue(actor)
            if not before:
                self.written.append(line(7))
            return before

    desk = Busy()
    feed = LiveFeed(desk, HandClock(NIGHT))
    async with running(feed):
        events = feed.events(OPERATOR, lambda: True)
        assert (await until(events, "snapshot"))["lines"] == []
        batch = await until(events, "batch")
        assert [each["id"] for each in batch["lines"]] == ["alert-7"]


async def test_organisations_never_hear_one_another() -> None:
    desk = WrittenDesk()
    feed = LiveFeed(desk, HandClock(NIGHT))
    async with running(feed):
        events = feed.events(OPERATOR, lambda: True)
        await until(events, "snapshot")
        desk.written.append(line(1, org="devon"))
        assert "lines" not in await until(events, "beat")
        desk.written.append(line(2))
        batch = await until(events, "batch")
        assert {each["org"] for each in batch["lines"]} == {"dorset"}


async def test_fifty_consoles_cost_one_look() -> None:
    desk = WrittenDesk()
    feed = LiveFeed(desk, HandClock(NIGHT))
    async with running(feed):
        consoles = [feed.events(OPERATOR, lambda: True) for _ in range(50)]
        for events in consoles:
            await until(events, "snapshot")
        begun = desk.asked
        desk.written.append(line(1))
        for events in consoles:
            await until(events, "batch")
        assert desk.asked - begun < 50


async def test_a_storm_comes_in_batches_and_a_slow_console_gets_a_snapshot() -> None:
    subscription = Subscription("dorset")
    for number in range(QUEUE_LENGTH * 3):
        subscription.put(f"{number}".encode())
    assert subscription.queue.qsize() == 1
    assert await subscription.next(1) == b"", "a snapshot is due instead of old news"


async def test_f31_a_line_without_news_from_the_record_says_how_old_it_is() -> None:
    desk = WrittenDesk()
    feed = LiveFeed(desk, HandClock(NIGHT))
    async with running(feed):
        events = feed.events(OPERATOR, lambda: True)
        await until(events, "snapshot")
        desk.broken = True
        ages = [(await until(events, "beat"))["age"] for _ in range(3)]
        assert ages[0] < ages[1] < ages[2]
        desk.broken = False
        await until(events, "beat")
        assert (await until(events, "beat"))["age"] < ages[0] + 1


async def test_a_line_ends_when_its_session_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("responder.api.live.ASK_AGAIN_SECONDS", 0.0)
    feed = LiveFeed(WrittenDesk(), HandClock(NIGHT))
    async with running(feed):
        events = feed.events(OPERATOR, lambda: False)
        heard = [said(event)[0] async for event in events]
    assert heard == ["snapshot", "beat"]


async def test_a_server_that_leaves_lets_go_of_its_lines() -> None:
    leaving: list[bool] = []
    feed = LiveFeed(WrittenDesk(), HandClock(NIGHT), lambda: bool(leaving))
    async with running(feed):
        events = feed.events(OPERATOR, lambda: True)
        await until(events, "beat")
        leaving.append(True)
        assert [event async for event in events] == []
    assert feed.consoles == 0
