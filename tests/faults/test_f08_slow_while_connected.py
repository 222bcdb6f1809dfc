"""F08: we are connected and slow: the disk does not take what the broker delivers."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from gateway.intake import Intake
from gateway.store import GatewayStore
from telecare.clock import HandClock
from telecare.settings import Settings
from tests.harness.door import world_of
from tests.harness.ear import county, ear
from tests.harness.mosquitto import OPEN, ROOM, mosquitto
from tests.harness.mqtt import MqttClient
from tests.harness.waiting import until


class Slow:
    """A store that commits when it is let."""

    def __init__(self, store: GatewayStore, may: threading.Event) -> None:
        self._store = store
        self._may = may

    def commit(self, intakes: Sequence[Intake]) -> list[bool]:
        self._may.wait(60)
        return self._store.commit(intakes)

    def probe(self) -> None:
        self._store.probe()

    def tidy(self) -> bool:
        return self._store.tidy()


@pytest.mark.parametrize(
    ("limits", "sent", "lost"),
    [(ROOM, 1200, False), ("max_queued_messages 50\nmax_inflight_messages 10\n", 80, True)],
    ids=["as we advise", "too small"],
)
def test_what_waits_is_kept_or_its_loss_is_told(
    sqlite_settings: Settings,
    clock: HandClock,
    tmp_path: Path,
    limits: str,
    sent: int,
    *,
    lost: bool,
) -> None:
    settings, may = sqlite_settings, threading.Event()
    may.set()
    with (
        world_of(settings, clock) as world,
        mosquitto(tmp_path / "broker", OPEN + limits) as broker,
        ear(
            settings, clock, county(broker.port, version=4), keeper=lambda store: Slow(store, may)
        ) as listening,
        MqttClient(broker.port) as hub,
    ):  # fmt: skip
        listening.until_listening()
        may.clear()
        assert hub.connect("", "", client_id="hub-7") == 0
        for number in range(sent):
            body = b'{"id": "r-%d", "type": "motion"}' % number
            assert hub.publish("telecare/v1/oak/hub-7/up/reading", body) == 0
        may.set()
        if lost:
            until(lambda: [each.type for each in world.signals()] == ["broker_dropped"])
            assert len(world.readings()) < sent
        else:
            until(lambda: listening.service.figures["stored"] == sent)
            assert world.signals() == []
