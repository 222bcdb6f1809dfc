"""The TEC team's acts from the command line, on record like those of the pages."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from typer.testing import CliRunner

from responder.commands_devices import app
from responder.store import Reads
from telecare.errors import InvalidInput
from telecare.register import open_register
from telecare.register.device import Device
from telecare.register.homes import Home
from telecare.settings import Settings
from telecare.store.migrate import open_database


@pytest.fixture
def site(sqlite_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name, value in sqlite_settings.environment().items():
        monkeypatch.setenv(name, value)
    register = open_register(sqlite_settings)
    register.organisations.add_organisation("oak", "Oak")
    register.homes.add_home(Home(org="oak", home="home-7", address="", time_zone="Europe/London"))
    register.devices.expect(Device(org="oak", device="hub-7", home="home-7", serial="SN-7"))
    register.close()
    return sqlite_settings


def certificate(common_name: str) -> bytes:
    """As a maker's authority gives it to a device."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    begins = datetime(2026, 3, 14, tzinfo=UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    signed = made.not_valid_before(begins).not_valid_after(begins.replace(year=2027))
    return signed.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def run(*arguments: str) -> str:
    ran = CliRunner().invoke(app, ["devices", *arguments, "--org", "oak"], catch_exceptions=False)
    assert ran.exit_code == 0
    return ran.stdout


def test_a_devices_life_from_its_sheet_to_its_successor(site: Settings, tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.html"
    said = msgspec.json.decode(run("claim", "hub-7", "--sheet", str(sheet), "--json"))
    assert said["address"].endswith(f"/api/v1/enrolment#{said['code']}")
    page = sheet.read_text()
    assert said["code"] in page
    assert "<svg" in page
    assert "://" not in page.replace("http://127.0.0.1", ""), "nothing comes from elsewhere"
    with pytest.raises(InvalidInput, match="there already"):
        run("claim", "hub-7", "--sheet", str(sheet))
    assert run("unclaim", "--device", "hub-7") == "1 codes were taken back.\n"
    assert "its code holds no more" in run("list")
    assert "password: " in run("rotate", "hub-7")
    for name, refused in (("oak.hub-8", "common name"), ("oak.hub-7", "")):
        shown = tmp_path / f"{name}.pem"
        shown.write_bytes(certificate(name))
        if refused:
            with pytest.raises(InvalidInput, match=refused):
                run("certify", "hub-7", str(shown))
        else:
            assert "expires on 14 March 2027" in run("certify", "hub-7", str(shown))
    with pytest.raises(InvalidInput, match="PEM"):
        run("certify", "hub-7", str(sheet))
    run("class", "Hub 5", "--heartbeat-seconds", "300", "--supported-until", "2029-12-31")
    run("sensor", "hub-7", "fridge", "--heartbeat-seconds", "90000")
    with pytest.raises(InvalidInput, match="above zero"):
        run("sensor", "hub-7", "fridge", "--heartbeat-seconds", "0")
    assert run("configure", "hub-7", '{"volume": 3}').startswith("Configuration 1 waits")
    assert "to be answered by" in run("command", "hub-7", "self-test")
    run("replace", "hub-7", "hub-8", "--serial", "SN-8")
    run("revoke", "hub-7")
    assert "hub-8: home-7 never heard, waits for its code" in run("list")

    database = open_database(site, "responder")
    acts = [each.act for each in Reads(database).entries("oak")]
    database.close()
    assert acts == [
        "home_added", "device_expected", "claim_made", "claim_revoked", "device_rotated",
        "device_rotated", "class_set", "sensor_expected", "config_set", "commanded",
        "device_replaced", "claim_made", "device_revoked",
    ]  # fmt: skip
