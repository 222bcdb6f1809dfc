"""The demo's first ten minutes, judged by the real detectors on a clock told by hand.

No process and no network: what the hubs would send is dated as the gateway would date it,
so the whole programme runs in seconds. That the parts work together for real is shown by
running the demo.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from detectors.base import HomeProfile
from detectors.home import Home as Judge
from gateway.timestamps import judge
from simulators.demo import HISTORY_ALLOWED_DAYS
from simulators.devices import heartbeat
from simulators.happening import Happening
from simulators.residents import lived
from simulators.scenarios import programme
from simulators.stories import told
from telecare.messages import Reading, Signal
from telecare.register.devices import BEATS_MISSED
from telecare.vocabulary import ReadingKind, SignalKind

TEN_MINUTES = timedelta(minutes=10)
UPLOAD = timedelta(seconds=45)
"""How long the stored past takes on its way."""
ON_THE_WAY = timedelta(milliseconds=50)
ALLOWANCE = timedelta(seconds=2)

DAYS = [
    datetime(2026, 11, 22, 14, tzinfo=UTC),
    datetime(2026, 3, 29, 23, 30, tzinfo=UTC),
    datetime(2026, 10, 25, 0, 10, tzinfo=UTC),
]
"""A plain afternoon, and the odd Sundays on which the clocks change."""


@pytest.fixture(params=DAYS, ids=lambda day: f"{day:%Y-%m-%d}")
def opens(request: pytest.FixtureRequest) -> datetime:
    return programme.opening(request.param)


def test_each_kind_of_trouble_comes_once_says_why_and_draws_its_evidence(
    opens: datetime,
) -> None:
    ready = opens + timedelta(seconds=20)
    found = {role.home.key: judged(role, ready) for role in programme.roles(opens, ready)[:7]}
    # Two detectors may speak of one stillness; they join one alert.
    assert {home: list(dict.fromkeys(s.kind for s in heard)) for home, heard in found.items()} == {
        "demo-01": [],
        "demo-02": [SignalKind.FALL],
        "demo-03": [SignalKind.WANDERING],
        "demo-04": [SignalKind.ROUTINE],
        "demo-05": [SignalKind.INACTIVITY],
        "demo-06": [SignalKind.HUB_SILENT],
        "demo-07": [],
    }
    for signal in (signal for heard in found.values() for signal in heard):
        assert signal.why.endswith(".")
        assert signal.evidence.series


def test_nothing_is_wrong_in_the_ordinary_homes() -> None:
    opens = programme.opening(DAYS[0])
    for role in programme.roles(opens, opens)[7:10]:
        assert not judged(role, opens)


def test_presses_stand_in_the_queue_within_two_minutes(opens: datetime) -> None:
    ready = opens + timedelta(seconds=20)
    pressed = [
        at - ready
        for role in programme.roles(opens, ready)
        for kind, at in alarms(role, ready, ready + timedelta(minutes=2))
    ]
    assert len(pressed) == 2
    assert min(pressed) < timedelta(seconds=60)


def test_the_same_opening_gives_the_same_programme(opens: datetime) -> None:
    assert programme.roles(opens, opens) == programme.roles(opens, opens)


def alarms(
    role: programme.Role, start: datetime, end: datetime
) -> Iterator[tuple[SignalKind, datetime]]:
    return (
        (SignalKind.ALARM, h.at)
        for h in role.story.adds
        if h.kind is ReadingKind.ALARM and start <= h.at < end
    )


def judged(role: programme.Role, ready: datetime) -> list[Signal]:
    """What the detectors say of ten minutes, the past weeks learnt."""
    home = role.home
    profile = HomeProfile(
        org="demo",
        home=home.key,
        timezone=home.timezone,
        hubs={home.hub: BEATS_MISSED * home.heartbeat_s},
        settings=role.settings,
    )
    judge_of_home = Judge(profile, ALLOWANCE)
    found: list[Signal] = []
    happenings = [h for h in world(role, ready) if h.kind is not ReadingKind.ALARM]
    past = sum(h.at < ready for h in happenings)
    for number, happening in enumerate(happenings):
        arrives = max(happening.at, ready + UPLOAD * min(number, past) / past) + ON_THE_WAY
        found += judge_of_home.tick(arrives - ALLOWANCE) if number > past else []
        found += judge_of_home.observe(reading(role, happening, arrives))
    found += judge_of_home.tick(ready + TEN_MINUTES)
    assert not judge_of_home.failures
    # Trends of long gone mornings are no news; the runner's desk drops them the same way.
    return [s for s in found if s.occurred_at >= ready - timedelta(minutes=2)]


def world(role: programme.Role, ready: datetime) -> Iterator[Happening]:
    """What the hub sends: its past with a beat an hour, then ten minutes with all beats."""
    home, past = role.home, ready - timedelta(days=role.history_days)
    hours = [heartbeat(past + timedelta(hours=n)) for n in range(int(role.history_days) * 24)]
    live = int(TEN_MINUTES.total_seconds() // home.heartbeat_s) + 1
    beats = [heartbeat(ready + timedelta(seconds=home.heartbeat_s * n)) for n in range(live)]
    ordinary = lived(home, role.habits, past, ready + TEN_MINUTES)
    merged = heapq.merge(ordinary, hours, beats, key=lambda h: h.at)
    return (h for h in told(role.story, merged) if past <= h.at < ready + TEN_MINUTES)


def reading(role: programme.Role, happening: Happening, arrives: datetime) -> Reading:
    believed = judge(happening.at, arrives, history=timedelta(days=HISTORY_ALLOWED_DAYS))
    return Reading(
        org="demo",
        home=role.home.key,
        device=role.home.hub,
        id=happening.id,
        kind=happening.kind,
        type=happening.type,
        occurred_at=believed.occurred_at,
        received_at=arrives,
        at=happening.at,
        time_claim=believed.claim,
        room=happening.room,
        sensor=happening.sensor,
        value=happening.value,
        unit=happening.unit,
        data=happening.data,
    )
