"""A file of arrangements is taken in, and the doctor says whom they do not reach."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from telecare.clock import HandClock
from telecare.commands_arrange import Arranged, take_in
from telecare.errors import InvalidInput, NotFound
from telecare.register import open_register
from telecare.register.homes import Home
from telecare.settings import Settings

FILE = {
    "areas": [{"org": "north", "area": "purbeck", "name": "Purbeck",
               "outline": [[50.5, -2.2], [50.7, -2.2], [50.7, -1.9]]}],
    "teams": [{"org": "north", "team": "drivers", "name": "The drivers", "areas": ["purbeck"]}],
    "members": [{"org": "north", "member": "ann", "team": "drivers", "name": "Ann",
                 "email": "ann@drivers.example"}],
    "vehicles": [{"org": "north", "vehicle": "car-1", "team": "drivers", "name": "Car 1",
                  "latitude": 50.6, "longitude": -2.0}],
    "shifts": [{"org": "north", "shift": "day", "team": "drivers", "member": "ann",
                "days": [0, 1, 2, 3, 4, 5, 6], "begins": "08:00", "ends": "20:00"}],
    "covers": [{"org": "north", "shift": "day", "day": "2026-03-14", "member": None}],
    "schemes": [{"org": "north", "scheme": "oak", "name": "Oak House", "team": "drivers"}],
    "homes": {"home-1": "oak"},
}  # fmt: skip


@pytest.fixture
def settings_with_home(sqlite_settings: Settings, clock: HandClock) -> Settings:
    register = open_register(sqlite_settings, clock)
    register.organisations.add_organisation("north", "The north")
    register.homes.add_home(
        Home(org="north", home="home-1", address="1 Sample Lane", time_zone="Europe/London")
    )
    register.close()
    return sqlite_settings


def telecare(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "telecare", *arguments],
        env=os.environ | settings.environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_from_the_file_to_the_doctor(settings_with_home: Settings, tmp_path: Path) -> None:
    path = tmp_path / "arranged.json"
    path.write_bytes(msgspec.json.encode(FILE))
    settings = settings_with_home.model_copy(update={"smtp_host": "localhost"})
    told = telecare(settings, "arrange", "--org", "north", str(path))
    assert told.stdout.startswith("8 arrangements taken in, 0 were there"), told
    again = telecare(settings, "arrange", "--org", "north", str(path))
    assert again.stdout.startswith("2 arrangements taken in, 6 were there")
    found = telecare(settings, "doctor", "--plans")
    assert found.returncode == 1
    assert "BAD  north, home home-1: the default plan reaches nobody" in found.stdout
    assert "BAD  north: Nobody of The drivers is on duty" in found.stdout


def test_anothers_entry_and_an_unknown_scheme_are_refused(
    settings_with_home: Settings, clock: HandClock
) -> None:
    register = open_register(settings_with_home, clock)
    with pytest.raises(InvalidInput, match="belongs to north, not to south"):
        take_in(register, "south", msgspec.convert(FILE, Arranged))
    assert register.teams.teams("south") == register.teams.teams("north") == []
    with pytest.raises(NotFound, match="no scheme elm"):
        take_in(register, "north", Arranged(homes={"home-1": "elm"}))
    register.close()
