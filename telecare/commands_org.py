"""Which organisation a command is about."""

from __future__ import annotations

from contextlib import closing
from typing import Annotated

import typer

from telecare.register import open_register
from telecare.settings import load_settings


def known(org: str | None) -> str | None:
    """The same, if it is on file: a slip in typing must not look like an organisation that has
    nothing. None is every organisation. Raises `NotFound`.
    """
    if org is not None:
        with closing(open_register(load_settings())) as register:
            register.organisations.organisation(org)
    return org


Org = Annotated[str, typer.Option("--org", callback=known, help="The organisation's id.")]
"""Raises `NotFound` before the command begins."""
