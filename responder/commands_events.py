"""`telecare events`: where an organisation's own system hears what becomes of its alerts."""

from __future__ import annotations

from typing import Annotated

import typer

from responder.channels.allowed_hosts import AllowedHosts
from responder.shared.streaming import SETTING
from telecare.command_line import Org
from telecare.errors import InvalidInput
from telecare.register import open_register
from telecare.settings import load_settings

app = typer.Typer()


@app.command()
def events(
    org: Org,
    url: Annotated[str, typer.Option(help="https address that takes them; empty: no more.")],
) -> None:
    """Tell an organisation's own system what becomes of its alerts, as signed CloudEvents."""
    settings = load_settings()
    if url:
        AllowedHosts(settings.webhook_hosts).require(url)
        if settings.webhook_secret is None:
            raise InvalidInput("Events are signed: set TELECARE_WEBHOOK_SECRET first.")
    register = open_register(settings)
    register.organisations.change_settings(org, lambda known: known | {SETTING: url}, what=SETTING)
    register.close()
    typer.echo(f"Alerts of {org} are told to {url}." if url else f"Alerts of {org} stay here.")
