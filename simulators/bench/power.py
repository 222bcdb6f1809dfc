"""The power comes back to thousands of homes in one second: how soon is a press on the desk?"""

from __future__ import annotations

import asyncio
import subprocess
import sys

import msgspec

from simulators.access import access_for
from simulators.bench.connections import allow_files
from simulators.bench.homecoming import Back, Cut
from simulators.bench.ingest import ORG, bench_devices
from simulators.bench.live import LiveListener
from simulators.bench.percentiles import Latencies
from simulators.installation import private_settings, running
from telecare.clock import RealClock
from telecare.errors import TelecareError
from telecare.register import open_register
from telecare.settings import Settings
from telecare.store.migrate import migrate

LAST_ALERT_WITHIN_S = 30.0


class PowerFigures(msgspec.Struct, frozen=True, kw_only=True):
    """What `telecare bench power` prints."""

    homes: int
    connected: int
    connected_after_s: float
    """Until the last was in, counted from the first dial."""
    connect_ms: dict[str, float | None]
    dials: int
    dials_in_the_busiest_second: int
    backlog_acknowledged: int
    presses: int
    alerts: int
    lost: int
    """Presses that stood on nobody's list in the end."""
    press_to_puback_ms: dict[str, float | None]
    press_to_desk_ms: dict[str, float | None]
    """From the press, also where its hub was not in yet, to the operator's stream."""


def power(
    homes: int, presses: int, backlog: int, seconds: float, *, database_url: str | None
) -> PowerFigures:
    """Measure a private installation with all its services.

    Raises `StoreUnavailable` when it does not start, `TelecareError` where this user may not
    open so many files.
    """
    allow_files(homes + 200)
    with private_settings(database_url=database_url) as settings:
        migrate(settings)
        callers = bench_devices(settings, homes)
        register = open_register(settings)
        access = access_for(register, ORG, settings.public_url, settings.data_dir / "desk.json")
        register.close()
        cut = Cut(
            host=settings.bind, port=settings.mqtt_port, callers=callers, backlog=backlog,
            presses=presses, seconds=seconds,
        )  # fmt: skip
        with running(settings):
            return asyncio.run(_measure(settings, cut, access.api_token))


async def _measure(settings: Settings, cut: Cut, token: str) -> PowerFigures:
    listener = LiveListener(settings.bind, settings.http_port, token)
    async with asyncio.TaskGroup() as tasks:
        listening = tasks.create_task(listener.run(RealClock()))
        await listener.connected.wait()
        back = await asyncio.to_thread(_come_back, cut)
        pressed = {device.removesuffix("-hub"): at for device, at in back.pressed.items()}
        await listener.heard_all(set(pressed), LAST_ALERT_WITHIN_S)
        listening.cancel()
    waits = Latencies()
    for home, at in pressed.items():
        if home in listener.heard:
            waits.record(listener.heard[home].at - at)
    return PowerFigures(
        homes=len(cut.callers),
        connected=back.connected,
        connected_after_s=back.connected_after_s,
        connect_ms=back.connect_ms,
        dials=back.dials,
        dials_in_the_busiest_second=back.dials_in_the_busiest_second,
        backlog_acknowledged=back.acknowledged,
        presses=len(pressed),
        alerts=waits.count,
        lost=len(pressed) - waits.count,
        press_to_puback_ms=back.puback_ms,
        press_to_desk_ms=waits.figures(),
    )


def _come_back(cut: Cut) -> Back:
    done = subprocess.run(
        [sys.executable, "-m", "simulators.bench.homecoming"],
        input=msgspec.json.encode(cut),
        stdout=subprocess.PIPE,
        check=False,
    )
    if done.returncode:
        raise TelecareError("The homes that came back failed; their last lines above say why.")
    return msgspec.json.decode(done.stdout, type=Back)
