"""Who drives there, and how far is it?"""

from __future__ import annotations

import pytest

from responder.callout.routing import areas_of, drive_minutes, kilometres, teams_for
from telecare.register.teams import Area, Team

SWANAGE, WAREHAM, BRIDPORT = (50.608, -1.957), (50.686, -2.110), (50.734, -2.758)
PURBECK = Area(
    org="north", area="purbeck", name="Purbeck",
    outline=[(50.55, -2.25), (50.75, -2.25), (50.75, -1.90), (50.55, -1.90)],
)  # fmt: skip


def team(name: str, *areas: str) -> Team:
    return Team(org="north", team=name, name=name, areas=list(areas))


def test_distances_are_those_of_the_map() -> None:
    assert kilometres(SWANAGE, WAREHAM) == pytest.approx(13.8, abs=0.5)
    assert drive_minutes(SWANAGE, WAREHAM) == pytest.approx(26, abs=1)
    assert drive_minutes(SWANAGE, SWANAGE) == 0


def test_the_teams_of_its_area_come_before_those_that_drive_everywhere() -> None:
    teams = [team("everywhere"), team("east", "purbeck"), team("west", "bridport")]
    assert areas_of(SWANAGE, [PURBECK]) == ["purbeck"]
    assert [t.team for t in teams_for(SWANAGE, teams, [PURBECK])] == ["east", "everywhere"]
    assert [t.team for t in teams_for(BRIDPORT, teams, [PURBECK])] == ["everywhere"]
    assert teams_for(None, teams, [PURBECK]) == teams
