"""Commands of the world: the demo and simulated homes."""

from __future__ import annotations

import typer

from simulators import commands_careline, commands_demo, commands_walk

app = typer.Typer()
app.add_typer(commands_demo.app)
commands_demo.simulate_app.command("careline")(commands_careline.simulate_careline)
commands_demo.simulate_app.command("walk")(commands_walk.simulate_walk)
