"""F15: our own decoder has a bug that one family of devices meets."""

from __future__ import annotations

from gateway.decoders.native import Statement, decode
from telecare.clock import RealClock
from telecare.settings import Settings
from telecare.vocabulary import QuarantineReason, SignalKind
from tests.harness.door import open_door, world_of
from tests.harness.mqtt import MqttClient


def decode_with_a_bug(payload: bytes) -> Statement:
    if b"radar" in payload:
        raise IndexError(payload)
    return decode(payload)


def test_that_family_is_kept_and_asked_about_and_others_do_not_notice(
    sqlite_settings: Settings,
) -> None:
    with world_of(sqlite_settings, RealClock()) as world:
        radar, hub = world.hub("radar-1"), world.hub("hub-7")
        with (
            open_door(sqlite_settings, RealClock(), decode=decode_with_a_bug) as door,
            MqttClient(door.port) as bad,
            MqttClient(door.port) as good,
        ):
            assert bad.connect(radar.username, radar.password) == 0
            assert good.connect(hub.username, hub.password) == 0
            fall = b'{"id": "f-1", "type": "fall", "by": "radar"}'
            assert bad.publish("telecare/v1/oak/radar-1/up/alarm", fall) == 0
            assert bad.publish("telecare/v1/oak/radar-1/up/status", fall) == 0
            press = b'{"id": "p-1", "type": "pendant"}'
            assert good.publish("telecare/v1/oak/hub-7/up/alarm", press) == 0
        assert {row.reason for row in world.quarantine()} == {QuarantineReason.DECODER_FAILED}
        assert {row.payload for row in world.quarantine()} == {fall}
        assert [(each.device, each.kind) for each in world.signals()] == [
            ("radar-1", SignalKind.UNREADABLE_ALARM),
            ("radar-1", SignalKind.EQUIPMENT),
            ("hub-7", SignalKind.ALARM),
        ]
