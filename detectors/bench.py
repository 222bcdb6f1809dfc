"""How fast are the detectors, and how much do they remember? Figures for one core."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np

from detectors.base import HomeProfile
from detectors.home import Home
from telecare.clock import stopwatch
from telecare.messages import Reading
from telecare.vocabulary import ReadingKind

_HOMES = 20
_DAYS = 40
_SNAPSHOTS = 10_000
_BEGIN = datetime(2026, 1, 5, tzinfo=UTC)
_ROOMS = ("bedroom", "bathroom", "hallway", "kitchen", "fridge-door", "lounge", "front-door")
_ALLOWANCE = timedelta(seconds=2)


def measure_detectors() -> dict[str, float]:
    """Seeded homes through all detectors; about half a minute.

    `state_bytes_per_resident` is the largest home's after forty days of a busy life.
    """
    rng = np.random.default_rng(20260310)
    homes = [Home(_profile(i), _ALLOWANCE) for i in range(_HOMES)]
    lives = [_life(i, rng) for i in range(_HOMES)]
    count = sum(map(len, lives))
    took = stopwatch()
    for home, life in zip(homes, lives, strict=True):
        for reading in life:
            home.observe(reading)
    per_s = count / took()
    snapshots = [home.snapshot() for home in homes]
    took = stopwatch()
    for i in range(_SNAPSHOTS):
        homes[i % _HOMES].snapshot()
    snapshot_s = took()
    others = [Home(_profile(i), _ALLOWANCE) for i in range(_SNAPSHOTS)]
    took = stopwatch()
    for i, home in enumerate(others):
        home.restore(snapshots[i % _HOMES])
    restore_s = took()
    return {
        "readings_per_s_per_core": per_s,
        "state_bytes_per_resident": float(
            max(sum(map(len, states.values())) for states in snapshots)
        ),
        "acceleration_window_ms": _window_ms(rng),
        "snapshot_10000_s": snapshot_s,
        "restore_10000_s": restore_s,
    }


def _profile(number: int) -> HomeProfile:
    return HomeProfile(org="bench", home=f"home-{number}", hubs={f"hub-{number}": 900.0})


def _life(number: int, rng: np.random.Generator) -> list[Reading]:
    """Signs of life by day, few at night, a heartbeat every five minutes."""
    readings: list[Reading] = []
    for day in range(_DAYS):
        awake = np.sort(rng.uniform(7 * 3600, 22.5 * 3600, 500))
        asleep = rng.uniform(0, 6 * 3600, rng.poisson(6))
        beats = np.arange(0, 86_400, 300.0)
        seconds = np.concatenate([awake, asleep, beats])
        for which in np.argsort(seconds):
            moment = _BEGIN + timedelta(days=day, seconds=float(seconds[which]))
            beat = which >= len(awake) + len(asleep)
            room = _ROOMS[int(rng.integers(len(_ROOMS)))]
            readings.append(
                Reading(
                    org="bench",
                    home=f"home-{number}",
                    device=f"hub-{number}",
                    id=str(len(readings)),
                    kind=ReadingKind.HEARTBEAT if beat else ReadingKind.READING,
                    type="heartbeat" if beat else "door" if room.endswith("door") else "motion",
                    occurred_at=moment,
                    received_at=moment,
                    room=None if beat else room,
                )
            )
    return readings


def _window_ms(rng: np.random.Generator) -> float:
    """A 12 s window at 50 Hz with five candidate peaks, judged from its JSON lists."""
    home = Home(_profile(0), _ALLOWANCE)
    samples = rng.normal(0, 60, (600, 3))
    samples[:, 2] += 1000
    for peak in (100, 200, 300, 400, 500):
        samples[peak : peak + 4, 2] += 1500
    data = {"hz": 50, "xyz_mg": samples.astype(int).tolist()}
    moment = _BEGIN
    took = stopwatch()
    for i in range(200):
        moment += timedelta(minutes=1)
        home.observe(
            Reading(
                org="bench", home="home-0", device="worn", id=str(i),
                kind=ReadingKind.ACCELERATION, type="acceleration",
                occurred_at=moment, received_at=moment, data=data,
            )
        )  # fmt: skip
    return took() / 200 * 1000
