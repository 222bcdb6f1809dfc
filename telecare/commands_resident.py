"""Commands that keep who lives in the homes."""

from __future__ import annotations

from typing import Annotated

import typer
from msgspec.structs import replace

from telecare.clock import clock_of
from telecare.command_line import Org, named, our_register
from telecare.errors import InvalidInput
from telecare.register.ground import COMMAND_LINE
from telecare.register.residents import Resident
from telecare.settings import load_settings

app = typer.Typer(name="resident", help="Residents: who lives in the homes.", no_args_is_help=True)


def _lived(year: int | None) -> int | None:
    this_year = clock_of(load_settings().data_dir).now().year
    if year is not None and year > this_year:
        raise InvalidInput(f"Nobody was born in {year} yet; give the year of birth, as 1941.")
    return year


ResidentId = Annotated[str, typer.Argument(help="The resident's id: a-z, 0-9, hyphens; no name.")]
Name = Annotated[str, typer.Option(help="What operators call them.")]
Born = Annotated[int | None, typer.Option(help="The year.", min=1890, callback=_lived)]
Speak = Annotated[str | None, typer.Option(help="How to speak with them: hearing, language.")]
Health = Annotated[str | None, typer.Option(help="What whoever comes must know.")]
Phone = Annotated[str | None, typer.Option(help="Their own, for the list of calls.")]
Language = Annotated[str | None, typer.Option(help="What the platform speaks: en or cy.")]


@app.command("add")
def resident_add(
    resident: ResidentId,
    org: Org,
    home: Annotated[str, typer.Option("--home", help="The home they live in.")],
    name: Name,
    born: Born = None,
    speak: Speak = None,
    health: Health = None,
    phone: Phone = None,
    language: Language = None,
) -> None:
    """Add somebody we watch over."""
    made = Resident(org=org, resident=resident, home=home, name=name)
    said = named(born=born, speak=speak, health=health, phone=phone, language=language)
    our_register().residents.add_resident(replace(made, **said))
    typer.echo(f"{resident} lives in {home}. Say who is asked to go with `telecare contact add`.")


@app.command("change")
def resident_change(
    resident: ResidentId,
    org: Org,
    home: Annotated[str | None, typer.Option("--home", help="The home they live in.")] = None,
    name: Annotated[str | None, typer.Option(help="What operators call them.")] = None,
    born: Born = None,
    speak: Speak = None,
    health: Health = None,
    phone: Phone = None,
    language: Language = None,
) -> None:
    """Change what is on file about a resident; what is not named stays."""
    said = named(
        home=home, name=name, born=born, speak=speak, health=health, phone=phone, language=language
    )
    residents = our_register().residents
    residents.change_resident(org, resident, by=COMMAND_LINE, **said)
    typer.echo(f"{resident} is changed.")
