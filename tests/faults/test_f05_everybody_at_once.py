"""F05: the power comes back, and with it every home behind the broker."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from pathlib import Path

from gateway.broker_health import LONGEST_WAIT, Knocking
from simulators.bench.homecoming import Cut, Homecoming
from simulators.bench.ingest import bench_devices
from telecare.clock import HandClock, RealClock
from telecare.settings import Settings
from telecare.vocabulary import ReadingKind
from tests.harness.door import open_door, world_of
from tests.harness.ear import county, ear
from tests.harness.mosquitto import OPEN, ROOM, mosquitto
from tests.harness.mqtt import MqttClient, publish
from tests.harness.waiting import until

HOMES, BACKLOG = 100, 2000
UP = "telecare/v1/oak/hub-{}/up/{}"


def test_a_press_from_every_home_among_their_backlogs(
    sqlite_settings: Settings, clock: HandClock, tmp_path: Path
) -> None:
    settings = sqlite_settings
    with (
        world_of(settings, clock) as world,
        mosquitto(tmp_path / "broker", OPEN + ROOM) as broker,
        ear(settings, clock, county(broker.port)) as listening,
        ExitStack() as leave,
    ):
        listening.until_listening()
        hubs = [leave.enter_context(MqttClient(broker.port)) for _ in range(HOMES)]
        for number, hub in enumerate(hubs):
            assert hub.connect("", "", client_id=f"hub-{number}") == 0
            hub.send(
                b"".join(
                    publish(
                        UP.format(number, "reading"),
                        b'{"id": "r-%d", "type": "motion"}' % each,
                        each + 1,
                    )
                    for each in range(BACKLOG // HOMES)
                )
            )
        for number, hub in enumerate(hubs):
            press = b'{"id": "a-1", "type": "pendant"}'
            assert hub.publish(UP.format(number, "alarm"), press) == 0
        until(lambda: listening.service.figures["stored"] == HOMES + BACKLOG)
        presses = {each.device for each in world.signals()}
    assert len(presses) == HOMES, "each home's press, though nobody had registered them"


def test_our_own_attempts_are_spread_and_never_a_siege() -> None:
    early, late = Knocking(), Knocking()
    waits = [(early.wait(0.0), late.wait(1.0)) for _ in range(10)]
    assert waits[0] == (0.5, 1.0)
    assert all(first < last for first, last in waits)
    assert waits[-1] == (LONGEST_WAIT / 2, LONGEST_WAIT)
    late.ended(5.0)
    assert late.wait(1.0) == LONGEST_WAIT, "a connection that ends at once is no success"
    late.ended(60.0)
    assert late.wait(1.0) == 1.0


def test_every_home_dials_in_one_second_and_each_press_is_heard(sqlite_settings: Settings) -> None:
    """At our own door; with 5,000 homes and its times: `telecare bench power`."""
    settings, clock = sqlite_settings, RealClock()
    callers = bench_devices(settings, HOMES)
    with world_of(settings, clock) as world, open_door(settings, clock) as door:
        cut = Cut(
            host="127.0.0.1", port=door.port, callers=callers, backlog=BACKLOG // HOMES,
            presses=HOMES // 5, seconds=1.0,
        )  # fmt: skip
        back = asyncio.run(Homecoming(cut).run())
        assert (back.connected, back.acknowledged) == (HOMES, BACKLOG)
        assert {each.device for each in world.signals()} == set(back.pressed)
        kinds = [each.kind for each in world.readings()]
    assert (kinds.count(ReadingKind.ALARM), len(back.pressed)) == (HOMES // 5, HOMES // 5)
    assert len(kinds) == BACKLOG + HOMES // 5
