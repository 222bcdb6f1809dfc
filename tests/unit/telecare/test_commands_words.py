"""Every command says what it does and what each of its words means."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer

from telecare.cli import ANSWERS, assemble

PACKAGES = ("telecare", "gateway", "detectors", "responder", "simulators")


def commands(of: Any, path: str = "telecare") -> Iterator[tuple[str, Any]]:
    """All commands below, by what is typed."""
    for name, each in getattr(of, "commands", {}).items():
        yield f"{path} {name}", each
        yield from commands(each, f"{path} {name}")


@cache
def everything() -> Mapping[str, Any]:
    """All commands there are, by what is typed."""
    return dict(commands(typer.main.get_command(assemble())))


def test_each_command_and_each_of_its_words_is_explained() -> None:
    known = everything()
    assert "telecare resident add" in known
    silent = [path for path, each in known.items() if not each.help]
    silent += [
        f"{path}: {word.name}"
        for path, each in known.items()
        for word in each.params
        if not getattr(word, "help", None)
    ]
    assert silent == []


def test_no_command_is_left_out_and_each_module_answers_to_its_words_alone() -> None:
    known = everything()
    root = Path(__file__).parents[3]
    written = {f"{p}.{f.stem}" for p in PACKAGES for f in (root / p).glob("commands_*.py")}
    assert written <= set(sys.modules)
    assert {path.split()[1] for path in known} == {
        word for words in ANSWERS.values() for word in words.split()
    }


@pytest.mark.parametrize("word", [word for words in ANSWERS.values() for word in words.split()])
def test_a_word_alone_knows_what_it_knows_among_all(word: str) -> None:
    def below(known: Iterable[str]) -> set[str]:
        return {path for path in known if path.split()[1] == word}

    alone = dict(commands(typer.main.get_command(assemble(word))))
    assert below(alone) == below(everything()) != set()


def loaded(*words: str) -> set[str]:
    """The packages that are in memory once these words were understood."""
    told = subprocess.run(
        [sys.executable, "-c", (f"import sys; sys.argv[1:] = {[*words, '--help']!r}\n"
         "from telecare.cli import main\ntry: main()\n"
         "except SystemExit: print('\\n' + ' '.join(sys.modules))")],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return {name.partition(".")[0] for name in told.stdout.splitlines()[-1].split()}


@pytest.mark.parametrize("words", [("device", "add"), ("doctor",), ("up",), ("contact", "add")])
def test_what_a_small_installation_is_set_up_with_waits_for_no_service(words: tuple[str]) -> None:
    assert not loaded(*words) & {"gateway", "detectors", "responder", "simulators", "fastapi"}


def test_the_door_holds_no_pages_and_the_judgement_no_door() -> None:
    assert not loaded("gateway") & {"responder", "detectors", "simulators", "fastapi"}
    assert not loaded("detectors") & {"responder", "gateway", "simulators", "fastapi"}
