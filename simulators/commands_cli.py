"""Commands of the world: the demo, simulated homes, replays and measurements."""

from __future__ import annotations

import typer

from simulators import commands_demo, commands_replay

app = typer.Typer()
app.add_typer(commands_demo.app)
app.add_typer(commands_replay.app)
