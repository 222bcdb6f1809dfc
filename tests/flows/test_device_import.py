"""A county's spreadsheet: 5,000 devices, 37 of whose lines nobody could have meant."""

from __future__ import annotations

import stat
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner, Result

from responder.kept.record import Act
from telecare.clock import HandClock
from telecare.commands_devices import app, known_devices, take_in
from telecare.errors import AlreadyExists, InvalidInput
from telecare.register import Register
from telecare.register.device_list import read_device_list
from telecare.register.devices import Device, IssuedCredential
from telecare.register.ground import at_the_machine
from telecare.register.homes import Home
from telecare.settings import Settings

HEAD = "device,home,kind,model,room,serial,sim,heartbeat_seconds,address"
ALONE = [
    ",home-{n},hub,Hub 5,hall,S{n},,3600,",
    "HUB {n},home-{n},hub,Hub 5,hall,S{n},,3600,",
    "hub-{n},,hub,Hub 5,hall,S{n},,3600,",
    "hub-{n},home-{n},hob,Hub 5,hall,S{n},,3600,",
    "hub-{n},home-{n},hub,Hub 5,hall,S{n},,every hour,",
    "hub-{n},home-{n},hub,Hub 5,hall,S{n},89441,3600,",
    "hub-{n},home-{n},hub,Hub 5,hall,1.2E+12,,3600,",
    'hub-{n},home-{n},hub,"Hub 5,hall,S{n},,3600,',
    "hub-{n},home-{n},hub,Hub 5,hall,S{n},,3600,1 Sample Lane, Dorchester",
    "hub-{n},home-{n}",
]
"""Each is wrong by itself; 32 of them, then two pairs and one that contradicts the register."""
FAULTY = list(range(100, 4900, 130))[:37]


def spreadsheet() -> str:
    lines = [HEAD]
    for number in range(2, 5002):
        if number not in FAULTY:
            sim = f"8944110068{number:09d}"
            lines.append(
                f"hub-{number},home-{number},hub,Hub 5,hall,S{number},{sim},3600,"
                f'"{number} Sample Lane, Dorchester"'
            )
            continue
        position = FAULTY.index(number)
        if position < 32:
            lines.append(ALONE[position % len(ALONE)].format(n=number))
        else:
            lines.append(
                [
                    "hub-9001,home-9001,hub,Hub 5,,,,,",
                    "hub-9001,home-9002,hub,Hub 5,,,,,",
                    "hub-9003,home-9003,hub,Hub 5,,S9003,,,",
                    "hub-9004,home-9004,hub,Hub 5,,S9003,,,",
                    "hub-1,home-9005,hub,Hub 5,,,,,",
                ][position - 32]
            )
    return "\n".join(lines) + "\n"


@pytest.fixture
def county(register: Register, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Register:
    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)
    register.organisations.add_organisation("dorset", "Dorset")
    register.homes.add_home(
        Home(org="dorset", home="home-1", address="", time_zone="Europe/London")
    )
    register.devices.add(Device(org="dorset", device="hub-1", home="home-1"))
    return register


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["devices", *map(str, arguments)], catch_exceptions=True)


