"""The doctor finds what would leave a bridge or a careline unit unheard."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.commands_careline import register_careline
from gateway.examination import examine
from telecare.clock import HandClock
from telecare.errors import SettingsError
from telecare.settings import Settings
from tests.harness.door import world_of

BROKER = """
[[broker]]
name = "county"
org = "oak"
host = "mqtt.example"
port = 1883
tls = false
[[broker.listen]]
filter = "farm/zigbee2mqtt/#"
root = "farm/zigbee2mqtt/"
dialect = "zigbee2mqtt"
device = "bridge-7"
"""


def bad(settings: Settings) -> list[str]:
    return [each.sentence for each in examine(settings) if not each.well]


def test_an_installation_without_either_has_nothing_to_say(sqlite_settings: Settings) -> None:
    assert list(examine(sqlite_settings)) == []


def test_a_bridge_nobody_understands(sqlite_settings: Settings, clock: HandClock) -> None:
    with world_of(sqlite_settings, clock) as world:
        world.hub("hub-7")
        world.register.devices.change_settings(
            "oak", "hub-7", lambda _: {"bridge": {"dialects": ["zigby"]}}
        )
        assert ["oak/hub-7" in each for each in bad(sqlite_settings)] == [True]


def test_units_that_nobody_hears(sqlite_settings: Settings, clock: HandClock) -> None:
    with world_of(sqlite_settings, clock) as world:
        for name in ("unit-7", "unit-8"):
            world.hub(name)
        register_careline(world.register, "oak", "unit-7", "900")
        (first, second) = world.register.devices.devices("oak")
        assert first.device == "unit-7"
        world.register.devices.change_settings("oak", second.device, lambda _: first.settings)
        found = bad(sqlite_settings)
        assert [any(word in each for each in found) for word in
                ("nobody listens", "900", "whom to call")] == [True] * 3  # fmt: skip
        heard = sqlite_settings.model_copy(update={"sip_port": 5060, "call_target": "sip:a@b"})
        assert ["900" in each for each in bad(heard)] == [True]
        zeros = {"careline": first.settings["careline"] | {"controller": "0900"}}
        world.register.devices.change_settings("oak", second.device, lambda _: zeros)
        assert ["900" in each for each in bad(heard)] == [True]


def test_a_broker_whose_bridge_nobody_registered(
    sqlite_settings: Settings, clock: HandClock, tmp_path: Path
) -> None:
    file = tmp_path / "brokers.toml"
    file.write_text(BROKER)
    settings = sqlite_settings.model_copy(update={"brokers": file})
    with world_of(settings, clock) as world:
        assert ["(bridge-7)" in each for each in bad(settings)] == [True, False]
        world.hub("bridge-7")
        assert ["without TLS" in each for each in bad(settings)] == [True]
        file.write_text(BROKER.replace("tls = false", ""))
        assert bad(settings) == []


def test_a_broker_whose_password_cannot_be_read_is_a_finding(
    sqlite_settings: Settings, clock: HandClock, tmp_path: Path
) -> None:
    file = tmp_path / "brokers.toml"
    file.write_text(BROKER.replace("tls = false", f'password_file = "{tmp_path / "absent"}"'))
    settings = sqlite_settings.model_copy(update={"brokers": file})
    with world_of(settings, clock) as world:
        world.hub("bridge-7")
        assert ["password_file cannot be read" in each for each in bad(settings)] == [True]


def test_a_network_nobody_understands(sqlite_settings: Settings) -> None:
    wrong = sqlite_settings.model_copy(update={"sip_port": 5060, "sip_trusted": "10.0.0.0/33"})
    with pytest.raises(SettingsError, match="TELECARE_SIP_TRUSTED"):
        list(examine(wrong))


def test_unregistered_units_that_nobody_would_see(
    sqlite_settings: Settings, clock: HandClock
) -> None:
    trusting = sqlite_settings.model_copy(update={"sip_port": 5060, "sip_trusted": "10.0.0.0/8"})
    with world_of(sqlite_settings, clock) as world:
        world.hub("hub-7")
        with pytest.raises(SettingsError, match="TELECARE_SIP_STRAY_ORG"):
            list(examine(trusting))
        elm, oak = (trusting.model_copy(update={"sip_stray_org": org}) for org in ("elm", "oak"))
        assert ["organisation elm" in each for each in bad(elm)] == [True]
        assert bad(oak) == []
