"""F17: a hub's line is cut half-way, or the hub hangs: nobody hears of it, so nobody may call it
well. Told as unknown when it is late, as silent by its own policy, and its connection ends.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from detectors.device_health import DeviceHealth
from responder.devices.equipment import Presence, heard, presence
from telecare.clock import HandClock
from telecare.register.classes import policy_of
from telecare.register.device import Device
from telecare.settings import Settings
from telecare.vocabulary import SignalKind
from tests.harness.black_hole import black_hole
from tests.harness.diary import FIRST_DAY, Diary, local, tell, watched
from tests.harness.door import open_door, world_of
from tests.harness.mqtt import MqttClient, connect, publish
from tests.harness.waiting import until

NOON = local(FIRST_DAY, "12:00")
MINUTE = timedelta(minutes=1)
ALARM, PRESS = "telecare/v1/oak/hub-7/up/alarm", b'{"id": "a-1", "type": "pendant"}'
WELCOME = (0x20, b"\x00\x00")


def test_from_its_last_word_on_it_is_late_then_silent_and_never_well_by_default() -> None:
    diary = Diary(hub="hub-7")
    hub = Device(org="county", device="hub-7", home="home-1", heartbeat_seconds=300)
    policy = policy_of(hub, {})
    assert policy.silent_after is not None
    profile = diary.profile(hubs={"hub-7": policy.silent_after})
    home = watched(DeviceHealth(profile), profile)
    last = diary.beat(NOON)
    tell(home, [last])
    said = heard(None, last)

    def told(at: datetime) -> tuple[Presence, list[SignalKind]]:
        return presence(policy, said.heard_at, at), [each.kind for each in home.tick(at)]

    assert told(NOON + 5 * MINUTE) == (Presence.PRESENT, [])
    assert told(NOON + 11 * MINUTE) == (Presence.UNKNOWN, [])
    assert told(NOON + 16 * MINUTE) == (Presence.SILENT, [SignalKind.HUB_SILENT])
    assert told(NOON + 99 * MINUTE) == (Presence.SILENT, [])


@pytest.mark.parametrize("keepalive", [1, 600])
def test_a_line_that_swallows_all_is_noticed_or_taken_over_and_the_press_is_heard(
    sqlite_settings: Settings, clock: HandClock, keepalive: int
) -> None:
    """Noticed within the keepalive by itself; with a long one, by the hub's coming again."""
    with (
        world_of(sqlite_settings, clock) as world,
        open_door(sqlite_settings, clock) as door,
        black_hole(door.port) as line,
    ):
        hub = world.hub("hub-7")
        hello = connect(hub.username, hub.password, client_id="hub-7", keepalive=keepalive)
        with MqttClient(line.port) as before:
            before.send(hello)
            assert before.read() == WELCOME
            line.swallow()
            before.send(publish(ALARM, PRESS))
            until(lambda: line.swallowed >= len(PRESS))
            if keepalive == 1:
                until(lambda: door.endpoint.connected == 0)
            with MqttClient(line.port) as after:
                after.send(hello)
                assert after.read() == WELCOME
                assert after.publish(ALARM, PRESS) == 0
                until(lambda: door.endpoint.connected == 1)
        assert [each.type for each in world.signals()] == ["pendant"]
