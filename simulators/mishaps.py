"""Falls and presses in an ordinary life: rare, seeded, at the rates the field reports."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta

from simulators.acceleration import Movement
from simulators.chance import chance
from simulators.happening import Happening
from simulators.homes import Home
from simulators.pendants import movement, press
from simulators.residents import Habits, rises_at
from simulators.stories import Span, Story

FALLS_A_YEAR = 2.0
"""Of a telecare user; about one in two people over 80 falls at least once a year."""
BUMPS_A_DAY = 1.5
"""Windows a worn device sends about ordinary movement: sitting down hard, a brisk walk."""


def mishaps(home: Home, habits: Habits, day: date) -> Story:
    """What goes wrong in `home` on `day`; the same home and day, the same story."""
    rng = chance("mishaps", home.seed, day)
    up = rises_at(home, habits, day)
    story = Story()
    if rng.random() < habits.presses_a_month / 30:
        story = story.joined(Story(adds=(press(home, _awake(up, rng)),)))
    if rng.random() < FALLS_A_YEAR / 365:
        story = story.joined(fall(home, _awake(up, rng), rng))
    bumps = sorted(
        (
            movement(home, _awake(up, rng), what)
            for what in (Movement.SITTING_DOWN, Movement.WALKING, Movement.SITTING_DOWN)
            if rng.random() < BUMPS_A_DAY / 3
        ),
        key=lambda happening: happening.at,
    )
    return story.joined(Story(adds=tuple(bumps)))


def fall(home: Home, at: datetime, rng: random.Random) -> Story:
    """A fall; nobody moves afterwards, and one faller in five reaches for the pendant.

    Of very old people who fell alone most did not use the alarm they wore (BMJ
    2008;337:a2227), which is why the movement itself is judged.
    """
    lies = timedelta(minutes=rng.uniform(8, 40))
    adds: tuple[Happening, ...] = (movement(home, at, Movement.FALL),)
    if rng.random() < 0.2:
        adds += (press(home, at + timedelta(seconds=rng.uniform(40, 180))),)
    return Story(still=(Span(at, at + lies),), adds=adds)


def _awake(up: datetime, rng: random.Random) -> datetime:
    """Some moment of the waking day, in whole milliseconds."""
    return up + timedelta(milliseconds=round(rng.uniform(0.2, 14) * 3_600_000))
