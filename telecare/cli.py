"""`telecare ...`: every command, and the module that answers to it."""

from __future__ import annotations

import json
import os
import sys
from contextlib import AbstractContextManager, nullcontext
from importlib import import_module
from typing import NoReturn

import typer

from telecare.errors import WRONG_SETTING, InvalidInput, NotFound, SettingsError, TelecareError
from telecare.settings import load_settings
from telecare.supervisor import SERVICES, by_itself, die_with_supervisor

ANSWERS = {
    "telecare.commands_contact": "contact",
    "telecare.commands_device": "device",
    "telecare.commands_home": "home",
    "telecare.commands_org": "org",
    "telecare.commands_person": "person",
    "telecare.commands_resident": "resident",
    "telecare.commands_token": "token",
    "responder.commands_devices": "devices",
    "telecare.commands_arrange": "arrange member",
    "telecare.commands_run": "doctor migrate revise up",
    "telecare.commands_bench": "bench",
    "gateway.commands_cli": "brokers careline gateway inbox quarantine readings",
    "detectors.commands_cli": "detectors",
    "detectors.commands_evaluate": "evaluate",
    "detectors.commands_train": "train",
    "responder.commands_cli": "responder routes verify",
    "responder.commands_events": "events",
    "responder.commands_keeping": "erase export-person legal-hold share",
    "responder.commands_report": "report",
    "simulators.commands_cli": "demo simulate",
    "simulators.commands_replay": "replay",
}
"""Module -> the first words it answers to. A word loads no more than its module, so that a press
of the enter key waits for nobody else's libraries, and a service holds none of them in memory.
"""


def assemble(word: str | None = None) -> typer.Typer:
    """The commands that begin with `word`; all of them for another word, or for none."""
    app = typer.Typer(
        name="telecare",
        help="Watches over people who live alone, and makes sure somebody comes.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
    )
    app.callback()(lambda: None)  # a group, also around a single command
    for module in [m for m, words in ANSWERS.items() if word in words.split()] or ANSWERS:
        app.add_typer(import_module(module).app)
    return app


def main() -> None:
    """Run a command; what goes wrong is said in one sentence, with `--json` also to the program
    that reads. The exit code is 2 where the words typed are at fault, as for a word no command
    knows; `WRONG_SETTING` for a setting; else 1.
    """
    supervised = die_with_supervisor()
    word = sys.argv[1] if sys.argv[1:] else None
    for_machines = "--json" in sys.argv
    try:
        with nullcontext() if supervised else _place_of(word):
            raise SystemExit(assemble(word)(standalone_mode=not for_machines))
    except typer.Abort:
        _refuse("Standard input ended before all was said.", 1, for_machines=True)
    except typer.TyperException as error:  # only for machines: people are shown the usage, too
        _refuse(error.format_message(), error.exit_code, for_machines=True)
    except TelecareError as error:
        _refuse(str(error), _exit_code(error), for_machines=for_machines)


def _refuse(said: str, code: int, *, for_machines: bool) -> NoReturn:
    sentence = " ".join(said.split())  # a driver's may be lines
    sys.stderr.write(f"telecare: {sentence}\n")
    if for_machines:
        try:
            sys.stdout.write(json.dumps({"error": sentence}) + "\n")
            sys.stdout.flush()
        except BrokenPipeError:  # nobody reads any more: nor is what is left flushed at the end
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    raise SystemExit(code) from None


def _place_of(word: str | None) -> AbstractContextManager[None]:
    """Of a service that was started by itself, so that `telecare up` sees it."""
    if word is None or word not in {each.name for each in SERVICES}:
        return nullcontext()
    settings = load_settings()
    if not settings.data_dir.exists():
        return nullcontext()  # nothing is migrated: the service says so
    return by_itself(settings.data_dir, word, settings.lane_number)


def _exit_code(error: TelecareError) -> int:
    if isinstance(error, SettingsError):
        return WRONG_SETTING
    return 2 if isinstance(error, InvalidInput | NotFound) else 1
