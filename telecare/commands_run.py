"""Commands that run an installation and look at its health."""

from __future__ import annotations

import typer

app = typer.Typer()
