"""What nobody could be reached by is refused when it is written down."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from telecare.clock import HandClock
from telecare.errors import InvalidInput
from telecare.register import reach
from telecare.register.people import Person
from telecare.register.register import open_register
from telecare.register.teams import Member, Team
from telecare.settings import Settings
from telecare.vocabulary import Role


@pytest.mark.parametrize(
    ("ask", "good", "bad"),
    [
        (reach.telephone, ["", None, "01305 960 123", "+44 7700 900123"], ["ring me", "12"]),
        (reach.mail, ["", None, "mair@family.example"], ["mair", "mair@", "a b@c.example"]),
        (reach.language, ["en", "cy"], ["", "Welsh"]),
        (reach.elsewhere, [None, "https://care.example/hook"], ["care.example"]),
    ],
)
def test_what_can_be_reached_and_what_cannot(
    ask: Callable[[str | None], None], good: list[str | None], bad: list[str | None]
) -> None:
    for each in good:
        ask(each)
    for each in bad:
        with pytest.raises(InvalidInput):
            ask(each)


def test_of_members_of_teams_and_of_accounts_too(
    sqlite_settings: Settings, clock: HandClock
) -> None:
    register = open_register(sqlite_settings, clock)
    try:
        register.organisations.add_organisation("north", "North")
        register.teams.add_team(Team(org="north", team="road", name="Road"))
        good = {"org": "north", "member": "ann", "team": "road", "name": "Ann"}
        for bad in ({"phone": "ring me"}, {"email": "ann"}, {"language": "fr"}):
            with pytest.raises(InvalidInput):
                register.teams.add_member(Member(**good, **bad))
        register.teams.add_member(Member(**good, phone="07700 900123", language="cy"))
        person = Person(
            org="north", person="ann", username="ann", name="Ann", role=Role.OPERATOR, email="ann",
        )  # fmt: skip
        with pytest.raises(InvalidInput, match="no e-mail address"):
            register.people.add(person, "lantern-orchard-nine")
    finally:
        register.close()
