"""Commands of the responder package."""

from __future__ import annotations

import typer

app = typer.Typer()
