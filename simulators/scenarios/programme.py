"""The demo's first ten minutes: twelve homes, six kinds of trouble, one night.

Three kinds need a past or a certain hour: a door matters at night, a changed night needs
weeks of ordinary nights, a silent home needs to be known for rising early. So the demo
runs on a virtual clock that starts in the small hours at `SPEED` times the real pace, and
each hub first sends the past weeks it has stored, through the same door as everything
else. Moments below are real seconds after the doors open, so that a newcomer sees each
kind within ten minutes of real time whatever the speed.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta

import msgspec

from simulators.chance import chance
from simulators.homes import Home, make_home
from simulators.residents import Habits, habits_of
from simulators.scenarios import scenes
from simulators.stories import ORDINARY, Span, Story

SEED = 20
HOMES = 12
HISTORY_DAYS = 35.0
SPEED = 8.0
OPENS_AT = time(4, 40)
"""Local time at which the demo's clock starts."""
TIMEZONE = "Europe/London"
HEARTBEAT_S = 300.0

FIRST_PRESS_S = 25.0
SECOND_PRESS_S = 70.0
FALL_S = 50.0
DOOR_S = 30.0
HUB_DARK_S = 100.0
ENCORE_FIRST_S = 660.0
ENCORE_EVERY_S = 240.0
ENCORES = 360
"""A day of real time: afterwards only what ordinary lives bring."""


class Role(msgspec.Struct, frozen=True, kw_only=True):
    """One home of the demo and what will befall it."""

    home: Home
    habits: Habits
    story: Story = ORDINARY


def opening(day: datetime) -> datetime:
    """The virtual start for a demo begun at `day`: its date in Dorset, before dawn."""
    zone = make_home(SEED, 0).zone
    local = day.astimezone(zone)
    return datetime.combine(local.date(), OPENS_AT, tzinfo=zone)


def roles(opens: datetime, ready: datetime, speed: float) -> list[Role]:
    """The twelve homes. `opens` is the clock's start, `ready` when the doors opened."""

    def moment(real_seconds: float) -> datetime:
        return ready + timedelta(milliseconds=round(real_seconds * speed * 1000))

    homes = [
        make_home(SEED, number, key=f"demo-{number + 1:02d}", heartbeat_s=HEARTBEAT_S)
        for number in range(HOMES)
    ]
    stories = [ORDINARY] * HOMES
    stories[0] = scenes.presses(homes[0], moment(FIRST_PRESS_S))
    stories[1] = scenes.falls(homes[1], moment(FALL_S))
    stories[2] = scenes.leaves_at_night(homes[2], moment(DOOR_S), timedelta(hours=3))
    night = Span(opens - timedelta(hours=5), opens + timedelta(minutes=75))
    stories[3] = scenes.restless_night(homes[3], night, timedelta(minutes=38))
    stories[4] = scenes.goes_quiet(homes[4], opens - timedelta(minutes=30))
    dark = Span(moment(HUB_DARK_S), moment(HUB_DARK_S) + timedelta(hours=6))
    stories[5] = scenes.hub_goes_dark(homes[5], dark)
    stories[6] = scenes.presses(homes[6], moment(SECOND_PRESS_S))
    for number in range(ENCORES):
        place = 6 + number % (HOMES - 6)
        at = moment(ENCORE_FIRST_S + number * ENCORE_EVERY_S)
        stories[place] = stories[place].joined(_encore(homes[place], at, number))
    habits = [habits_of(home) for home in homes]
    habits[4] = early_riser(habits[4])
    return [
        Role(home=home, habits=usual, story=story)
        for home, usual, story in zip(homes, habits, stories, strict=True)
    ]


def early_riser(habits: Habits) -> Habits:
    """Somebody who has got up before the birds for sixty years, and goes to bed early."""
    return msgspec.structs.replace(
        habits, wakes=4 * 60 + 20, wakes_spread=6, sleeps=20 * 60 + 45, sleeps_spread=10
    )


def _encore(home: Home, at: datetime, number: int) -> Story:
    """Mostly a press, now and then a fall."""
    fall = chance("encore", home.seed, number).random() < 0.25  # noqa: PLR2004
    return scenes.falls(home, at) if fall else scenes.presses(home, at)
