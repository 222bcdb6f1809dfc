"""Commands that arrange who takes turns: teams, rotas, areas, cars, schemes and consent."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from telecare.command_line import Org, named, our_register
from telecare.errors import AlreadyExists, InvalidInput
from telecare.files import text_of
from telecare.register import Register
from telecare.register.ground import at_the_machine
from telecare.register.plans import Topic
from telecare.register.teams import Area, Cover, Member, Scheme, Shift, Team, Vehicle

app = typer.Typer()


class Arranged(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One file of arrangements; every part may be left out. Each entry names its `org`."""

    areas: list[Area] = []
    teams: list[Team] = []
    members: list[Member] = []
    vehicles: list[Vehicle] = []
    shifts: list[Shift] = []
    covers: list[Cover] = []
    schemes: list[Scheme] = []
    homes: dict[str, str] = {}
    """Home -> the scheme it belongs to."""
    consents: dict[str, list[Topic]] = {}
    """Contact -> what the resident lets them know."""


@app.command()
def arrange(
    org: Org,
    file: Annotated[Path, typer.Argument(help="JSON with teams, members, shifts ...; - reads "
                                              "standard input.")],
) -> None:  # fmt: skip
    """Take in teams, rotas, areas, cars, schemes and consents; what is there already stays."""
    try:
        arranged = msgspec.json.decode(text_of(file), type=Arranged)
    except msgspec.DecodeError as error:
        raise InvalidInput(f"The arrangements cannot be read: {error}.") from None
    register = our_register()
    new, there = take_in(register, org, arranged)
    typer.echo(f"{new} arrangements taken in, {there} were there already.")
    typer.echo("Say `telecare doctor --plans` to see whom they do not reach.")


@app.command("member")
def member(
    member: Annotated[str, typer.Argument(help="Who of a team, by id.")],
    org: Org,
    phone: Annotated[str | None, typer.Option(help="A mobile is texted and called.")] = None,
    email: Annotated[str | None, typer.Option(help="Where they are written to.")] = None,
    language: Annotated[str | None, typer.Option(help="What we speak to them: en or cy.")] = None,
) -> None:
    """Change how somebody of a team is reached, and in which language; the rest stays."""
    said = named(phone=phone, email=email, language=language)
    our_register().teams.change_member(org, member, **said)
    typer.echo(f"{member} is changed.")


def take_in(register: Register, org: str, arranged: Arranged) -> tuple[int, int]:
    """How many were new, and how many were there. Raises `InvalidInput` for another
    organisation's entry before anything is taken in.
    """
    teams = register.teams
    steps = [
        *((teams.add_area, each) for each in arranged.areas),
        *((teams.add_team, each) for each in arranged.teams),
        *((teams.add_member, each) for each in arranged.members),
        *((teams.add_vehicle, each) for each in arranged.vehicles),
        *((teams.add_shift, each) for each in arranged.shifts),
        *((teams.add_scheme, each) for each in arranged.schemes),
    ]
    for each in (*(thing for _, thing in steps), *arranged.covers):
        if each.org != org:  # type: ignore[attr-defined]
            raise InvalidInput(f"An entry belongs to {each.org}, not to {org}.")  # type: ignore[attr-defined]
    new = there = 0
    for add, thing in steps:
        try:
            add(thing)  # type: ignore[operator]
            new += 1
        except AlreadyExists:
            there += 1
    teams.cover(*arranged.covers)
    for home, scheme in arranged.homes.items():
        register.homes.join_scheme(org, home, scheme)
    for contact, topics in arranged.consents.items():
        register.plans.consent(org, contact, topics, at_the_machine())
    return new + len(arranged.covers) + len(arranged.homes) + len(arranged.consents), there
