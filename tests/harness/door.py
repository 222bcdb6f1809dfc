"""A real gateway for tests: in a thread of this process, or as a process to be killed."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import msgspec
from sqlalchemy import text

from gateway.admission import Doorkeeper
from gateway.carelines import Carelines
from gateway.clients.store import ClientReader
from gateway.decoders import native
from gateway.downlink import Downlink
from gateway.intake import Decoder
from gateway.safekeeping import Keeper
from gateway.service import Service
from gateway.sessions.store import SessionReader
from gateway.sources.mqtt_endpoint.allowance import MESSAGES_PER_SECOND
from gateway.sources.mqtt_endpoint.listener import Address, MqttEndpoint
from gateway.sources.mqtt_endpoint.tls import DoorTls, server_tls
from gateway.sources.sip_endpoint import SipEndpoint, Terms
from gateway.sources.sip_listener import SipAddress, SipListener
from gateway.store import GatewayStore, QuarantineReader, QuarantineRow
from gateway.wiring import run
from telecare.authority import own_tls
from telecare.clock import Clock, sleep_real, stopwatch
from telecare.errors import StoreUnavailable
from telecare.messages import Reading, Record, Signal
from telecare.observe import Heart
from telecare.register import Register, open_register
from telecare.register.devices import Device, IssuedCredential
from telecare.register.homes import Home
from telecare.settings import Settings
from telecare.store.lane import LaneReader
from telecare.store.migrate import open_database
from telecare.store.turn import Turn
from telecare.vocabulary import DeviceKind
from tests.harness.service_process import ServiceProcess

READY_SECONDS = 60.0


class World:
    """An installation with homes and hubs, and what came of what they said."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.settings = settings
        self.clock = clock
        self.register: Register = open_register(settings, clock)
        self._database = open_database(settings, "gateway")
        self._orgs: set[str] = set()

    def hub(self, device: str, *, org: str = "oak", home: str | None = None) -> IssuedCredential:
        """A hub in a home of its own, unless `home` is given; returns its credential."""
        home = home or f"home-{device}"
        if org not in self._orgs:
            self._orgs.add(org)
            self.register.organisations.add_organisation(org, org)
        if home not in {each.home for each in self.register.homes.homes(org)}:
            self.register.homes.add_home(
                Home(org=org, home=home, address="", time_zone="Europe/London")
            )
        return self.register.devices.add(
            Device(org=org, device=device, home=home, kind=DeviceKind.HUB)
        )

    def records(self) -> list[Record]:
        """Everything in the gateways' lanes, of each in order."""
        reader = LaneReader(self._database)
        found: list[Record] = []
        for lane in reader.lanes():
            after = 0
            while more := reader.read(lane, after, 10_000):
                found += [each.record for each in more]
                after = more[-1].offset
        return found

    def sheaves(self) -> int:
        """How many commits were bound (`telecare.store.sheaf`) and are not untied yet."""
        with self._database.read() as connection:
            count: int = connection.execute(text("SELECT count(*) FROM lane_sheaf")).scalar_one()
        return count

    def lanes(self) -> list[str]:
        return LaneReader(self._database).lanes()

    def readings(self) -> list[Reading]:
        return [each for each in self.records() if isinstance(each, Reading)]

    def signals(self) -> list[Signal]:
        return [each for each in self.records() if isinstance(each, Signal)]

    def quarantine(self) -> list[QuarantineRow]:
        return list(QuarantineReader(self._database).newest(limit=10_000))

    def close(self) -> None:
        self.register.close()
        self._database.close()


@contextmanager
def world_of(settings: Settings, clock: Clock) -> Iterator[World]:
    world = World(settings, clock)
    try:
        yield world
    finally:
        world.close()


class Door:
    """The gateway's service and its endpoints in a thread, on free ports."""

    def __init__(
        self, port: int, service: Service, endpoint: MqttEndpoint, sip_ports: list[int]
    ) -> None:
        self.port = port
        self.tls_port = endpoint.ports[-1]
        """The same as `port` unless the test asked for TLS."""
        self.sip_ports = sip_ports
        """UDP and TCP, then TLS; empty unless the test asked for SIP."""
        self.service = service
        self.endpoint = endpoint


