"""`telecare bench ...`: each package adds its own by entry point."""

from __future__ import annotations

from importlib.metadata import entry_points

import typer

app = typer.Typer()
bench_app = typer.Typer(name="bench", help="Figures on this machine.", no_args_is_help=True)
for entry in sorted(entry_points(group="telecare.bench")):
    bench_app.add_typer(entry.load())
app.add_typer(bench_app)
