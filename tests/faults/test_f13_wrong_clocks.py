"""F13: a device's clock stands at 1970, runs an hour ahead, or drifts."""

from __future__ import annotations

from datetime import timedelta

from telecare.clock import HandClock
from telecare.settings import Settings
from telecare.vocabulary import ClaimOfTime
from tests.conftest import NIGHT
from tests.harness.door import open_door, world_of
from tests.harness.mqtt import MqttClient

CLAIMS = {
    "exact": ("2026-03-10T02:53:10Z", ClaimOfTime.TRUSTED),
    "drifting": ("2026-03-10T02:51:40Z", ClaimOfTime.TRUSTED),
    "stored": ("2026-03-09T20:00:00Z", ClaimOfTime.LATE),
    "ahead": ("2026-03-10T03:53:10Z", ClaimOfTime.WRONG),
    "epoch": ("1970-01-01T00:00:00Z", ClaimOfTime.WRONG),
}


def test_duties_count_from_receipt_and_the_claim_is_kept(
    settings: Settings, clock: HandClock
) -> None:
    with world_of(settings, clock) as world:
        hub = world.hub("hub-7")
        with open_door(settings, clock) as door, MqttClient(door.port) as client:
            assert client.connect(hub.username, hub.password) == 0
            for name, (at, _) in CLAIMS.items():
                payload = f'{{"id": "{name}", "type": "pendant", "at": "{at}"}}'.encode()
                assert client.publish("telecare/v1/oak/hub-7/up/alarm", payload) == 0
        readings, signals = world.readings(), world.signals()
        assert {each.id: each.time_claim for each in readings} == {
            name: claim for name, (_, claim) in CLAIMS.items()
        }
        assert all(each.raised_at == NIGHT for each in signals)
        assert [each.reading for each in signals if each.late] == ["stored"]
        for each in readings:
            assert each.at is not None
            assert each.at.isoformat()[:19] + "Z" == CLAIMS[each.id][0]
            if each.time_claim is ClaimOfTime.WRONG:
                assert each.occurred_at == NIGHT
            else:
                assert NIGHT - timedelta(days=7) <= each.occurred_at <= NIGHT


def test_while_our_own_clock_is_ahead_a_hub_that_knows_the_time_is_heard_as_of_now(
    settings: Settings, clock: HandClock
) -> None:
    """And a hub whose own clock is slow is: a press is of now, and not a late one."""
    with world_of(settings, clock) as world:
        hub = world.hub("hub-7")
        with open_door(settings, clock) as door, MqttClient(door.port) as client:
            assert client.connect(hub.username, hub.password) == 0

            def says(kind: str, name: str, by: timedelta) -> None:
                at = (clock.now() - by).isoformat()
                payload = f'{{"id": "{name}", "type": "pendant", "at": "{at}"}}'.encode()
                assert client.publish(f"telecare/v1/oak/hub-7/up/{kind}", payload) == 0

            ahead = timedelta(minutes=50)
            clock.jump_wall(seconds=ahead.total_seconds())
            for number in range(3):
                says("heartbeat", f"h-{number}", ahead)
                clock.forward(minutes=1)
            pressed_at = clock.now()
            says("alarm", "p-1", ahead)
            clock.jump_wall(seconds=-ahead.total_seconds())
            says("alarm", "p-2", timedelta(0))
            says("alarm", "p-3", timedelta(hours=5))
        (ahead_of_us, right, stored) = world.signals()
        assert (ahead_of_us.late, ahead_of_us.occurred_at) == (False, pressed_at)
        assert not right.late
        assert stored.late, "what it had kept is still told as such"
