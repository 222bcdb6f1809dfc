"""Commands that keep homes: what an operator reads when somebody calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import msgspec
import typer

from telecare.command_line import Org, named, our_register
from telecare.errors import InvalidInput
from telecare.files import secret_line
from telecare.register import home_settings
from telecare.register.ground import COMMAND_LINE
from telecare.register.homes import Home

app = typer.Typer(
    name="home", help="Homes: where they are and how to get in.", no_args_is_help=True
)


HomeId = Annotated[str, typer.Argument(help="The home's id: a-z, 0-9, hyphens; no name.")]
Address = Annotated[str | None, typer.Option(help="Where it is, as an ambulance is told.")]
Access = Annotated[str | None, typer.Option(help="How to get in, without any code.")]
Hazard = Annotated[
    list[str] | None, typer.Option(help="What endangers whoever comes; several by repeating.")
]
Keysafe = Annotated[
    bool, typer.Option("--keysafe", help="There is one: its code is read from standard input.")
]


@app.command("add")
def home_add(
    home: HomeId,
    org: Org,
    address: Address = None,
    access: Access = None,
    hazard: Hazard = None,
    keysafe: Keysafe = False,
) -> None:
    """Add a home to an organisation."""
    code = _code() if keysafe else None
    register = our_register()
    zone = register.organisations.organisation(org).time_zone
    made = Home(
        org=org, home=home, address=address or "", time_zone=zone, access=access or "",
        hazards=hazard or [],
    )  # fmt: skip
    register.homes.add_home(made, keysafe=code)
    typer.echo(f"Home {home} is there. Say who lives in it with `telecare resident add`.")


@app.command("change")
def home_change(
    home: HomeId,
    org: Org,
    address: Address = None,
    access: Access = None,
    hazard: Hazard = None,
    keysafe: Keysafe = False,
) -> None:
    """Change what is on file about a home; what is not named stays. An empty code: no keysafe."""
    code = _code() if keysafe else None
    said = named(address=address, access=access, hazards=hazard or None)
    homes = our_register().homes
    homes.change_home(org, home, by=COMMAND_LINE, keysafe=code, **said)
    typer.echo(f"Home {home} is changed.")


@app.command("place")
def home_place(
    home: HomeId,
    org: Org,
    latitude: Annotated[float, typer.Option(help="Degrees north; south is negative.")],
    longitude: Annotated[float, typer.Option(help="Degrees east; west is negative.")],
) -> None:
    """Say where a home stands, so that locating devices are judged from there."""
    our_register().homes.place(org, home, latitude, longitude)
    typer.echo(f"Home {home} has its place on the map.")


@app.command("zone")
def home_zone(
    home: HomeId,
    org: Org,
    name: Annotated[str, typer.Option(help="What people call the place; names it here, too.")],
    latitude: Annotated[
        float | None, typer.Option(help="Of its middle; south is negative.")
    ] = None,
    longitude: Annotated[
        float | None, typer.Option(help="Of its middle; west is negative.")
    ] = None,
    metres: Annotated[float | None, typer.Option(help="The circle's radius.")] = None,
    corner: Annotated[
        list[str] | None,
        typer.Option(help="LATITUDE,LONGITUDE of a zone with corners; three or more, in order."),
    ] = None,
    alert: Annotated[
        str, typer.Option(help="News is leaving it, entering it, or never: known ground.")
    ] = "leaving",
) -> None:
    """Draw a circle or a zone with corners on the map for locating devices, or draw the one of this
    name anew.
    """
    if corner and latitude is longitude is metres is None:
        shape = home_settings.polygon([_corner(each) for each in corner])
    elif not corner and latitude is not None and longitude is not None and metres is not None:
        shape = home_settings.circle(latitude, longitude, metres)
    else:
        raise InvalidInput(
            "Give a circle (--latitude, --longitude, --metres), or a --corner three times or more."
        )
    _set(org, home, "zones", lambda known: home_settings.with_zone(known, name, alert, shape))
    typer.echo(f"The zone {name} of {home} is drawn.")


def _corner(written: str) -> tuple[float, float]:
    try:
        latitude, longitude = map(float, written.split(","))
    except ValueError:
        raise InvalidInput(f"{written!r} is no corner; write it like 50.7112,-2.4367.") from None
    return latitude, longitude


@app.command("unzone")
def home_unzone(
    home: HomeId, org: Org, name: Annotated[str, typer.Option(help="The zone's name.")]
) -> None:
    """Watch a zone no more."""
    _set(org, home, "zones", lambda known: home_settings.without_zone(known, name))
    typer.echo(f"{home} has no zone {name} any more.")


@app.command("pause")
def home_pause(
    home: HomeId,
    org: Org,
    begins: Annotated[str, typer.Option("--from", help="The first day, YYYY-MM-DD.")],
    until: Annotated[str, typer.Option(help="The last day, YYYY-MM-DD.")],
    kind: Annotated[str, typer.Option(help="away, hospital or visitors.")],
) -> None:
    """Days of no ordinary life, from which nothing is learnt; an alarm counts as always. Of two
    that begin on one day the last holds.
    """
    _set(org, home, "pauses", lambda known: home_settings.with_pause(known, begins, until, kind))
    typer.echo(f"{home} is not judged by its habits from {begins} until {until}.")


@app.command("unpause")
def home_unpause(
    home: HomeId,
    org: Org,
    begins: Annotated[str, typer.Option("--from", help="The first day of the pause.")],
) -> None:
    """Take back a pause: these days are ordinary ones."""
    _set(org, home, "pauses", lambda known: home_settings.without_pause(known, begins))
    typer.echo(f"{home} has no pause from {begins} any more.")


@app.command("settings")
def home_show_settings(home: HomeId, org: Org) -> None:
    """Show what is set for a home, as JSON; what is not named is as usual."""
    settings = our_register().homes.home(org, home).settings
    typer.echo(msgspec.json.format(msgspec.json.encode(settings)).decode())


def _set(
    org: str, home: str, what: str, change: Callable[[dict[str, Any]], dict[str, Any]]
) -> None:
    our_register().homes.change_settings(org, home, change, what=what)


def _code() -> str:
    """The keysafe's code, where no list of processes shows it."""
    return secret_line("Keysafe code").strip()
