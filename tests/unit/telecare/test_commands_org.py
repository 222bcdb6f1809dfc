"""A slip in an organisation's name must not look like an organisation that has nothing."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
import typer
from typer.testing import CliRunner

from telecare.cli import assemble
from telecare.errors import InvalidInput, NotFound
from telecare.register import open_register
from telecare.settings import Settings
from tests.unit.telecare.test_commands_words import commands

MAY_BE_NEW = {"telecare device add", "telecare replay tihm", "telecare simulate homes"}
SEVERAL = {"telecare devices export mosquitto"}
"""Asks for each of them, when its other words are known to be right."""
APP = assemble()
NAMING = sorted(
    path
    for path, each in commands(typer.main.get_command(APP))
    if path not in MAY_BE_NEW | SEVERAL and any("--org" in word.opts for word in each.params)
)


@pytest.fixture
def installation(sqlite_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("TELECARE_DATA_DIR", str(sqlite_settings.data_dir))
    return sqlite_settings


@pytest.mark.parametrize("path", NAMING)
def test_each_command_refuses_an_organisation_nobody_added(
    path: str, installation: Settings
) -> None:
    del installation
    asked = CliRunner().invoke(APP, [*path.split()[1:], "--org", "dorest"])
    assert isinstance(asked.exception, NotFound), asked.output
    assert str(asked.exception).startswith("There is no organisation dorest; add it with ")


def test_it_is_one_sentence_and_the_code_of_a_wrong_word(installation: Settings) -> None:
    told = subprocess.run(
        [sys.executable, "-m", "telecare", "readings", "export", "--org", "dorest"],
        env=os.environ | installation.environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (told.returncode, told.stdout) == (2, "")
    assert told.stderr == (
        "telecare: There is no organisation dorest; add it with `telecare org add dorest`.\n"
    )


def test_what_a_first_device_brought_with_it_is_told(installation: Settings) -> None:
    del installation
    add = ["device", "add", "--org", "dorest", "--home", "home-1", "--json"]
    first = CliRunner().invoke(APP, [*add, "hub-1"])
    assert first.stderr.startswith("Organisation dorest is new.\nHome home-1 is new;")
    second = CliRunner().invoke(APP, [*add, "hub-2"])
    assert second.stderr == ""


@pytest.mark.parametrize("act", ["part", "forget-second-factor", "unlink"])
def test_nobody_is_changed_who_is_not_there(act: str, installation: Settings) -> None:
    del installation
    CliRunner().invoke(APP, ["org", "add", "dorset"])
    asked = CliRunner().invoke(APP, ["person", act, "nobody-1", "--org", "dorset"])
    assert str(asked.exception) == "There is nobody nobody-1 in dorset."


def test_a_first_device_that_is_refused_brought_nothing_with_it(installation: Settings) -> None:
    """A slip in one word of the command must not leave an organisation or a home behind."""
    add = ["device", "add", "--org", "dorset", "--home"]
    for slip in ([*add, "home-1", "Hub 1"], [*add, "Home 1", "hub-1"]):
        assert isinstance(CliRunner().invoke(APP, slip).exception, InvalidInput)
    register = open_register(installation)
    assert register.organisations.organisations() == []
    assert CliRunner().invoke(APP, [*add, "home-1", "hub-1", "--serial", "S-1"]).exit_code == 0
    taken = CliRunner().invoke(APP, [*add, "home-l", "hub-1"])
    assert str(taken.exception) == "There already is a device hub-1 in home-1."
    taken = CliRunner().invoke(APP, [*add, "home-l", "hub-2", "--serial", "S-1"])
    assert str(taken.exception) == "Device hub-1 has the serial number S-1 already."
    assert [each.home for each in register.homes.homes("dorset")] == ["home-1"]
    register.close()


@pytest.mark.parametrize("seconds", ["-5", "0", "1", "604801"])
def test_no_device_promises_what_makes_it_silent_at_once(
    installation: Settings, seconds: str
) -> None:
    add = ["device", "add", "--org", "dorset", "--home", "home-1", "hub-1"]
    told = CliRunner().invoke(APP, [*add, "--heartbeat-seconds", seconds])
    assert told.exit_code == 2, told.output
    register = open_register(installation)
    assert register.devices.devices("dorset") == []
    register.close()


def test_the_number_of_the_monitoring_centre_is_one_that_can_be_rung(
    installation: Settings,
) -> None:
    register = open_register(installation)
    register.organisations.add_organisation("dorset", "Dorset Council")

    def said(*number: str) -> str:
        return CliRunner().invoke(APP, ["org", "telephone", "dorset", *number]).output.strip()

    assert said() == "Nobody has said it yet."
    refused = CliRunner().invoke(APP, ["org", "telephone", "dorset", "ring us"])
    assert isinstance(refused.exception, InvalidInput)
    assert said("01305 960 123") == "01305 960 123"
    assert said() == "01305 960 123"
    assert register.organisations.organisation("dorset").telephone == "01305 960 123"
    register.close()
