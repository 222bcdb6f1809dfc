"""Every command says what it does and what each of its words means."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer

from telecare.cli import assemble


def commands(of: Any, path: str = "telecare") -> Iterator[tuple[str, Any]]:
    """All commands below, by what is typed."""
    for name, each in getattr(of, "commands", {}).items():
        yield f"{path} {name}", each
        yield from commands(each, f"{path} {name}")


def test_each_command_and_each_of_its_words_is_explained() -> None:
    known = dict(commands(typer.main.get_command(assemble())))
    assert "telecare resident add" in known
    silent = [path for path, each in known.items() if not each.help]
    silent += [
        f"{path}: {word.name}"
        for path, each in known.items()
        for word in each.params
        if not getattr(word, "help", None)
    ]
    assert silent == []
