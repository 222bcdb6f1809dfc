"""Somebody takes a locating device along: what it says of where they go.

The ways and the receiver's errors are those on which the judgement is measured.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

from detectors.evaluation.receiver import Cover, Leg, Receiver, receive
from detectors.evaluation.walks import Lost, Walker, strayed
from detectors.position import Ground
from simulators.backoff import Backoff
from simulators.chance import chance
from simulators.connection import Door, HubConnection, Identity
from simulators.devices import Hub
from simulators.happening import Happening
from telecare.clock import Clock
from telecare.vocabulary import ReadingKind

LOCATOR = "locator"
_BATTERY = 64.0
_HOME = (0.0, 0.0)


def located(
    legs: Sequence[Leg], position: tuple[float, float], receiver: Receiver, seed: int
) -> Iterator[Happening]:
    """What the device says along `legs`, which are metres from the home at `position`."""
    ground = Ground(*position)
    for heard in receive(legs, receiver, chance(LOCATOR, seed)):
        data: dict[str, float] = {"battery": _BATTERY}
        if heard.point is not None:
            latitude, longitude = ground.position(heard.point)
            data |= {
                "lat": round(latitude, 6),
                "lon": round(longitude, 6),
                "accuracy_m": round(heard.accuracy_m, 1),
            }
        yield Happening(
            at=datetime.fromtimestamp(round(heard.at, 3), UTC),
            sensor=LOCATOR,
            type="location",
            kind=ReadingKind.LOCATION,
            data=data,
        )


def wanders_at_night(
    position: tuple[float, float], at: datetime, lost_for: timedelta, seed: int
) -> list[Happening]:
    """Out at `at`, to and fro somewhere, and brought home by somebody after `lost_for`."""
    begins = at.timestamp()
    stray = strayed(Lost.PACING, begins, lost_for.total_seconds() / 60, chance("wanders", seed))
    last = stray.legs[-1]
    back = Walker(last.ends, last.end)
    back.walk([_HOME], 1.2)
    back.stay(240, Cover.OPEN)
    before = Leg(begins - 120, begins, _HOME, _HOME, Cover.INDOORS)
    return list(located([before, *stray.legs, *back.legs], position, Receiver(), seed))


async def carry(
    happenings: Iterable[Happening], identity: Identity, door: Door, clock: Clock, seed: int
) -> None:
    """Say each happening at its time, over the device's own line, until all are heard."""
    device = Hub(seed, heartbeat_s=None)
    connection = HubConnection(device, identity, door, clock, Backoff(seed))
    async with asyncio.TaskGroup() as tasks:
        line = tasks.create_task(connection.run())
        for happening in happenings:
            while (left := (happening.at - clock.now()).total_seconds()) > 0:  # noqa: ASYNC110
                await asyncio.sleep(clock.real_seconds(left))
            device.happened(happening)
            connection.wake()
        while device.backlog or device.unheard_alarms:  # noqa: ASYNC110 - the line tells nobody when it has been heard
            await asyncio.sleep(0.1)
        line.cancel()
