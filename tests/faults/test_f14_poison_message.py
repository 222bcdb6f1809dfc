"""F14: poison: the connection lives, the bytes are kept, the next message is heard."""

from __future__ import annotations

import random

from telecare.clock import RealClock
from telecare.settings import Settings
from telecare.vocabulary import SignalKind
from tests.harness.door import open_door, world_of
from tests.harness.mqtt import MqttClient

UP = "telecare/v1/oak/hub-7/up/"
SOUND = b'{"id": "%d", "type": "pendant", "at": "2026-03-10T02:53:10Z", "battery": 81}'
POISON = [
    b"",
    b"\x00" * 1000,
    b"\xff\xfe" * 500,
    b"[" * 200_000,
    b'{"a":' * 50_000,
    b'{"id": "' + b"x" * 200_000 + b'"}',
    b'{"id": "a", "type": "pendant", "value": -1e400}',
    b'{"id": "\\ud800", "type": "pendant"}',
    b"x" * 3_000_000,
]


def test_every_poison_is_kept_and_a_press_follows_it(settings: Settings) -> None:
    with world_of(settings, RealClock()) as world:
        hub = world.hub("hub-7")
        with open_door(settings, RealClock()) as door, MqttClient(door.port) as client:
            assert client.connect(hub.username, hub.password) == 0
            for number, poison in enumerate(POISON):
                assert client.publish(UP + "alarm", poison) == 0
                assert client.publish(UP + "alarm", SOUND % number) == 0
        signals = [signal.kind for signal in world.signals()]
        assert signals == [SignalKind.UNREADABLE_ALARM, SignalKind.ALARM] * len(POISON)
        assert sorted(row.size for row in world.quarantine()) == sorted(map(len, POISON))


def test_fuzz_on_an_alarm_topic_never_passes_unseen(sqlite_settings: Settings) -> None:
    chance = random.Random(14)
    with world_of(sqlite_settings, RealClock()) as world:
        hub = world.hub("hub-7")
        with open_door(sqlite_settings, RealClock()) as door, MqttClient(door.port) as client:
            assert client.connect(hub.username, hub.password) == 0
            payloads = set()
            for number in range(300):
                payload = bytearray(SOUND % number)
                for _ in range(chance.randint(1, 6)):
                    payload[chance.randrange(len(payload))] = chance.randrange(256)
                payloads.add(bytes(payload))
                assert client.publish(UP + "alarm", bytes(payload)) == 0
        readings, quarantine = world.readings(), world.quarantine()
        assert len(readings) + len(quarantine) <= len(payloads)
        assert len(world.signals()) == len(readings) + len(quarantine)
        assert {row.payload for row in quarantine} <= payloads
