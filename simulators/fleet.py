"""Many homes lived at once, each over its own connection."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta

import msgspec

from simulators.backoff import Backoff
from simulators.connection import Door, HubConnection, Identity
from simulators.devices import Hub, heartbeat
from simulators.happening import Happening
from simulators.homes import Home
from simulators.mishaps import mishaps
from simulators.residents import Habits, habits_of, lived
from simulators.stories import ORDINARY, Story, told
from telecare.clock import Clock

LONGEST_WAIT_S = 3600.0
"""No wait is longer, so that a clock set right by NTP is noticed."""


class Household(msgspec.Struct, frozen=True, kw_only=True):
    """A home, who lives there, how its hub signs in, and what will befall it."""

    home: Home
    identity: Identity
    story: Story = ORDINARY
    history_days: float = 0.0
    """How much of the past the hub brings along: what it stored and now sends."""
    rare_trouble: bool = True
    """Whether the odd press and fall of ordinary life happens here by itself."""

    habits: Habits | None = None
    """The ways of the person living here; those of the home's seed unless given."""

    @property
    def usual(self) -> Habits:
        """How the person lives on an ordinary day."""
        return self.habits or habits_of(self.home)


class Fleet:
    """Lives all `households` against one door until cancelled."""

    def __init__(self, households: Sequence[Household], door: Door, clock: Clock) -> None:
        self._clock = clock
        self.lives = [Life(household, door, clock) for household in households]

    async def run(self) -> None:
        """Live; returns only when cancelled. Homes start spread over a few seconds."""
        async with asyncio.TaskGroup() as tasks:
            for life in self.lives:
                tasks.create_task(life.run())

    @property
    def backlog(self) -> int:
        """Readings that still wait for their PUBACK, over all homes."""
        return sum(life.hub.backlog for life in self.lives)


class Life:
    """One household on the installation's clock."""

    def __init__(self, household: Household, door: Door, clock: Clock) -> None:
        self._household = household
        self._clock = clock
        home = household.home
        self.hub = Hub(home.seed, heartbeat_s=home.heartbeat_s)
        backoff = Backoff(home.seed)
        self.connection = HubConnection(self.hub, household.identity, door, clock, backoff)

    async def run(self) -> None:
        """Bring the past along, then live on."""
        began = self._clock.now()
        for happening in self._history(began):
            self.hub.happened(happening)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._live(began))
            tasks.create_task(self._keep_the_line())

    def _history(self, began: datetime) -> Iterator[Happening]:
        """What the hub stored before we began: its sensors, and that it was awake each hour."""
        past = began - timedelta(days=self._household.history_days)
        hours = range(int(self._household.history_days * 24))
        beats = (heartbeat(past + timedelta(hours=hour)) for hour in hours)
        ordinary = heapq.merge(self._ordinary(past, began), beats, key=lambda h: h.at)
        told_past = told(self._household.story, ordinary)
        return (h for h in told_past if past <= h.at < began)

    async def _live(self, began: datetime) -> None:
        for happening in self._days_from(began):
            await self._until(happening.at)
            self.hub.happened(happening)
            self.connection.wake()

    async def _keep_the_line(self) -> None:
        """Connected, except while the hub has no power."""
        for cut in self._household.story.power_cuts:
            if cut.ends is not None and cut.ends <= self._clock.now():
                continue
            await self._connected_until(cut.begins)
            if cut.ends is None:
                return
            await self._until(cut.ends)
        await self._connected_until(None)

    async def _connected_until(self, moment: datetime | None) -> None:
        self.hub.power_on(self._clock.now())
        async with asyncio.TaskGroup() as tasks:
            line = tasks.create_task(self.connection.run())
            if moment is not None:
                await self._until(moment)
                line.cancel()

    async def _until(self, moment: datetime) -> None:
        while (left := (moment - self._clock.now()).total_seconds()) > 0:  # noqa: ASYNC110
            await asyncio.sleep(min(self._clock.real_seconds(left), LONGEST_WAIT_S))

    def _ordinary(self, start: datetime, end: datetime) -> Iterator[Happening]:
        """Sensors only: the chance mishaps of the past were answered in the past."""
        household = self._household
        return lived(household.home, household.usual, start, end)

    def _days_from(self, began: datetime) -> Iterator[Happening]:
        """Everything from `began` on, day after day, mishaps and the story included."""
        household = self._household
        start = began
        while True:
            midnight = start.astimezone(household.home.zone).date() + timedelta(days=1)
            end = start_of(household.home, midnight)
            story = household.story
            if household.rare_trouble:
                today = midnight - timedelta(days=1)
                story = story.joined(mishaps(household.home, household.usual, today))
            for happening in told(story, self._ordinary(start, end)):
                if start <= happening.at < end:
                    yield happening
            start = end


def start_of(home: Home, day: date) -> datetime:
    """Local midnight with which `day` begins, as UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=home.zone).astimezone(UTC)
