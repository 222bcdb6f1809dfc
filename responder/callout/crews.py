"""Which responders could go to a home now, and who would be there first?

Pure. A crew is one member on duty with one car of their team. Everybody's nearest free car
stands first; a team's second crew comes after each team's first, so that a team that cannot
is followed by another team and not by its own next car.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import zip_longest

import msgspec

from responder.callout import routing
from responder.callout.routing import Place, Road
from responder.whom.directory import Arranged
from telecare.register.teams import Team, Vehicle


class Crew(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who could be sent."""

    member: str
    """Their id among the people an alert may ask (`people.member_id`)."""
    team: str
    vehicle: str
    minutes: float | None = None
    """About how long the drive takes; None: the home's place is not on file."""


def responder_teams(arranged: Arranged, home: str) -> list[Team]:
    """Teams with a car that drive to this home, those of its area first. The staff of a scheme
    stay on their site.
    """
    with_car = {each.team for each in arranged.vehicles if not each.off_road}
    on_site = {each.team for each in arranged.schemes.values()}
    teams = [each for each in arranged.teams.values() if each.team in with_car - on_site]
    return routing.teams_for(arranged.homes.get(home), teams, arranged.areas)


def crews(
    arranged: Arranged,
    home: str,
    on_duty: Mapping[str, Sequence[str]],
    road: Road,
    *,
    out: Collection[str] = (),
    cars_out: Collection[str] = (),
    first: str = "",
) -> list[Crew]:
    """Who could go, in the order to be asked: the team `first`, then by drive time.

    `on_duty` are each team's reachable members in their on-call order; `out` and `cars_out`
    are on another job.
    """
    place = arranged.homes.get(home)
    teams = responder_teams(arranged, home)
    cars = [
        each
        for each in arranged.vehicles
        if not each.off_road
        and each.vehicle not in cars_out
        and each.team in {team.team for team in teams}
    ]
    minutes = _minutes(cars, place, road)
    of_team = [
        [
            Crew(
                member=member, team=team.team, vehicle=car.vehicle, minutes=minutes.get(car.vehicle)
            )
            for member, car in zip(
                [each for each in on_duty.get(team.team, ()) if each not in out],
                sorted((c for c in cars if c.team == team.team), key=lambda c: _near(c, minutes)),
                strict=False,
            )
        ]
        for team in teams
    ]
    rounds = zip_longest(*of_team)
    order: list[Crew] = []
    for together in rounds:
        order += sorted((each for each in together if each), key=_soonest)
    return sorted(order, key=lambda each: each.team != first) if first else order


def _minutes(cars: Sequence[Vehicle], place: Place | None, road: Road) -> dict[str, float]:
    if place is None or not cars:
        return {}
    found = road.minutes([(each.latitude, each.longitude) for each in cars], place)
    return {car.vehicle: took for car, took in zip(cars, found, strict=True)}


def _near(car: Vehicle, minutes: Mapping[str, float]) -> tuple[float, str]:
    return minutes.get(car.vehicle, float("inf")), car.vehicle


def _soonest(crew: Crew) -> float:
    return float("inf") if crew.minutes is None else crew.minutes
