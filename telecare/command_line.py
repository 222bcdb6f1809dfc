"""What commands have in common: the organisation they are about, what was named, what is shown."""

from __future__ import annotations

from contextlib import closing
from typing import Annotated, Any

import msgspec
import typer

from telecare.register import Register, open_register
from telecare.settings import load_settings


def our_register() -> Register:
    """The register of the installation that the settings name."""
    return open_register(load_settings())


def known(org: str | None) -> str | None:
    """The same, if it is on file: a slip in typing must not look like an organisation that has
    nothing. None is every organisation. Raises `NotFound`.
    """
    if org is not None:
        with closing(our_register()) as register:
            register.organisations.organisation(org)
    return org


Org = Annotated[str, typer.Option("--org", callback=known, help="The organisation's id.")]
"""Raises `NotFound` before the command begins."""
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object for machines.")]


def named(**said: Any) -> dict[str, Any]:
    """What was named on the command line, by field."""
    return {field: value for field, value in said.items() if value is not None}


def show(values: dict[str, object], *, as_json: bool) -> None:
    """Print them line by line, or as one JSON object."""
    if as_json:
        typer.echo(msgspec.json.encode(values).decode())
        return
    for key, value in values.items():
        typer.echo(f"{key}: {value}")
