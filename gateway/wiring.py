"""Builds the real gateway and runs it. The only place that knows every part."""

from __future__ import annotations

import asyncio
import gc
import resource
import signal
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from ipaddress import ip_network
from pathlib import Path
from random import SystemRandom

import uvloop

from gateway.admission import Doorkeeper
from gateway.brokers import Broker, read_brokers
from gateway.carelines import Carelines
from gateway.clients.store import ClientReader
from gateway.decoders import native
from gateway.downlink import Downlink
from gateway.keys import Shown
from gateway.service import Service
from gateway.sessions.store import SessionReader
from gateway.sources.mqtt_broker.sayings import Sayings
from gateway.sources.mqtt_broker.source import BrokerSource
from gateway.sources.mqtt_endpoint.listener import Address, MqttEndpoint
from gateway.sources.mqtt_endpoint.tls import DoorTls, server_tls
from gateway.sources.sip_endpoint import SipEndpoint, Terms
from gateway.sources.sip_listener import SipAddress, SipListener
from gateway.speakers import Speakers
from gateway.store import PATIENCE_SECONDS, BrokerSessions, GatewayStore
from telecare.authority import own_tls
from telecare.clock import Clock, clock_of
from telecare.errors import SettingsError
from telecare.observe import Heart, configure_logs, log
from telecare.register import open_register
from telecare.settings import Settings
from telecare.store.heirs import inherit
from telecare.store.journal import keep_short
from telecare.store.lease import LaneLease
from telecare.store.migrate import open_database
from telecare.store.session import Database
from telecare.store.turn import Turn
from telecare.watchdog import Watchdog

THREADS = 16
"""For what may wait: a register that hangs, brokers out of reach, names nobody can look up."""


def run(settings: Settings) -> None:
    """Run a gateway until SIGTERM or SIGINT.

    Raises `NotMigrated`, `LaneTaken`, `SettingsError` or `StoreUnavailable` when it cannot
    start, and whatever ended it when it could not go on: a supervisor starts it again.
    """
    configure_logs(settings.log_level)
    _allow_connections()
    _share_the_interpreter()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner, ExitStack() as leave:
        try:
            runner.run(_serve(settings, leave))
        except BaseExceptionGroup as group:
            raise _first_of(group) from group
        finally:
            gc.unfreeze()  # libraries tidy up as we leave, and cannot where all is frozen


def _allow_connections() -> None:
    """As many open files as the system lets this user have: each hub is one."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _share_the_interpreter() -> None:
    """The committing thread asks for the interpreter's lock a dozen times in each commit, and must
    not wait 5 ms behind a busy event loop each time. What was loaded lives as long as we do, and
    of messages none is part of a cycle: the collector need not look through them so often.
    """
    sys.setswitchinterval(0.0005)
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def _first_of(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """What ended the first task: the others only followed."""
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


async def _serve(settings: Settings, leave: ExitStack) -> None:
    name = f"gateway-{settings.lane_number}"
    clock = clock_of(settings.data_dir)
    database = open_database(settings, "gateway")
    leave.callback(database.close)
    service = _service(settings, name, database, clock, leave)
    register = open_register(settings, clock)
    leave.callback(register.close)
    doorkeeper = Doorkeeper(register)
    doorkeeper.refresh()
    downlink = Downlink(register, clock)
    endpoint = MqttEndpoint(
        service,
        doorkeeper,
        clock,
        SessionReader(database),
        name,
        settings.device_messages_per_s,
        downlink,
        ClientReader(database, name) if settings.gateway_processes > 1 else None,
    )
    addresses = addresses_of(settings)
    carelines = Carelines(register, settings.call_target)
    sip_addresses, terms = sip_addresses_of(settings), terms_of(settings)
    brokers = read_brokers(settings.brokers) if _is_first(settings) else ()
    is_all = not addresses and not sip_addresses
    for each in brokers if is_all else ():
        each.require_files()
    stop, ready = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(THREADS, "gateway"))
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    sip = SipListener(SipEndpoint(service, carelines, clock, terms, loop.time), carelines)
    async with asyncio.TaskGroup() as tasks:
        running = []
        if addresses:
            running.append(tasks.create_task(endpoint.run(addresses, ready)))
            await ready.wait()
        if sip_addresses:
            carelines.refresh()
            ready.clear()
            running.append(tasks.create_task(sip.run(sip_addresses, ready)))
            await ready.wait()
        if brokers:
            speakers = Speakers(register)
            speakers.refresh()
            sources = _sources(brokers, service, speakers, database, clock, downlink, is_all=is_all)
            running += [tasks.create_task(each.run()) for each in sources]
        # The first beat comes from the service: it means that the door is open, too.
        running.append(tasks.create_task(service.run()))
        running.append(tasks.create_task(Watchdog("gateway").run()))
        running.append(tasks.create_task(keep_short(database, service.is_calm)))
        running.append(tasks.create_task(inherit(database, name, service.is_calm)))
        log("gateway").info("ready", ports=endpoint.ports, sip=sip.ports, lane=name)
        await stop.wait()
        for task in running:
            task.cancel()


def _service(
    settings: Settings, name: str, database: Database, clock: Clock, leave: ExitStack
) -> Service:
    """The door's own work on lane `name`, which is ours from here on."""
    lease = LaneLease(database, name)
    lease.take(PATIENCE_SECONDS)
    leave.callback(lease.release)
    heart = Heart(settings.data_dir, name)
    leave.callback(heart.stop)
    turn = Turn(database, alone=settings.gateway_processes == 1)
    leave.callback(turn.close)
    store = GatewayStore(database, name, turn, lease)
    return Service(store, native.decode, clock, heart, regain=store.probe)


