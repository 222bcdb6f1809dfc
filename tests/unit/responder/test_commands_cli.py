"""`telecare routes --write`: what stands in the way is said."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from responder.commands_cli import app
from telecare.errors import InvalidInput


def test_a_document_that_is_not_there_is_said_not_to_be_there(tmp_path: Path) -> None:
    asked = CliRunner().invoke(app, ["routes", "--write", str(tmp_path / "api.md")])
    assert isinstance(asked.exception, InvalidInput)
    assert str(asked.exception).startswith("There is no ")


def test_one_without_the_marks_is_left_as_it_is(tmp_path: Path) -> None:
    document = tmp_path / "api.md"
    document.write_text("# By hand\n")
    asked = CliRunner().invoke(app, ["routes", "--write", str(document)])
    with pytest.raises(InvalidInput, match="needs the marks"):
        raise asked.exception or AssertionError(asked.output)
    assert document.read_text() == "# By hand\n"
