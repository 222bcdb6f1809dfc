"""`telecare ...`: the ground's own commands; each package adds its own by entry point."""

from __future__ import annotations

import sys
from importlib.metadata import entry_points

import typer

from telecare import commands_arrange, commands_devices, commands_register, commands_run
from telecare.errors import WRONG_SETTING, InvalidInput, NotFound, SettingsError, TelecareError
from telecare.supervisor import die_with_supervisor

app = typer.Typer(
    name="telecare",
    help="Watches over people who live alone, and makes sure somebody comes.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


def assemble() -> typer.Typer:
    """All commands of all installed packages under one name."""
    app.add_typer(commands_register.app)
    app.add_typer(commands_devices.app)
    app.add_typer(commands_arrange.app)
    app.add_typer(commands_run.app)
    for entry in sorted(entry_points(group="telecare.commands")):
        app.add_typer(entry.load())
    bench = typer.Typer(name="bench", help="Figures on this machine.", no_args_is_help=True)
    for entry in sorted(entry_points(group="telecare.bench")):
        bench.add_typer(entry.load())
    app.add_typer(bench)
    return app


def main() -> None:
    """Run a command; what goes wrong is said in one sentence. The exit code is 2 where the words
    typed are at fault, as for a word no command knows; `WRONG_SETTING` for a setting; else 1.
    """
    die_with_supervisor()
    try:
        assemble()()
    except TelecareError as error:
        sys.stderr.write(f"telecare: {' '.join(str(error).split())}\n")  # a driver's may be lines
        raise SystemExit(_exit_code(error)) from None


def _exit_code(error: TelecareError) -> int:
    if isinstance(error, SettingsError):
        return WRONG_SETTING
    return 2 if isinstance(error, InvalidInput | NotFound) else 1
