"""What a program reads of a command that was given `--json`: also of nothing, and of a refusal."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest
import typer

from telecare.cli import assemble, main
from telecare.settings import Settings
from tests.unit.telecare.test_commands_words import commands

FOR_MACHINES = {
    path.removeprefix("telecare "): each
    for path, each in commands(typer.main.get_command(assemble()))
    if any("--json" in word.opts for word in each.params)
}
OF_AN_ORGANISATION = [
    path
    for path, each in FOR_MACHINES.items()
    if any("--org" in word.opts for word in each.params)
    and path not in {"device add", "replay tihm"}  # they add one
]
EMPTY = {
    "devices list": ["--org", "dorset"],
    "inbox list": ["--org", "dorset"],
    "quarantine list": [],
    "readings count": [],
}
"""Those that show what there is, in an installation in which nothing was said yet."""


@pytest.fixture
def installation(sqlite_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("TELECARE_DATA_DIR", str(sqlite_settings.data_dir))
    return sqlite_settings


def told(words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: Any) -> tuple[object, str, str]:
    """The exit code, standard output and standard error."""
    monkeypatch.setattr(sys, "argv", ["telecare", *words])
    with pytest.raises(SystemExit) as left:
        main()
    out, err = capsys.readouterr()
    return left.value.code, out, err


@pytest.mark.parametrize("path", EMPTY)
def test_of_nothing_a_program_reads_json(
    path: str, installation: Settings, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    del installation
    told(["org", "add", "dorset"], monkeypatch, capsys)
    code, out, _ = told([*path.split(), *EMPTY[path], "--json"], monkeypatch, capsys)
    assert not code
    assert all(isinstance(json.loads(line), dict) for line in out.splitlines())


@pytest.mark.parametrize("path", FOR_MACHINES)
def test_of_words_it_does_not_know_a_program_reads_why(
    path: str, installation: Settings, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    del installation
    code, out, err = told([*path.split(), "--json", "--no-such"], monkeypatch, capsys)
    assert code == 2
    sentence = json.loads(out)["error"]
    assert err == f"telecare: {sentence}\n"
    assert "--no-such" in sentence


@pytest.mark.parametrize("path", OF_AN_ORGANISATION)
def test_of_an_organisation_nobody_added_a_program_reads_why(
    path: str, installation: Settings, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    del installation
    code, out, _ = told([*path.split(), "--org", "dorest", "--json"], monkeypatch, capsys)
    assert code == 2
    assert json.loads(out)["error"].startswith("There is no organisation dorest; add it with ")


def test_without_an_installation_a_program_reads_what_to_do(tmp_path: Any) -> None:
    asked = subprocess.run(
        [sys.executable, "-m", "telecare", "readings", "count", "--json"],
        env=os.environ | {"TELECARE_DATA_DIR": str(tmp_path / "var")},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert asked.returncode == 1
    assert "run `telecare migrate`" in json.loads(asked.stdout)["error"]


def test_a_refusal_that_nobody_reads_ends_without_a_traceback(tmp_path: Any) -> None:
    """As before `| head`, when it has ended already."""
    reads, writes = os.pipe()
    os.close(reads)
    with os.fdopen(writes, "wb") as closed:
        asked = subprocess.run(
            [sys.executable, "-m", "telecare", "readings", "count", "--json"],
            env=os.environ | {"TELECARE_DATA_DIR": str(tmp_path / "var")},
            stdout=closed, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert asked.returncode == 1
    (sentence,) = asked.stderr.splitlines()
    assert "run `telecare migrate`" in sentence


def test_that_standard_input_ended_too_soon_is_said(
    installation: Settings, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    def ends(*_: object, **__: object) -> None:
        raise EOFError

    del installation
    monkeypatch.setattr("telecare.commands_device.our_register", ends)
    words = ["device", "add", "--org", "dorset", "--home", "home-1", "--kind", "hub", "hub-1"]
    code, out, err = told([*words, "--json"], monkeypatch, capsys)
    assert code == 1
    assert json.loads(out)["error"] == "Standard input ended before all was said."
    assert "Traceback" not in err


def test_faults_of_a_list_are_json_and_its_code_stays(
    installation: Settings, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    told(["org", "add", "dorset"], monkeypatch, capsys)
    sheet = installation.data_dir / "list.csv"
    sheet.write_text("device,home\nHub 1,home-1\n")
    words = ["devices", "import", str(sheet), "--org", "dorset", "--json"]
    code, out, _ = told(words, monkeypatch, capsys)
    assert (code, json.loads(out)["faulty"]) == (1, 1)
