"""Commands about organisations."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from telecare.command_line import our_register
from telecare.errors import InvalidInput
from telecare.register.organisations import TELEPHONE
from telecare.register.reach import telephone
from telecare.retention import SETTING, days_of

app = typer.Typer(name="org", help="Organisations.", no_args_is_help=True)

OrgId = Annotated[str, typer.Argument(help="The organisation's id: a-z, 0-9, hyphens.")]


@app.command("add")
def org_add(
    org: OrgId,
    name: Annotated[str | None, typer.Option(help="What people call it.")] = None,
    time_zone: Annotated[str, typer.Option(help="Where its people live.")] = "Europe/London",
) -> None:
    """Add an organisation: the wall between tenants."""
    our_register().organisations.add_organisation(org, name or org, time_zone=time_zone)
    typer.echo(f"Organisation {org} is there.")


@app.command("telephone")
def org_telephone(
    org: OrgId,
    number: Annotated[
        str | None, typer.Argument(help='As it is to be read, such as "01305 960 123".')
    ] = None,
) -> None:
    """Say by which number families and responders ring the monitoring centre, or only show it."""
    organisations = our_register().organisations
    if number is not None:
        telephone(number)
        organisations.change_settings(org, lambda s: s | {TELEPHONE: number}, what=TELEPHONE)
    typer.echo(organisations.organisation(org).telephone or "Nobody has said it yet.")


@app.command("retention")
def org_retention(
    org: OrgId,
    keep: Annotated[
        list[str] | None,
        typer.Option(help="CLASS=DAYS, such as readings=180; several by repeating."),
    ] = None,
) -> None:
    """Say for how long each class of data is kept, or only show it; what is not named stays."""
    organisations, chosen = our_register().organisations, dict(map(_kept_days, keep or ()))

    def kept(settings: dict[str, Any]) -> dict[str, Any]:
        before = settings.get(SETTING)
        made = settings | {SETTING: (before if isinstance(before, dict) else {}) | chosen}
        days_of(made)  # what is too few to work with is refused
        return made

    if chosen:
        organisations.change_settings(org, kept, what=SETTING)
    for each, days in days_of(organisations.organisation(org).settings).items():
        typer.echo(f"{each.value}: {days} days")


def _kept_days(written: str) -> tuple[str, int]:
    named, _, days = written.partition("=")
    if not (days.isascii() and days.isdigit() and len(days) <= 6):
        raise InvalidInput(f"{written} is no class with its days; write it like readings=180.")
    return named, int(days)
