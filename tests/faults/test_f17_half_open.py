"""F17: a hub's line is cut half-way, or the hub hangs: nobody hears of it, so nobody may call it
well. Told as unknown when it is late, as silent by its own policy, and its connection ends.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from detectors.device_health import DeviceHealth
from responder.equipment import Presence, heard, presence
from telecare.register.classes import policy_of
from telecare.register.device import Device
from telecare.vocabulary import SignalKind
from tests.harness.diary import FIRST_DAY, Diary, local, tell, watched

NOON = local(FIRST_DAY, "12:00")
MINUTE = timedelta(minutes=1)


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
