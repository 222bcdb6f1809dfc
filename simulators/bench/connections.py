"""What does an idle hub cost the door, and how soon are all back after a power cut?"""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from simulators.bench.crowd import Crowd, Storm
from simulators.bench.generator import Caller
from simulators.bench.ingest import bench_devices
from simulators.bench.memory import own_kib
from simulators.installation import private_settings, running
from telecare.errors import TelecareError
from telecare.settings import Settings
from telecare.store.migrate import migrate

IDLE_PER_SECOND = 500.0
ALARM_EVERY = 100
"""One hub in so many comes back with somebody pressing."""


class ConnectionFigures(msgspec.Struct, frozen=True, kw_only=True):
    """What `telecare bench connections` prints."""

    connections: int
    connected: int
    refused: int
    connect_ms: dict[str, float | None]
    kib_each: float
    """Growth of the gateway's own memory by each idle connection."""
    storm_hubs: int
    storm_seconds: float
    """Until the last of the storm was in."""
    storm_connected: int
    storm_refused: int
    storm_connect_ms: dict[str, float | None]
    storm_alarms: int
    storm_alarms_acknowledged: int
    storm_alarm_ms: dict[str, float | None]
    """From dialling to the alarm's PUBACK."""


def connections(
    idle: int, hubs: int, seconds: float, *, database_url: str | None
) -> ConnectionFigures:
    """Measure a private gateway: `idle` connections, then a storm of `hubs` in `seconds`.

    Raises `TelecareError` where this user may not open so many files.
    """
    allow_files(max(idle, hubs) + 200)
    with private_settings(database_url=database_url) as settings:
        migrate(settings)
        callers = bench_devices(settings, max(idle, hubs))
        with running(settings, ["gateway"], ["gateway"]) as pid:
            before = own_kib(pid)
            job = _storm(settings, callers[:idle], idle / IDLE_PER_SECOND)
            with _crowd(job) as quiet:
                each = (own_kib(pid) - before) / max(1, quiet.connected)
        with (
            running(settings, ["gateway"], ["gateway"]),
            _crowd(_storm(settings, callers[:hubs], seconds, ALARM_EVERY)) as storm,
        ):
            pass
    return ConnectionFigures(
        connections=idle,
        connected=quiet.connected,
        refused=quiet.refused,
        connect_ms=quiet.connect_ms,
        kib_each=round(each, 2),
        storm_hubs=hubs,
        storm_seconds=storm.seconds,
        storm_connected=storm.connected,
        storm_refused=storm.refused,
        storm_connect_ms=storm.connect_ms,
        storm_alarms=storm.alarms,
        storm_alarms_acknowledged=storm.acknowledged,
        storm_alarm_ms=storm.alarm_ms,
    )


def _storm(settings: Settings, callers: list[Caller], seconds: float, every: int = 0) -> Storm:
    return Storm(
        host=settings.bind,
        port=settings.mqtt_port,
        callers=callers,
        seconds=seconds,
        alarm_every=every,
    )


@contextmanager
def _crowd(storm: Storm) -> Iterator[Crowd]:
    """The crowd, all in, until the block ends."""
    child = subprocess.Popen(
        [sys.executable, "-m", "simulators.bench.crowd"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert child.stdin is not None
    assert child.stdout is not None
    with child:
        child.stdin.write(msgspec.json.encode(storm) + b"\n")
        child.stdin.flush()
        said = child.stdout.readline()
        if not said:
            raise TelecareError("The crowd of hubs failed; its last lines above say why.")
        yield msgspec.json.decode(said, type=Crowd)
        child.stdin.close()


def allow_files(count: int) -> None:
    """Let this process open `count` files. Raises `TelecareError` where it may not."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < count <= hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (count, hard))
    elif hard < count:
        raise TelecareError(
            f"This user may open {hard} files and the bench needs {count}; raise it with "
            "`ulimit -n`, or ask for fewer connections."
        )
