"""Commands of the gateway package."""

from __future__ import annotations

import typer

app = typer.Typer()
