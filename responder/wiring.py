"""Builds the real responder: the only place here that knows everybody."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

import msgspec
import uvicorn

from responder.channels.base import Sender
from responder.channels.email import EmailSender
from responder.desk import Desk
from responder.directory import RegisterDirectory
from responder.engine import Engine
from responder.intake import Intake
from responder.links import Links
from responder.people import Channel
from responder.sending import Post
from responder.steps import Steps
from responder.store import Leases, Reads, Works
from telecare.clock import Clock, RealClock, clock_of
from telecare.errors import SettingsError
from telecare.observe import Heart, log
from telecare.register import Register, open_register
from telecare.settings import Settings
from telecare.store.lane import LaneReader
from telecare.store.migrate import open_database
from telecare.store.session import Database

LEAVE_SECONDS = 3
"""Open event streams are cut this long after SIGTERM; uvicorn would wait for ever."""


class Responder(msgspec.Struct, frozen=True, kw_only=True):
    """Everything one responder process is made of; what a page may need is public here."""

    settings: Settings
    clock: Clock
    register: Register
    desk: Desk
    readings: LaneReader
    """The gateway's lanes, for recent readings on the resident card."""
    engine: Engine
    stop: threading.Event
    """Set it to end the engine's loops."""
    databases: tuple[Database, ...]

    def close(self) -> None:
        """Give back all connections, after the engine has ended."""
        for database in self.databases:
            database.close()
        self.register.close()


def senders_of(settings: Settings, clock: Clock) -> dict[Channel, Sender]:
    """The channels this installation has by its settings."""
    return {Channel.EMAIL: EmailSender(settings, clock)} if settings.smtp_host else {}


def build(
    settings: Settings,
    *,
    clock: Clock | None = None,
    machine: Clock | None = None,
    senders: dict[Channel, Sender] | None = None,
) -> Responder:
    """A responder on the installation's databases. Raises `NotMigrated`, `StoreUnavailable`."""
    clock = clock or clock_of(settings.data_dir)
    machine = machine or RealClock()
    senders = senders_of(settings, clock) if senders is None else senders
    own = open_database(settings, "responder")
    neighbours = [open_database(settings, owner) for owner in ("gateway", "detectors")]
    register = open_register(settings, clock)
    directory = RegisterDirectory(register, machine)
    links = Links(register.key, settings.public_url)
    works, reads, leases = Works(own), Reads(own), Leases(own, machine)
    lanes = [LaneReader(database) for database in neighbours]
    stop = threading.Event()
    post = Post(works, reads, leases, directory, links, senders, clock) if senders else None
    engine = Engine(
        Intake(works, reads, lanes, clock),
        Steps(works, leases, directory, links, list(senders), clock),
        post,
        reads,
        Heart(settings.data_dir, f"responder-{settings.lane_number}"),
        clock,
        stop,
    )
    desk = Desk(works, reads, directory, links, list(senders), clock)
    return Responder(
        settings=settings, clock=clock, register=register, desk=desk, readings=lanes[0],
        engine=engine, stop=stop, databases=(own, *neighbours),
    )  # fmt: skip


def run(settings: Settings, build_app: Callable[[Responder], Any] | None = None) -> None:
    """Run until SIGTERM or SIGINT: the engine, and the pages `build_app` makes.

    `build_app` is given the whole responder and returns an ASGI application; None runs the
    engine alone. Raises what ended a loop, so that the process leaves with an error.
    """
    responder = build(settings)
    server = _server(settings, build_app(responder)) if build_app else None
    asked = threading.Event()

    def leave(_number: int, _frame: FrameType | None) -> None:
        asked.set()
        responder.stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, leave)
    responder.engine.start()
    if server is not None:
        pages = threading.Thread(target=_serve, args=(server, responder.stop), name="pages")
        pages.start()
    responder.stop.wait()
    if server is not None:
        server.should_exit = True
        pages.join()
    responder.engine.join()
    responder.close()
    if not asked.is_set():
        raise SettingsError(
            f"The pages could not be served on {settings.bind}:{settings.http_port}; free the "
            "port, or set TELECARE_HTTP_PORT to another."
        )
    log("responder").info("left")


def _server(settings: Settings, app: Any) -> uvicorn.Server:
    config = uvicorn.Config(
        app, host=settings.bind, port=settings.http_port, log_level="warning", access_log=False,
        timeout_graceful_shutdown=LEAVE_SECONDS, server_header=False,
    )  # fmt: skip
    return uvicorn.Server(config)


def _serve(server: uvicorn.Server, stop: threading.Event) -> None:
    try:
        server.run()
    finally:
        # Pages that end by themselves (a port that is taken) end the process with them.
        stop.set()
