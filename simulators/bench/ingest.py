"""How many readings a second does the door make safe, and does it keep its word?"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import msgspec

from simulators.bench.generator import Caller, Job, Load
from simulators.installation import private_settings, running
from telecare.errors import TelecareError
from telecare.register import open_register
from telecare.register.devices import Device, IssuedCredential
from telecare.register.homes import Home
from telecare.settings import Settings
from telecare.store.lane import LaneReader
from telecare.store.migrate import migrate, open_database

ORG = "bench"


class IngestFigures(msgspec.Struct, frozen=True, kw_only=True):
    """What `telecare bench ingest` prints."""

    sent: int
    acknowledged: int
    stored: int
    lost: int
    """Acknowledged and not stored: must be 0."""
    refused: int
    broken: int
    rate_per_s: float
    """Acknowledged readings a second, from the first message to the last PUBACK."""
    puback_ms: dict[str, float | None]
    gateway_cpu_us: float | None
    """Processor time of the gateways for each reading, where nothing else runs; says more than the
    rate on a machine that others use, too."""


def ingest(
    connections: int,
    rate: float,
    seconds: float,
    *,
    whole: bool,
    database_url: str | None,
    window: int = 0,
    processes: int = 1,
) -> IngestFigures:
    """Measure a private installation: the gateway alone, or `whole` with all services.

    With a `window` every hub has so many messages under way at any time, whatever `rate` says.
    Several `processes` share the port. Raises `StoreUnavailable` when it does not start.
    """
    more = {"database_url": database_url, "gateway_processes": processes}
    with private_settings(**more) as settings:
        migrate(settings)
        callers = bench_devices(settings, connections)
        with _whole(settings) if whole else _gateways(settings) as gateways:
            before = _cpu_seconds(gateways)
            job = Job(
                host=settings.bind,
                port=settings.mqtt_port,
                callers=callers,
                rate=rate,
                seconds=seconds,
                run="r",
                window=window,
            )
            load = generate(job)
            spent = _cpu_seconds(gateways) - before
        stored = stored_ids(settings)
    acknowledged = acknowledged_ids(load)
    return IngestFigures(
        sent=load.sent,
        acknowledged=load.acknowledged,
        stored=len(stored),
        lost=len(acknowledged - stored),
        refused=load.refused,
        broken=load.broken,
        rate_per_s=round(load.acknowledged / load.seconds, 1) if load.seconds else 0.0,
        puback_ms=load.puback_ms,
        gateway_cpu_us=round(spent / load.acknowledged * 1e6, 1)
        if gateways and load.acknowledged
        else None,
    )


@contextmanager
def _whole(settings: Settings) -> Iterator[list[int]]:
    """All services under their supervisor; who spent which time is not to be told apart."""
    with running(settings):
        yield []


@contextmanager
def _gateways(settings: Settings) -> Iterator[list[int]]:
    """The gateways alone, each with its lane; their process ids."""
    with ExitStack() as leave:
        yield [
            leave.enter_context(
                running(
                    settings.model_copy(update={"lane_number": number}),
                    ["gateway"],
                    [f"gateway-{number}"],
                )
            )
            for number in range(1, settings.gateway_processes + 1)
        ]


def _cpu_seconds(processes: list[int]) -> float:
    """Processor time the processes have used so far."""
    ticks = 0
    for pid in processes:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def bench_devices(settings: Settings, count: int) -> list[Caller]:
    """As many homes with a hub each, and what their hubs sign in with."""
    register = open_register(settings)
    issued: list[IssuedCredential] = []
    try:
        if ORG not in {known.org for known in register.organisations.organisations()}:
            register.organisations.add_organisation(ORG, "Bench")
        names = [f"b{number:05d}" for number in range(count)]
        homes = [Home(org=ORG, home=name, address="", time_zone="Europe/London") for name in names]
        devices = [Device(org=ORG, device=f"{name}-hub", home=name) for name in names]
        register.devices.add_all(devices, homes, issued.extend)
    finally:
        register.close()
    return [
        Caller(ORG, device.device, each.username, each.password)
        for device, each in zip(devices, issued, strict=True)
    ]


def start_generator(job: Job) -> subprocess.Popen[bytes]:
    """The load in a process of its own; its figures come on standard output."""
    child = subprocess.Popen(
        [sys.executable, "-m", "simulators.bench.generator"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert child.stdin is not None
    child.stdin.write(msgspec.json.encode(job))
    child.stdin.close()
    child.stdin = None
    return child


def finish(child: subprocess.Popen[bytes]) -> Load:
    """Wait for the load's figures."""
    output, _ = child.communicate()
    if child.returncode != 0:
        raise TelecareError("The load generator failed; its last lines above say why.")
    return msgspec.json.decode(output, type=Load)


def generate(job: Job) -> Load:
    """Run the job in a process of its own, to its end."""
    return finish(start_generator(job))


def stored_ids(settings: Settings) -> set[tuple[str, str]]:
    """Device and id of every reading that is on disk."""
    database = open_database(settings, "gateway")
    try:
        return {(reading.device, reading.id) for reading in LaneReader(database).readings(ORG)}
    finally:
        database.close()


def acknowledged_ids(load: Load) -> set[tuple[str, str]]:
    """Device and id of everything that was answered: all that was sent but the unanswered."""
    unanswered = set(load.unanswered)
    return {
        (device, message)
        for device, count in load.sent_by_device.items()
        for message in (f"r-{number}" for number in range(1, count + 1))
        if (device, message) not in unanswered
    }
