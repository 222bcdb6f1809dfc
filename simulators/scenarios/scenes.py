"""The six kinds of trouble a newcomer should see, as departures from an ordinary life."""

from __future__ import annotations

from datetime import datetime, timedelta

from simulators.acceleration import Movement
from simulators.chance import chance
from simulators.happening import Happening
from simulators.homes import FRONT_DOOR, Home
from simulators.pendants import movement, press
from simulators.residents import firing
from simulators.stories import Span, Story
from telecare.vocabulary import AlarmType


def presses(home: Home, at: datetime, alarm: AlarmType = AlarmType.PENDANT) -> Story:
    """Somebody asks for help."""
    return Story(adds=(press(home, at, alarm),))


def falls(home: Home, at: datetime) -> Story:
    """Up at night, a fall in the hallway, and nobody moves afterwards. No press."""
    before = at - timedelta(seconds=25)
    lies = Span(before, at + timedelta(hours=1))
    adds = (firing(home, "motion-hallway", before), movement(home, at, Movement.FALL))
    return Story(still=(lies,), adds=adds)


def leaves_at_night(home: Home, at: datetime, back_after: timedelta) -> Story:
    """Out through the front door at an hour when nobody goes out; back much later."""
    back = at + back_after
    shuts = timedelta(seconds=6)
    adds = (
        firing(home, "motion-bedroom", at - timedelta(minutes=3)),
        firing(home, "motion-hallway", at - timedelta(minutes=1)),
        firing(home, FRONT_DOOR, at, value=True),
        firing(home, FRONT_DOOR, at + shuts, value=False),
        firing(home, FRONT_DOOR, back, value=True),
        firing(home, FRONT_DOOR, back + shuts, value=False),
        firing(home, "motion-hallway", back + 3 * shuts),
    )
    return Story(still=(Span(at - timedelta(minutes=5), back + timedelta(minutes=1)),), adds=adds)


def restless_night(home: Home, night: Span, every: timedelta) -> Story:
    """The bathroom again and again through `night`, which needs an end.

    Half asleep and straight back to bed: the bedroom sees her get up, the bathroom sees
    her, and the hallway between sleeps on.
    """
    if night.ends is None:
        raise ValueError("a restless night needs an end")
    rng = chance("restless", home.seed, night.begins)
    adds: list[Happening] = []
    at = night.begins + timedelta(minutes=1)
    while at < night.ends:
        adds.append(firing(home, "motion-bedroom", at - timedelta(seconds=25)))
        adds.append(firing(home, "motion-bathroom", at))
        adds.append(firing(home, "motion-bathroom", at + timedelta(seconds=rng.randint(70, 150))))
        at += timedelta(seconds=round(every.total_seconds() * rng.uniform(0.85, 1.15)))
    return Story(still=(night,), adds=tuple(adds))


def goes_quiet(home: Home, after: datetime) -> Story:  # noqa: ARG001 - every scene is for a home
    """From now on nobody moves, though the hub beats on."""
    return Story(still=(Span(after),))


def hub_goes_dark(home: Home, power_cut: Span) -> Story:  # noqa: ARG001 - as above
    """The hub loses its power; of the person we know nothing."""
    return Story(power_cuts=(power_cut,))
