"""The gateway as it is really started."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path

import pytest

from gateway.sources.mqtt_endpoint.tls import server_tls
from gateway.wiring import addresses_of, run
from telecare.authority import own_tls
from telecare.clock import HandClock, RealClock
from telecare.errors import LaneTaken, NotMigrated, SettingsError
from telecare.settings import Settings
from tests.harness.door import GatewayProcess, gateway_process, world_of
from tests.harness.ear import county, ear
from tests.harness.mosquitto import mosquitto
from tests.harness.mqtt import MqttClient, connect
from tests.harness.postgres import free_port


def test_a_port_that_is_taken_is_said_in_one_sentence(sqlite_settings: Settings) -> None:
    with (
        socket.create_server(("127.0.0.1", sqlite_settings.mqtt_port)),
        pytest.raises(SettingsError, match="TELECARE_MQTT_PORT"),
    ):
        run(sqlite_settings)


def test_without_tables_it_does_not_start(tmp_path_factory: pytest.TempPathFactory) -> None:
    with pytest.raises(NotMigrated, match="telecare migrate"):
        run(Settings(data_dir=tmp_path_factory.mktemp("empty")))


def test_nowhere_to_listen(sqlite_settings: Settings) -> None:
    nowhere = sqlite_settings.model_copy(update={"mqtt_port": 0, "mqtts_port": 0})
    with pytest.raises(SettingsError, match="nowhere to listen"):
        addresses_of(nowhere)


def test_a_broker_alone_whose_session_is_gone_ends_it_with_a_sentence(
    sqlite_settings: Settings, clock: HandClock, tmp_path: Path
) -> None:
    with mosquitto(tmp_path / "broker") as broker:
        with ear(sqlite_settings, clock, county(broker.port)) as listening:
            listening.until_listening()
        broker.kill()
        broker.again()
        file = tmp_path / "brokers.toml"
        file.write_text(
            f'[[broker]]\nname = "county"\norg = "oak"\nhost = "127.0.0.1"\nport = {broker.port}\n'
            'tls = false\n[[broker.listen]]\nfilter = "telecare/v1/oak/+/up/#"\n'
        )
        alone = {"mqtt_port": 0, "mqtts_port": 0, "brokers": file}
        with pytest.raises(SettingsError, match="telecare brokers accept-new-session county"):
            run(sqlite_settings.model_copy(update=alone))


def a_broker_without_its_password(folder: Path) -> Path:
    (folder / "ours").write_bytes(b"na\xefve")
    file = folder / "brokers.toml"
    file.write_text(
        f'[[broker]]\nname = "county"\norg = "oak"\nhost = "127.0.0.1"\nport = {free_port()}\n'
        f'tls = false\npassword_file = "{folder / "ours"}"\n'
        '[[broker.listen]]\nfilter = "telecare/v1/oak/+/up/#"\n'
    )
    return file


def test_a_broker_whose_password_cannot_be_read_keeps_no_door_shut(
    sqlite_settings: Settings, tmp_path: Path
) -> None:
    settings = sqlite_settings.model_copy(
        update={"brokers": a_broker_without_its_password(tmp_path)}
    )
    with world_of(settings, RealClock()) as world:
        hub = world.hub("hub-7")
        with gateway_process(settings), MqttClient(settings.mqtt_port) as device:
            assert device.connect(hub.username, hub.password) == 0


def test_where_that_broker_is_all_there_is_it_does_not_start(
    sqlite_settings: Settings, tmp_path: Path
) -> None:
    alone = {
        "mqtt_port": 0, "mqtts_port": 0, "brokers": a_broker_without_its_password(tmp_path),
    }  # fmt: skip
    with pytest.raises(SettingsError, match="county cannot be used: its password_file cannot be"):
        run(sqlite_settings.model_copy(update=alone))


def test_a_certificate_that_cannot_be_used(sqlite_settings: Settings) -> None:
    missing = sqlite_settings.data_dir / "missing.pem"
    with pytest.raises(SettingsError, match="TELECARE_TLS_CERTIFICATE"):
        server_tls(missing, missing)


def test_a_second_gateway_of_the_same_lane_does_not_start(settings: Settings) -> None:
    with gateway_process(settings), pytest.MonkeyPatch.context() as patch:
        patch.setattr("gateway.wiring.PATIENCE_SECONDS", 0.0)
        with pytest.raises(LaneTaken, match="TELECARE_LANE_NUMBER"):
            run(settings.model_copy(update={"mqtt_port": 0}))


def test_over_tls_with_the_installations_own_authority(sqlite_settings: Settings) -> None:
    with world_of(sqlite_settings, RealClock()) as world:
        hub = world.hub("hub-7")
        process = GatewayProcess(sqlite_settings, tls=True)
        try:
            process.wait_until_ready()
            trust = ssl.create_default_context(
                cafile=str(own_tls(sqlite_settings.data_dir).authority)
            )
            with (
                socket.create_connection(("127.0.0.1", sqlite_settings.mqtts_port), 20) as raw,
                trust.wrap_socket(raw, server_hostname="localhost") as line,
            ):
                line.sendall(connect(hub.username, hub.password))
                assert line.recv(4) == b"\x20\x02\x00\x00"
        finally:
            process.kill()