@contextmanager
def open_door(
    settings: Settings,
    clock: Clock,
    *,
    decode: Decoder = native.decode,
    keeper: Callable[[GatewayStore], Keeper] = lambda store: store,
    service_class: type[Service] = Service,
    sip: Terms | None = None,
    call_target: str | None = None,
    tls: DoorTls | None = None,
    messages_per_second: float = MESSAGES_PER_SECOND,
    listen: Sequence[Address] = (),
    lane: str = "",
) -> Iterator[Door]:
    """A running gateway; `keeper` and `service_class` let a test plant a fault.

    With `sip` it also hears careline units, on those terms; with `tls` also MQTT over TLS. With a
    `lane` it is one of several that share their clients.
    """
    name = lane or "gateway-1"
    database = open_database(settings, "gateway")
    turn = Turn(database, alone=not lane)
    register = open_register(settings, clock)
    stop, made, failed = threading.Event(), [], []
    mqtt_addresses = [Address("127.0.0.1", 0)]
    if tls is not None:
        mqtt_addresses.append(Address("127.0.0.1", 0, tls))

    async def serve() -> None:
        heart = Heart(settings.data_dir, name)
        service = service_class(keeper(GatewayStore(database, name, turn)), decode, clock, heart)
        sessions = SessionReader(database)
        endpoint = MqttEndpoint(
            service, Doorkeeper(register), clock, sessions, name, messages_per_second,
            Downlink(register, clock), ClientReader(database, name) if lane else None,
        )  # fmt: skip
        ready = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            running = [
                tasks.create_task(endpoint.run(listen or mqtt_addresses, ready)),
                tasks.create_task(service.run()),
            ]
            await ready.wait()
            ports: list[int] = []
            if sip is not None:
                carelines = Carelines(register, call_target)
                carelines.refresh()
                now = asyncio.get_running_loop().time
                careline_door = SipEndpoint(service, carelines, clock, sip, now)
                listener = SipListener(careline_door, carelines)
                ready.clear()
                own = own_tls(settings.data_dir)
                addresses = [
                    SipAddress("127.0.0.1", 0),
                    SipAddress("127.0.0.1", 0, server_tls(own.certificate, own.key)),
                ]
                running.append(tasks.create_task(listener.run(addresses, ready)))
                await ready.wait()
                ports = listener.ports
            made.append(Door(endpoint.ports[0], service, endpoint, ports))
            is_open.set()
            await asyncio.to_thread(stop.wait)
            for task in running:
                task.cancel()

    def live() -> None:
        try:
            asyncio.run(serve())
        except BaseException as error:  # noqa: BLE001 - raised again where the test can see it
            failed.append(error)
        finally:
            is_open.set()

    is_open = threading.Event()
    thread = threading.Thread(target=live, name="door")
    thread.start()
    is_open.wait()
    try:
        if failed:
            raise failed[0]
        yield made[0]
    finally:
        stop.set()
        thread.join()
        turn.close()
        register.close()
        database.close()
    if failed:
        raise failed[0]


class GatewayProcess(ServiceProcess):
    """A gateway as the operating system sees it."""

    def __init__(
        self, settings: Settings, crash_at: str = "", *, tls: bool = False, lane: int = 1
    ) -> None:
        self._beat = settings.data_dir / "beats" / f"gateway-{lane}.json"
        self._beat.unlink(missing_ok=True)
        self._said = settings.data_dir / "gateway.log"
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        if not tls:
            settings = settings.model_copy(update={"mqtts_port": 0})
        super().__init__(run, settings, lane=lane, crash_at=crash_at, said=self._said)

    def wait_until_ready(self) -> None:
        """Return when it listens and its database answers."""
        waited = stopwatch()
        while not self._beat.exists():
            if self.is_dead or waited() > READY_SECONDS:
                self.kill()
                raise AssertionError(f"the gateway did not start: {self._said.read_text()}")
            sleep_real(0.02)
        assert msgspec.json.decode(self._beat.read_bytes())["working"] is True


@contextmanager
def gateway_process(settings: Settings, crash_at: str = "") -> Iterator[GatewayProcess]:
    """A gateway process that is ready, and gone when the test ends."""
    process = GatewayProcess(settings, crash_at)
    try:
        process.wait_until_ready()
        yield process
    finally:
        process.kill()


class Unplugged:
    """A store whose database can be unplugged by a test, then plugged in again."""

    def __init__(self, store: Keeper) -> None:
        self._store = store
        self.is_unplugged = threading.Event()
        self.tried = threading.Event()
        """Set when something was tried while unplugged."""

    def commit(self, intakes: object) -> list[bool]:
        self._check()
        return self._store.commit(intakes)  # type: ignore[arg-type]  # passed through

    def probe(self) -> None:
        self._check()
        self._store.probe()

    def tidy(self) -> bool:
        self._check()
        return self._store.tidy()

    def _check(self) -> None:
        if self.is_unplugged.is_set():
            self.tried.set()
            raise StoreUnavailable
