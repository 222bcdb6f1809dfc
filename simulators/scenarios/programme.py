"""The demo's first ten minutes: twelve homes, six kinds of trouble, the end of one night.

Some kinds need a past or a certain hour: a door matters at night, a changed night needs
weeks of ordinary nights and is judged when it is over, a silent home needs to be known for
rising early. So whatever the hour, the demo's clock starts shortly before six in the
morning. It runs at real pace, because the desk's 60 and 180 seconds only mean something at
that pace; each hub first sends the past weeks it has stored, through the same door as
everything else. Where a detector would need longer than ten minutes, the home carries the
setting a TEC team would give a person at risk (`Role.settings`): a door watched for five
minutes and until seven, a night judged at six, a hub that beats every 40 seconds.

Moments are real seconds after the doors opened.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

import msgspec

from simulators.chance import chance
from simulators.homes import Home, make_home
from simulators.residents import Habits, habits_of
from simulators.scenarios import scenes
from simulators.stories import ORDINARY, Span, Story

SEED = 20
HOMES = 12
HISTORY_DAYS = 24.0
LONG_HISTORY_DAYS = 35.0
"""Four weeks to compare with, three days of guard, three to judge."""
SHORT_HISTORY_DAYS = 2.0
"""A home installed the day before yesterday: its past is sent long before it goes dark."""
SPEED = 1.0
OPENS_AT = time(5, 52, 30)
"""Local time at which the demo's clock starts: the night is judged at six."""
HEARTBEAT_S = 300.0
BRISK_HEARTBEAT_S = 40.0
"""A hub is missed after three of its heartbeats: 15 minutes, and two for the brisk one."""

FIRST_PRESS_S = 25.0
SECOND_PRESS_S = 70.0
FALL_S = 50.0
DOOR_S = 40.0
HUB_DARK_S = 90.0
ENCORE_FIRST_S = 660.0
ENCORE_EVERY_S = 240.0
DARK = 5
"""Which home's hub loses its power."""
ENCORES = 360
"""A day of real time: afterwards only what ordinary lives bring."""


class Role(msgspec.Struct, frozen=True, kw_only=True):
    """One home of the demo and what will befall it."""

    home: Home
    habits: Habits
    story: Story = ORDINARY
    history_days: float = HISTORY_DAYS
    """How much of the past its hub has stored."""
    settings: dict[str, dict[str, Any]] = {}
    """Detector name -> what this home sets differently."""


def opening(day: datetime) -> datetime:
    """The virtual start for a demo begun at `day`: its date in Dorset, before dawn."""
    zone = make_home(SEED, 0).zone
    local = day.astimezone(zone)
    return datetime.combine(local.date(), OPENS_AT, tzinfo=zone)


def roles(opens: datetime, ready: datetime, speed: float = SPEED) -> list[Role]:
    """The twelve homes. `opens` is the clock's start, `ready` when the doors opened."""

    def moment(real_seconds: float) -> datetime:
        return ready + timedelta(milliseconds=round(real_seconds * speed * 1000))

    def home(number: int, heartbeat_s: float = HEARTBEAT_S) -> Home:
        return make_home(SEED, number, key=f"demo-{number + 1:02d}", heartbeat_s=heartbeat_s)

    def role(at: Home, story: Story, **more: Any) -> Role:
        return Role(home=at, habits=habits_of(at), story=story, **more)

    first, faller, leaver, restless, quiet, dark, second = (
        home(number, BRISK_HEARTBEAT_S if number == DARK else HEARTBEAT_S) for number in range(7)
    )
    outage = Span(moment(HUB_DARK_S), moment(HUB_DARK_S) + timedelta(hours=6))
    cast = [
        role(first, scenes.presses(first, moment(FIRST_PRESS_S))),
        role(faller, scenes.falls(faller, moment(FALL_S))),
        role(
            leaver,
            scenes.leaves_at_night(leaver, moment(DOOR_S), timedelta(hours=1)),
            settings={"wandering": {"still_minutes": 5.0, "night_until_hour": 7}},
        ),
        role(
            restless,
            _worse_each_night(restless, opens),
            history_days=LONG_HISTORY_DAYS,
            settings={"routine": {"judged_at_hour": 6}},
        ),
        Role(
            home=quiet,
            habits=early_riser(habits_of(quiet)),
            story=scenes.goes_quiet(quiet, opens.replace(hour=3, minute=26, second=0)),
        ),
        role(dark, scenes.hub_goes_dark(dark, outage), history_days=SHORT_HISTORY_DAYS),
        role(second, scenes.presses(second, moment(SECOND_PRESS_S))),
        *(role(home(number), ORDINARY) for number in range(7, HOMES)),
    ]
    for number in range(ENCORES):
        place = 6 + number % (HOMES - 6)
        encore = _encore(cast[place].home, moment(ENCORE_FIRST_S + number * ENCORE_EVERY_S), number)
        joined = cast[place].story.joined(encore)
        cast[place] = msgspec.structs.replace(cast[place], story=joined)
    return cast


def _worse_each_night(home: Home, opens: datetime) -> Story:
    """Three nights of more and more visits to the bathroom, the last ending as we look on."""
    story = ORDINARY
    for nights_ago, minutes in ((2, 105), (1, 70), (0, 28)):
        ends = opens + timedelta(minutes=7) - timedelta(days=nights_ago)
        night = Span(ends - timedelta(hours=6, minutes=50), ends)
        story = story.joined(scenes.restless_night(home, night, timedelta(minutes=minutes)))
    return story


def early_riser(habits: Habits) -> Habits:
    """A milkman in retirement: up at ten past three all his life, and early to bed."""
    return msgspec.structs.replace(
        habits, wakes=3 * 60 + 10, wakes_spread=5, sleeps=19 * 60 + 40, sleeps_spread=10
    )


def _encore(home: Home, at: datetime, number: int) -> Story:
    """Mostly a press, now and then a fall."""
    fall = chance("encore", home.seed, number).random() < 0.25
    return scenes.falls(home, at) if fall else scenes.presses(home, at)
