"""Blows, jumps and drops into a chair, computed: daily life that few recordings have.

Round figures of physics, nothing copied: a table stops a hand within 60 ms, a small jump flies
for 0.2 to 0.45 s, a chair is met after a drop of a hand's breadth. Which movements were worth
inventing was learned from the false alarms on WEDA-FALL of a model without them.
"""

from __future__ import annotations

import numpy as np

from detectors.acceleration import GRID_HZ, Floats, Window
from detectors.evaluation.trials import Trial

BODY = "invented"
_OF_EACH = 120
_SAMPLES = int(12 * GRID_HZ)
_AT_S = 6.0
_FINE = 4
"""Computed at four times the grid's rate, so that a blow between two samples is not lost."""

Random = np.random.Generator


def invented(seed: int) -> list[Trial]:
    """Trials in which nobody falls; the same for the same seed."""
    rng = np.random.default_rng(seed)
    movements = {"blow": _blow, "jump": _jump, "drop": _drop}
    return [
        Trial(
            body=BODY,
            subject=f"{BODY} {name} {i}",
            activity=name,
            fell=False,
            elder=False,
            window=Window(move(rng)),
        )
        for name, move in movements.items()
        for i in range(_OF_EACH)
    ]


def _times() -> Floats:
    times: Floats = np.linspace(-_AT_S, _AT_S, _SAMPLES * _FINE, endpoint=False)
    return times


def _blow(rng: Random) -> Floats:
    """The hand swings and hits something, once or a few times, and goes on as before."""
    time, down, along = _times(), _unit(rng), _unit(rng)
    push = np.zeros_like(time)
    for number in range(int(rng.integers(1, 5))):
        at = time - number * rng.uniform(0.4, 1.5)
        push += _stopped(at, rng.uniform(1.5, 7.0), rng)
        push += rng.uniform(0.2, 1.2) * np.sin(2 * np.pi * 1.5 * at) * _near(at, -0.35, 0.3)
    turned = _turned(down, rng.uniform(0, 0.8), _risen(time, 0.0, 0.5), rng)
    return _sampled(turned + push[:, None] * along, rng)


def _jump(rng: Random) -> Floats:
    """Crouches, pushes off, flies, lands and stands as before; perhaps again."""
    time, down = _times(), _unit(rng)
    size = np.ones_like(time)
    for number in range(int(rng.integers(1, 4))):
        at = time - number * rng.uniform(0.9, 1.8)
        flight = rng.uniform(0.2, 0.45)
        flies = (at > -flight) & (at < 0)
        size = np.where(flies, rng.uniform(0.05, 0.5), size)
        size += rng.uniform(0.5, 1.4) * _near(at, -flight - 0.15, 0.08)
        size -= rng.uniform(0.1, 0.4) * _near(at, -flight - 0.4, 0.1)
        size += _stopped(at, rng.uniform(1.0, 4.5), rng)
    swing = rng.uniform(0, 0.9) * _near(time, -0.2, 0.6)
    return _sampled(_turned(down, 1.0, swing, rng) * size[:, None], rng)


def _drop(rng: Random) -> Floats:
    """Lets go, meets the seat, and goes on sitting, hands in the lap."""
    time, down = _times(), _unit(rng)
    falls = rng.uniform(0.08, 0.22)
    size = np.where((time > -falls) & (time < 0), rng.uniform(0.4, 0.8), 1.0)
    size += _stopped(time, rng.uniform(0.5, 2.2), rng)
    turned = _turned(down, rng.uniform(0.1, 1.2), _risen(time, -0.4, 1.0), rng)
    return _sampled(turned * size[:, None], rng)


def _stopped(at: Floats, peak: float, rng: Random) -> Floats:
    """What a stop at 0 s adds, in g: a blow that rings out."""
    lasts, hz = rng.uniform(0.03, 0.12), rng.uniform(5, 14)
    since = np.maximum(at, 0)
    rings: Floats = peak * np.exp(-since / lasts) * np.cos(2 * np.pi * hz * since)
    return np.where(at >= 0, rings, 0.0)


def _near(at: Floats, middle: float, width: float) -> Floats:
    bump: Floats = np.exp(-(((at - middle) / width) ** 2))
    return bump


def _risen(time: Floats, begin: float, lasts: float) -> Floats:
    """0 before, 1 after."""
    share = np.clip((time - begin) / lasts, 0, 1)
    risen: Floats = share * share * (3 - 2 * share)
    return risen


def _turned(down: Floats, radians: float, share: Floats, rng: Random) -> Floats:
    """Gravity, tilted towards some direction by a share of `radians` at each time."""
    side = np.cross(down, _unit(rng))
    side /= np.linalg.norm(side)
    angle = (share * radians)[:, None]
    turned: Floats = np.cos(angle) * down + np.sin(angle) * side
    return turned


def _sampled(fine: Floats, rng: Random) -> Floats:
    """On the grid, with a hand that trembles or goes on doing something."""
    coarse = fine.reshape(_SAMPLES, _FINE, 3).mean(axis=1)
    time = np.arange(_SAMPLES) / GRID_HZ
    calm = rng.choice([0.01, 0.03, 0.1], size=2)
    shake = np.where(time < _AT_S, *calm)[:, None]
    steps = np.sin(2 * np.pi * rng.uniform(0.5, 2.2) * time + rng.uniform(0, 6))[:, None]
    sampled: Floats = coarse + shake * (rng.normal(0, 1, coarse.shape) + steps * _unit(rng))
    return sampled


def _unit(rng: Random) -> Floats:
    direction = rng.normal(size=3)
    unit: Floats = direction / np.linalg.norm(direction)
    return unit