def _sources(
    brokers: Sequence[Broker],
    service: Service,
    speakers: Speakers,
    database: Database,
    clock: Clock,
    downlink: Downlink,
    *,
    is_all: bool,
) -> list[BrokerSource]:
    now, chance = asyncio.get_running_loop().time, SystemRandom().random
    return [
        BrokerSource(
            each,
            service,
            speakers,
            BrokerSessions(database),
            LaneLease(database, f"broker-{each.name}"),
            clock,
            Sayings(downlink),
            now=now,
            chance=chance,
            is_all=is_all,
        )
        for each in brokers
    ]


def accept_new_session(settings: Settings, name: str) -> None:
    """Go on although the broker called `name` lost the session it kept for us.

    Raises `SettingsError` if there is no such broker, or nothing to accept.
    """
    org = next((each.org for each in read_brokers(settings.brokers) if each.name == name), None)
    if org is None:
        raise SettingsError(f"TELECARE_BROKERS names no broker {name}; look at its spelling.")
    database = open_database(settings, "gateway")
    try:
        if not BrokerSessions(database).forget(org, name):
            raise SettingsError(f"The broker {name} keeps no session yet; just start the gateway.")
    finally:
        database.close()


def addresses_of(settings: Settings) -> list[Address]:
    """Where this gateway speaks MQTT. Raises `SettingsError` if it listens nowhere at all."""
    shared = settings.gateway_processes > 1
    is_tls = bool(settings.mqtts_port or settings.mqtt_wss_port)
    tls = _door_tls_of(settings) if is_tls else None
    ways = (
        (settings.mqtt_port, None, False),
        (settings.mqtts_port, tls, False),
        (settings.mqtt_ws_port, None, True),
        (settings.mqtt_wss_port, tls, True),
    )
    addresses = [
        Address(settings.bind, port, over, is_shared=shared, is_websocket=is_websocket)
        for port, over, is_websocket in ways
        if port
    ]
    others = settings.sip_port or settings.sips_port or settings.brokers
    if not addresses and not others:
        raise SettingsError(
            "The gateway has nowhere to listen; set TELECARE_MQTTS_PORT or TELECARE_MQTT_PORT."
        )
    return addresses


def _is_first(settings: Settings) -> bool:
    """Of several gateways that share their ports one does what cannot be shared."""
    return settings.gateway_processes == 1 or settings.lane_number == 1


def sip_addresses_of(settings: Settings) -> list[SipAddress]:
    """Where this gateway speaks SIP; nowhere unless a port is set, and only the first of several:
    a call's transactions are in one process's memory.
    """
    addresses: list[SipAddress] = []
    if not _is_first(settings):
        return addresses
    if settings.sip_port:
        addresses.append(SipAddress(settings.bind, settings.sip_port))
    if settings.sips_port:
        addresses.append(SipAddress(settings.bind, settings.sips_port, _tls_of(settings)))
    return addresses


def terms_of(settings: Settings) -> Terms:
    """On which terms careline units are heard. Raises `SettingsError` for a wrong network, and
    where nobody would see who calls from a trusted one.
    """
    try:
        trusted = tuple(
            ip_network(each.strip()) for each in settings.sip_trusted.split(",") if each.strip()
        )
    except ValueError as error:
        raise SettingsError(
            f"TELECARE_SIP_TRUSTED cannot be used ({error}); write networks like 10.20.0.0/16, "
            "separated by commas."
        ) from None
    if trusted and not settings.sip_stray_org:
        raise SettingsError(
            "TELECARE_SIP_TRUSTED lets units call that nobody registered: set "
            "TELECARE_SIP_STRAY_ORG to the organisation whose desk is to see their alarms."
        )
    return Terms(trusted, settings.sip_stray_org)


def _tls_of(settings: Settings) -> Shown:
    return server_tls(*_own_certificate(settings))


def _door_tls_of(settings: Settings) -> DoorTls:
    authority = settings.device_ca_certificate or settings.data_dir / "ca" / "authority.pem"
    return DoorTls(*_own_certificate(settings), authority)


def _own_certificate(settings: Settings) -> tuple[Path, Path]:
    certificate, key = settings.tls_certificate, settings.tls_key
    if certificate is None or key is None:
        own = own_tls(settings.data_dir)
        certificate, key = own.certificate, own.key
    return certificate, key
