"""`telecare erase`, `export-person`, `legal-hold`: what people may ask of what is kept."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from responder.wiring import Responder, build
from telecare.command_line import Org
from telecare.register.ground import at_the_machine
from telecare.settings import load_settings
from telecare.tenancy import Actor
from telecare.vocabulary import Role

app = typer.Typer()
hold_app = typer.Typer(
    name="legal-hold", help="Homes of which nothing may be erased.", no_args_is_help=True
)
app.add_typer(hold_app)


def _keeper(org: str) -> Actor:
    """Whoever has the installation's keys acts for its controller; the record says so."""
    return Actor(org=org, id=at_the_machine(), role=Role.SUPERVISOR, name="the command line")


@contextmanager
def _installation() -> Iterator[Responder]:
    made = build(load_settings(), senders={})
    try:
        yield made
    finally:
        made.close()


@app.command()
def erase(
    org: Org,
    resident: Annotated[
        str | None, typer.Option("--resident", help="A resident, with all of a home left empty.")
    ] = None,
    contact: Annotated[str | None, typer.Option("--contact", help="A contact.")] = None,
) -> None:
    """Erase one person's data for good. The record keeps its references and goes on verifying.

    Done again every night for thirty days, should a backup bring something back.
    """
    with _installation() as made:
        wanted = made.keeping.erase(_keeper(org), resident=resident, contact=contact)
        while made.keeping.erase_due():
            pass
    what = f"with everything about {wanted.home}" if wanted.whole_home else "from the register"
    typer.echo(f"The data of {wanted.person} are erased, {what}.")


@app.command("export-person")
def export_person(
    resident: Annotated[str, typer.Argument(help="The resident's id.")],
    org: Org,
    to: Annotated[Path, typer.Option("--to", help="The zip file to write.")],
) -> None:
    """Write everything kept about a resident to a zip of JSON."""
    with _installation() as made:
        size = made.portraits.write(_keeper(org), resident, to)
    typer.echo(
        f"{to}: {size} bytes. It holds health data: hand it to {resident} and to nobody else."
    )


@app.command()
def share(
    resident: Annotated[str, typer.Argument(help="The resident's id.")],
    org: Org,
    agreed: Annotated[bool, typer.Option("--agreed/--withdrawn", help="What they decided.")],
) -> None:
    """Write down whether a resident lets other systems (FHIR) read what is known of them."""
    with _installation() as made:
        made.register.residents.share(org, resident, agreed=agreed, by=at_the_machine())
    typer.echo(f"Written down: {resident} {'agrees' if agreed else 'does not agree'}.")


@hold_app.command("begin")
def hold_begin(
    home: Annotated[str, typer.Argument(help="The home's id.")],
    org: Org,
    reference: Annotated[str, typer.Option(help="Where the reason is on file.")],
) -> None:
    """From now on nothing about this home is erased or forgotten."""
    with _installation() as made:
        held = made.keeping.hold(_keeper(org), home, reference)
    typer.echo(f"{held.id}: nothing about {home} is erased until it is lifted.")


@hold_app.command("lift")
def hold_lift(
    hold: Annotated[str, typer.Argument(help="The hold, as `legal-hold list` shows it.")], org: Org
) -> None:
    """The hold is over."""
    with _installation() as made:
        made.keeping.lift(_keeper(org), hold)
    typer.echo(f"{hold} is lifted.")


@hold_app.command("list")
def hold_list(org: Org) -> None:
    """Holds in force."""
    with _installation() as made:
        holds = made.keeping.holds(_keeper(org))
        if not holds:
            typer.echo("No legal hold is in force.", err=True)
        for each in holds:
            typer.echo(f"{each.id} {each.home} since {each.begun_at:%Y-%m-%d}: {each.reference}")
