"""F38: the register neither answers nor fails: who was known comes in, and nothing else waits."""

from __future__ import annotations

import threading
from contextlib import ExitStack

import pytest

from gateway import fresh_look
from telecare.clock import RealClock
from telecare.errors import StoreUnavailable
from telecare.register import Register
from telecare.settings import Settings
from tests.harness.door import open_door, world_of
from tests.harness.mqtt import MqttClient, connect
from tests.harness.waiting import until

BAD_CREDENTIALS, UNAVAILABLE = 4, 3
STRANGERS = 100
PRESS = b'{"id": "p-%d", "type": "pendant"}'


def test_known_hubs_come_in_press_and_are_missed(
    sqlite_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer, asked, plain = threading.Event(), threading.Event(), Register.version

    def version(register: Register) -> int:
        asked.set()
        answer.wait()
        return plain(register)

    with world_of(sqlite_settings, RealClock()) as world:
        hub = world.hub("hub-7")
        with (
            open_door(sqlite_settings, RealClock()) as door,
            MqttClient(door.port) as first,
            MqttClient(door.port) as silent,
        ):
            assert first.connect(hub.username, hub.password) == 0
            monkeypatch.setattr(Register, "version", version)
            try:
                asked.wait()
                silent.send(connect(hub.username, hub.password, client_id="silent", keepalive=1))
                assert silent.read() is not None
                for number in range(12):
                    with MqttClient(door.port) as client:
                        known = client.connect(hub.username, hub.password, client_id=f"c{number}")
                        assert known == 0
                        up = "telecare/v1/oak/hub-7/up/alarm"
                        assert client.publish(up, PRESS % number) == 0
                assert silent.read() is None, "its silence is noticed all the same"
            finally:
                answer.set()
        until(lambda: len(world.signals()) == 12)


def test_strangers_who_guess_meanwhile_keep_no_hub_waiting(
    sqlite_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their no waits for the register. It holds no thread that a hub of ours needs."""
    answer, asked, plain = threading.Event(), threading.Event(), Register.version

    def version(register: Register) -> int:
        asked.set()
        answer.wait()
        return plain(register)

    monkeypatch.setattr(fresh_look, "PATIENCE_SECONDS", 600.0)
    with world_of(sqlite_settings, RealClock()) as world, ExitStack() as leave:
        hub = world.hub("hub-7")
        door = leave.enter_context(open_door(sqlite_settings, RealClock()))
        with MqttClient(door.port) as client:
            assert client.connect(hub.username, hub.password) == 0
        monkeypatch.setattr(Register, "version", version)
        leave.callback(answer.set)
        asked.wait()
        strangers = [leave.enter_context(MqttClient(door.port)) for _ in range(STRANGERS)]
        for number, each in enumerate(strangers):
            each.send(connect(hub.username, f"guess {number}"))
        with MqttClient(door.port) as client:
            assert client.connect(hub.username, hub.password, client_id="again") == 0
        assert not any(each.has_more for each in strangers), "none was told no before we looked"
        answer.set()
        for each in strangers:
            refused = each.read()
            assert refused is not None
            assert refused[1][1] == BAD_CREDENTIALS


def test_while_nobody_knows_a_device_is_not_told_that_its_password_is_wrong(
    sqlite_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some devices would never try again."""
    with world_of(sqlite_settings, RealClock()) as world:
        hub = world.hub("hub-7")
        with open_door(sqlite_settings, RealClock()) as door:
            with MqttClient(door.port) as client:
                assert client.connect(hub.username, hub.password) == 0

            def away(_: Register) -> int:
                raise StoreUnavailable

            monkeypatch.setattr(Register, "version", away)
            new = world.hub("hub-8")
            with MqttClient(door.port) as client:
                assert client.connect(new.username, new.password) == UNAVAILABLE
            monkeypatch.undo()
            with MqttClient(door.port) as client:
                assert client.connect(new.username, new.password) == 0
