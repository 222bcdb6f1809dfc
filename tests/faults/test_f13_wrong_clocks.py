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