def test_37_are_named_and_the_rest_imported_once(county: Register, tmp_path: Path) -> None:
    file, kept = tmp_path / "devices.csv", tmp_path / "passwords.csv"
    file.write_text(spreadsheet())
    asked = ("import", file, "--org", "dorset", "--add-homes", "--credentials", kept)

    refused = run(*asked)
    assert refused.exit_code == 1
    named = [line for line in refused.stdout.splitlines() if line.startswith("line ")]
    assert [int(line.split()[1].rstrip(":")) for line in named] == FAULTY
    assert "0 imported" in refused.stdout
    assert "Nothing was imported. Correct the lines named above" in refused.stdout
    assert [each.device for each in county.devices.devices("dorset")] == ["hub-1"]
    assert len(county.homes.homes("dorset")) == 1
    assert not kept.exists()

    imported = msgspec.json.decode(run(*asked, "--only-good", "--json").stdout)
    assert {name: imported[name] for name in ("lines", "faulty", "imported", "there_already")} == {
        "lines": 5000, "faulty": 37, "imported": 4963, "there_already": 0,
    }  # fmt: skip
    assert len(county.devices.devices("dorset")) == 4964
    assert county.homes.home("dorset", "home-2").address == "2 Sample Lane, Dorchester"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    passwords = dict(line.split(",") for line in kept.read_text().splitlines()[1:])
    admissions = {each.username: each for each in county.devices.admissions(org="dorset")}
    assert len(passwords) == 4963
    assert all(county.key.matches(word, admissions[who].digest) for who, word in passwords.items())

    told = [each for each in county.deeds.after(0, 20_000) if each.act == Act.DEVICE_ADDED]
    assert {str(each.detail["device"]) for each in told} == {
        each.device for each in county.devices.devices("dorset") if each.device != "hub-1"
    }
    assert {each.by for each in told} == {at_the_machine()}, "who it was is on record"

    before = county.version()
    again = msgspec.json.decode(run(*asked, "--only-good", "--json").stdout)
    assert (again["imported"], again["there_already"], again["faulty"]) == (0, 4963, 37)
    assert len(county.devices.devices("dorset")) == 4964
    assert county.version() == before, "nothing was written at all"
    assert dict(line.split(",") for line in kept.read_text().splitlines()[1:]) == passwords


def test_an_import_that_cannot_keep_its_passwords_imports_nothing(
    county: Register, tmp_path: Path
) -> None:
    known = known_devices(county, "dorset", add_homes=True)
    found = read_device_list("device,home\nhub-2,home-2\nhub-3,home-3\n", known)
    there = tmp_path / "passwords.csv"
    there.write_text("of an earlier import")
    for file, said in ((None, "--credentials FILE"), (there, "is there already")):
        with pytest.raises(InvalidInput, match=said):
            take_in(county, found, file)
    with pytest.raises(InvalidInput, match="cannot be written"):
        take_in(county, found, tmp_path / "no folder" / "passwords.csv")
    assert there.read_text() == "of an earlier import"
    assert [each.device for each in county.devices.devices("dorset")] == ["hub-1"]
    assert len(county.homes.homes("dorset")) == 1


def test_an_import_that_somebody_was_faster_than_leaves_nothing_behind(
    county: Register, clock: HandClock, tmp_path: Path
) -> None:
    known = known_devices(county, "dorset", add_homes=True)
    found = read_device_list("device,home\nhub-2,home-2\nhub-3,home-1\n", known)
    county.devices.add(Device(org="dorset", device="hub-3", home="home-1"))
    kept = tmp_path / "passwords.csv"
    with pytest.raises(AlreadyExists, match="nothing was imported; run it again"):
        take_in(county, found, kept)
    assert not kept.exists()
    assert [each.home for each in county.homes.homes("dorset")] == ["home-1"]

    def broken(issued: object) -> None:
        raise OSError("no space left")

    with pytest.raises(OSError, match="no space left"):
        county.devices.add_all([Device(org="dorset", device="hub-4", home="home-1")], [], broken)
    assert "hub-4" not in {each.device for each in county.devices.devices("dorset")}


def test_devices_of_two_organisations_may_share_a_serial_number(county: Register) -> None:
    county.organisations.add_organisation("devon", "Devon")
    county.homes.add_home(Home(org="devon", home="home-1", address="", time_zone="Europe/London"))
    issued: list[IssuedCredential] = []
    for org in ("dorset", "devon"):
        county.devices.add_all(
            [Device(org=org, device="hub-5", home="home-1", serial="S5")], [], issued.extend
        )
    assert [each.username for each in issued] == ["dorset.hub-5", "devon.hub-5"]
    with pytest.raises(AlreadyExists, match="serial number"):
        county.devices.add(Device(org="devon", device="hub-6", home="home-1", serial="S5"))
