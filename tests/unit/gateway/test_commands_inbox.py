"""What a bridge may say, and what its sensors mean, by command."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from typer.testing import CliRunner

from gateway.admission import identity_of
from gateway.commands_cli import app
from gateway.decoders.said import Sensor
from gateway.identity import Identity
from telecare.clock import HandClock
from telecare.errors import InvalidInput, NotFound
from telecare.settings import Settings
from tests.harness.door import World, world_of


@pytest.fixture
def world(
    sqlite_settings: Settings, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> Iterator[World]:
    for name, value in sqlite_settings.environment().items():
        monkeypatch.setenv(name, value)
    with world_of(sqlite_settings, clock) as made:
        made.hub("hub-7")
        yield made


def run(*arguments: str) -> str:
    ran = CliRunner().invoke(app, ["inbox", *arguments, "--org", "oak"], catch_exceptions=False)
    assert ran.exit_code == 0, ran.output
    return ran.stdout


def hub(world: World) -> Identity:
    return identity_of(world.register.devices.device("oak", "hub-7"))


def test_a_bridge_speaks_and_its_button_calls_for_help(world: World) -> None:
    assert hub(world).bridge is None
    run("bridge", "hub-7", "--dialect", "zigbee2mqtt", "--native-topics")
    said = run(
        "take", "hub-7", "0x1", "--name", "hall/button", "--alarm", "pendant", "--room", "hall"
    )
    assert said == "hall/button behind hub-7 is taken in.\n"
    run("take", "hub-7", "fridge", "--watches", "fridge")
    run("bridge", "hub-7", "--dialect", "zigbee2mqtt", "--dialect", "home_assistant")
    found = hub(world)
    assert found.bridge is not None
    assert found.sensors == {
        "hall/button": Sensor(room="hall", alarm="pendant"), "fridge": Sensor(type="fridge"),
    }, "what sensors mean stays when more is allowed"  # fmt: skip
    assert found.bridge.topics.find("zigbee2mqtt/hall/button") is None, "no native topics any more"
    settings = world.register.devices.device("oak", "hub-7").settings
    assert settings["adopted"] == {"0x1": "hall/button", "fridge": "fridge"}
    deeds = [each.act for each in world.register.deeds.after(0, 99)]
    assert [each for each in deeds if each in ("bridge_allowed", "device_adopted")] == [
        "bridge_allowed", "device_adopted", "device_adopted", "bridge_allowed",
    ]  # fmt: skip


def test_what_cannot_be_is_said_and_nothing_changes(world: World) -> None:
    with pytest.raises(InvalidInput, match="zigby is no dialect of a bridge; they are chirpstack"):
        run("bridge", "hub-7", "--dialect", "zigby")
    with pytest.raises(InvalidInput, match="no bridge yet"):
        run("take", "hub-7", "button", "--alarm", "pendant")
    with pytest.raises(InvalidInput, match="cancels nobody's alarm"):
        run("take", "hub-7", "button", "--alarm", "cancel")
    with pytest.raises(NotFound):
        run("bridge", "hub-9", "--dialect", "shelly")
    world.register.devices.change_settings("oak", "hub-7", lambda _: {"bridge": {"dialect": "x"}})
    with pytest.raises(InvalidInput, match="cannot be understood"):
        run("bridge", "hub-7", "--dialect", "shelly")
    assert hub(world).bridge is None
