"""F06: what checks passwords at the broker is broken, or does not know us any more."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from gateway.broker_health import Knocking
from telecare.broker_files import hashed
from telecare.clock import HandClock
from telecare.settings import Settings
from tests.harness.door import until, world_of
from tests.harness.ear import county, ear
from tests.harness.mosquitto import mosquitto

SECRET = "a long one, for this test only"


@pytest.mark.parametrize("version", [4, 5], ids=["3.1.1", "5"])
def test_people_are_told_why_and_with_the_password_we_are_back(
    sqlite_settings: Settings, clock: HandClock, tmp_path: Path, version: int
) -> None:
    passwords, ours = tmp_path / "passwords", tmp_path / "ours"
    passwords.write_text("somebody-else:" + hashed(SECRET).line + "\n")
    settings = sqlite_settings
    with (
        world_of(settings, clock) as world,
        mosquitto(tmp_path / "broker", f"password_file {passwords}\n") as broker,
    ):
        asked = county(broker.port, version=version, username="telecare", password_file=ours)
        with ear(settings, clock, asked, now=clock.monotonic) as listening:
            until(lambda: listening.source.attempts >= 2)
            ours.write_text(SECRET + "\n")  # it was being exchanged, and nothing has ended
            until(lambda: listening.source.attempts >= 4)
            clock.forward(seconds=61)
            until(lambda: len(world.signals()) == 1)
            assert "it refuses us: Not authorized" in world.signals()[0].why
            passwords.write_text("telecare:" + hashed(SECRET).line + "\n")
            broker.send(signal.SIGHUP)
            listening.until_listening()


def test_a_password_that_is_no_text_is_told_and_ends_nothing(
    sqlite_settings: Settings, clock: HandClock, tmp_path: Path
) -> None:
    passwords, ours = tmp_path / "passwords", tmp_path / "ours"
    passwords.write_text("telecare:" + hashed(SECRET).line + "\n")
    ours.write_bytes(b"na\xefve")  # somebody's editor wrote Latin-1
    settings = sqlite_settings
    with (
        world_of(settings, clock) as world,
        mosquitto(tmp_path / "broker", f"password_file {passwords}\n") as broker,
    ):
        asked = county(broker.port, username="telecare", password_file=ours)
        with ear(settings, clock, asked, now=clock.monotonic) as listening:
            until(lambda: listening.source.attempts >= 2)
            clock.forward(seconds=61)
            until(lambda: len(world.signals()) == 1)
            assert world.signals()[0].why == (
                "The broker county cannot be used: its password_file cannot be read (it is not "
                "UTF-8 text); see docs/brokers.md. No press arrives from the homes behind it: "
                "ring those who depend on it most."
            )
            ours.write_text(SECRET + "\n")
            listening.until_listening()


def test_an_hour_of_refusals_is_not_a_siege() -> None:
    knocking, passed, attempts = Knocking(), 0.0, 0
    while passed < 3600:
        passed += knocking.wait(0.5)
        attempts += 1
    assert attempts < 330
