"""The database goes away, or the disk is full: nothing is promised, nothing is lost."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import psycopg
import pytest
from sqlalchemy import event

from gateway.store import GatewayStore
from telecare.clock import RealClock
from telecare.observe import health_of
from telecare.settings import Settings
from tests.harness.door import Unplugged, gateway_process, open_door, world_of
from tests.harness.mqtt import MqttClient
from tests.harness.waiting import until

UP = "telecare/v1/oak/hub-7/up/"


def test_while_the_database_is_away_there_is_no_puback_and_then_there_is(
    sqlite_settings: Settings,
) -> None:
    made: list[Unplugged] = []

    def unpluggable(store: GatewayStore) -> Unplugged:
        made.append(Unplugged(store))
        return made[0]

    with (
        world_of(sqlite_settings, RealClock()) as world,
        ThreadPoolExecutor(1) as beside,
    ):
        hub = world.hub("hub-7")
        with (
            open_door(sqlite_settings, RealClock(), keeper=unpluggable) as door,
            MqttClient(door.port) as client,
        ):
            assert client.connect(hub.username, hub.password) == 0
            made[0].is_unplugged.set()
            press = b'{"id": "p-1", "type": "pendant"}'
            answer = beside.submit(client.publish, UP + "alarm", press)
            made[0].tried.wait()
            until(lambda: not health_of(sqlite_settings.data_dir, "gateway").working)
            assert not answer.done()
            assert world.records() == []
            made[0].is_unplugged.clear()
            assert answer.result() == 0
            until(lambda: health_of(sqlite_settings.data_dir, "gateway").working)
        assert len(world.signals()) == 1


def test_a_full_disk_holds_the_puback_back_until_there_is_room(sqlite_settings: Settings) -> None:
    full = threading.Event()

    def limited(store: GatewayStore) -> GatewayStore:
        # The real SQLite really finds no room: this is how it limits its own file.
        engine = store._database.engine

        @event.listens_for(engine, "begin")
        def limit(connection: object) -> None:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar()  # type: ignore[attr-defined]
            wanted = pages if full.is_set() else 1_000_000
            connection.exec_driver_sql(f"PRAGMA max_page_count = {wanted}")  # type: ignore[attr-defined]

        return store

    with (
        world_of(sqlite_settings, RealClock()) as world,
        ThreadPoolExecutor(1) as beside,
    ):
        hub = world.hub("hub-7")
        with (
            open_door(sqlite_settings, RealClock(), keeper=limited) as door,
            MqttClient(door.port) as client,
        ):
            assert client.connect(hub.username, hub.password) == 0
            full.set()
            note = "x" * 100_000
            window = f'{{"id": "w-1", "note": "{note}"}}'.encode()
            answer = beside.submit(client.publish, UP + "acceleration", window)
            until(lambda: not health_of(sqlite_settings.data_dir, "gateway").working)
            assert "full" in health_of(sqlite_settings.data_dir, "gateway").detail
            assert not answer.done()
            full.clear()
            assert answer.result() == 0
        assert [reading.id for reading in world.readings()] == ["w-1"]


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_every_connection_to_the_server_is_cut_and_the_gateway_goes_on(
    settings: Settings,
) -> None:
    assert settings.database_url is not None
    with world_of(settings, RealClock()) as world:
        hub = world.hub("hub-7")
        with gateway_process(settings), MqttClient(settings.mqtt_port) as client:
            assert client.connect(hub.username, hub.password) == 0
            for number in range(3):
                press = f'{{"id": "p-{number}", "type": "pendant"}}'.encode()
                assert client.publish(UP + "alarm", press) == 0
                with psycopg.connect(settings.database_url.get_secret_value()) as keeper:
                    keeper.execute(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                    )
            assert client.publish(UP + "alarm", b'{"id": "p-3", "type": "pendant"}') == 0
            assert client.ping()
        assert [each.reading for each in world.signals()] == ["p-0", "p-1", "p-2", "p-3"]


def test_a_beat_is_json(sqlite_settings: Settings) -> None:
    with gateway_process(sqlite_settings) as process:
        beat = Path(sqlite_settings.data_dir / "beats" / "gateway-1.json")
        assert msgspec.json.decode(beat.read_bytes())["service"] == "gateway-1"
        assert process.leave() == 0
        assert not beat.exists(), "it left in good order"
