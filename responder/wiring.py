"""Builds the real responder: the only place here that knows everybody."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from types import FrameType
from typing import Any

import msgspec
import uvicorn

from responder.acting.desk import Desk
from responder.arranged.arrangements import Arrangements
from responder.arranged.prompting import Prompting
from responder.arriving.intake import Intake
from responder.callout.dispatching import Dispatches
from responder.callout.lone_worker import Terms
from responder.channels.base import Sender
from responder.channels.configured import senders_of
from responder.channels.events import EventPost
from responder.channels.osrm import road_of
from responder.channels.watch import watch_of
from responder.clockwork.auditor import Auditor
from responder.clockwork.engine import Engine
from responder.clockwork.in_hand import InHand
from responder.clockwork.rounds import Rounds
from responder.clockwork.stumbling import limping
from responder.clockwork.timekeeping import Timekeeping
from responder.clockwork.vigil import Vigil
from responder.devices.asking_again import AskingAgain
from responder.devices.onboarding import Onboarding
from responder.devices.roll_call import RollCall
from responder.devices.upkeep import Upkeep
from responder.kept.following import Following
from responder.kept.keeping import Keeping
from responder.kept.portrait import Portraits
from responder.learning.tunings import Tunings
from responder.life.steps import Steps
from responder.outgoing.links import Links
from responder.outgoing.sending import Post
from responder.reports.report import Reports
from responder.shared.sharing import Sharing
from responder.shared.streaming import Streaming
from responder.store import Leases, Reads, Works, timed
from responder.store.equipment import EquipmentReads
from responder.store.months import Months
from responder.store.tunings import TuningReads
from responder.whom.directory import RegisterDirectory
from responder.whom.people import Channel
from responder.whom.planning import Planning
from telecare.clock import Clock, RealClock, SteadyClock, clock_of, sleep_real, stopwatch
from telecare.errors import LaneTaken, SettingsError, TelecareError
from telecare.observe import Heart, health_of, log
from telecare.register import Register, open_register
from telecare.settings import Settings
from telecare.store.inbox import InboxReader
from telecare.store.lane import LaneReader
from telecare.store.lease import LaneLease
from telecare.store.migrate import open_database
from telecare.store.session import Database
from telecare.watchdog import Watchdog

TAKE_OVER_SECONDS = 3.0
LEAVE_SECONDS = 3
"""Open event streams are cut this long after SIGTERM; uvicorn would wait for ever."""


class Responder(msgspec.Struct, frozen=True, kw_only=True):
    """Everything one responder process is made of; what a page may need is public here."""

    settings: Settings
    clock: Clock
    register: Register
    desk: Desk
    arrangements: Arrangements
    tunings: Tunings
    reports: Reports
    keeping: Keeping
    portraits: Portraits
    sharing: Sharing
    readings: LaneReader
    """The gateway's lanes, for recent readings on the resident card."""
    verdicts: LaneReader
    """Our own lanes: what people found each signal to be."""
    onboarding: Onboarding
    upkeep: Upkeep
    engine: Engine
    watchdog: Watchdog
    """To be run in the event loop that serves the pages."""
    stop: threading.Event
    """Set it to end the engine's loops."""
    leases: Leases
    databases: tuple[Database, ...]

    def close(self) -> None:
        """Give back all connections, after the engine has ended."""
        for database in self.databases:
            database.close()
        self.register.close()


def build(
    settings: Settings,
    *,
    clock: Clock | None = None,
    machine: Clock | None = None,
    senders: Mapping[Channel, Sender] | None = None,
) -> Responder:
    """A responder on the installation's databases. Raises `NotMigrated`, `StoreUnavailable`."""
    machine = machine or RealClock()
    own = open_database(settings, "responder")
    reads = Reads(own)
    clock = steady = SteadyClock(clock or clock_of(settings.data_dir), reads.lived_until())
    neighbours = [open_database(settings, owner) for owner in ("gateway", "detectors")]
    register = open_register(settings, clock)
    senders = senders_of(settings, clock, register.browsers.forget) if senders is None else senders
    directory = RegisterDirectory(register, machine)
    links = Links(register.key, settings.public_url)
    holder = f"responder-{settings.lane_number}"
    works, leases = Works(own, holder), Leases(own, machine, holder)
    lanes, in_hand = [LaneReader(each) for each in neighbours], InHand(settings.data_dir, holder)
    ways, databases = list(senders), (own, *neighbours)
    planning, timekeeping = Planning(directory, ways), Timekeeping(works, clock)
    owned = databases_of(*databases, register.database)
    keeping = Keeping(works, register, owned, lanes, clock, in_hand)
    prompting = Prompting(works, register, lanes[0], links, ways, clock, in_hand)
    post = Post(works, reads, leases, directory, links, senders, clock, prompting)
    road, terms = road_of(settings), terms_of(settings)
    dispatches = Dispatches(works, directory, links, ways, clock, road, terms, timekeeping, in_hand)
    stop, watchdog = threading.Event(), Watchdog("pages")
    tunings = Tunings(works, TuningReads(own), lanes[1], register.homes, clock, in_hand)
    engine = Engine(
        Intake(works, reads, lanes, clock, planning, in_hand),
        Steps(works, leases, directory, links, ways, clock, planning, timekeeping),
        post if senders else None, reads, Heart(settings.data_dir, holder), clock, stop,
        rounds=Rounds(works, register, lanes[0], planning, clock, in_hand),
        auditor=_auditor(settings, works, reads, lanes, planning, steady, register),
        besides={
            "tunings": tunings.step, "keeping": keeping.step,
            "following": Following(works, register, clock, in_hand).step,
            "vigil": _vigil(settings, works, register, clock, machine).step,
            "dispatches": dispatches.step,
            "streaming": _streaming(settings, works, reads, register, clock).step,
            "roll_call": RollCall(works, register, lanes[0], clock, in_hand).step,
            "prompting": prompting.step,
            "asking_again": AskingAgain(works, register, lanes[1], clock, in_hand).step,
        },
        watchdog=watchdog, limps=partial(_limps, works, _orgs_of(register), clock),
    )  # fmt: skip
    return Responder(
        settings=settings, clock=clock, register=register, tunings=tunings,
        desk=Desk(works, reads, directory, links, ways, clock),
        reports=Reports(Months(own), register, clock), keeping=keeping,
        portraits=Portraits(works, reads, register, lanes, clock),
        sharing=Sharing(works, reads, register, lanes[0], clock),
        arrangements=Arrangements(works, register, planning, clock), readings=lanes[0],
        onboarding=Onboarding(works, register, settings, clock),
        upkeep=Upkeep(works, register, EquipmentReads(own), InboxReader(neighbours[0]), clock),
        verdicts=LaneReader(own), engine=engine, watchdog=watchdog, stop=stop, leases=leases,
        databases=databases,
    )  # fmt: skip


def _auditor(
    settings: Settings,
    works: Works,
    reads: Reads,
    lanes: list[LaneReader],
    planning: Planning,
    clock: SteadyClock,
    register: Register,
) -> Auditor:
    return Auditor(
        works, reads, lanes, planning, clock, watch=watch_of(settings), jumps=clock.jumps,
        orgs=_orgs_of(register),
    )  # fmt: skip


def _streaming(
    settings: Settings, works: Works, reads: Reads, register: Register, clock: Clock
) -> Streaming:
    return Streaming(works, reads, register, EventPost(settings, clock), clock)


def _vigil(
    settings: Settings, works: Works, register: Register, clock: Clock, machine: Clock
) -> Vigil:
    return Vigil(
        works,
        lambda service: health_of(settings.data_dir, service),
        _orgs_of(register),
        clock,
        machine,
    )


def _orgs_of(register: Register) -> Callable[[], list[str]]:
    return lambda: [each.org for each in register.organisations.organisations()]


def _limps(works: Works, organisations: Callable[[], list[str]], clock: Clock, part: str) -> None:
    with works.begin(clock.now()) as work:
        for org in organisations():
            timed.concern(work, limping(org, part, work.now))


def databases_of(*databases: Database) -> dict[str, Database]:
    """By owner."""
    return {each.owner: each for each in databases}


def terms_of(settings: Settings) -> Terms:
    """How responders in homes are watched over, by the settings."""
    return Terms(
        every=timedelta(minutes=settings.lone_worker_minutes),
        answers=timedelta(minutes=settings.lone_worker_answers_minutes),
    )


def run(settings: Settings, build_app: Callable[[Responder], Any] | None = None) -> None:
    """Run until SIGTERM or SIGINT: the engine, and the pages `build_app` makes.

    `build_app` is given the whole responder and returns an ASGI application; None runs the
    engine alone. Raises what ended a loop, so that the process leaves with an error, and
    `SettingsError` before anything has begun where the pages' port is taken.
    """
    responder = build(settings)
    alone = _stand_alone(responder)
    try:
        doors = [_door(settings)] if build_app else []
    except SettingsError:
        alone.release()
        responder.close()
        raise
    server = _server(settings, build_app(responder)) if build_app else None
    asked = threading.Event()

    def leave(_number: int, _frame: FrameType | None) -> None:
        asked.set()
        responder.stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, leave)
    responder.engine.start()
    if server is not None:
        pages = threading.Thread(target=_serve, args=(server, doors, responder.stop), name="pages")
        pages.start()
    responder.stop.wait()
    if server is not None:
        server.should_exit = True
        pages.join()
    responder.engine.join()
    alone.release()
    responder.close()
    if not asked.is_set():
        raise TelecareError("The pages ended by themselves; what ended them stands above.")
    log("responder").info("left")


def _stand_alone(responder: Responder) -> LaneLease:
    """Make sure that no other process has our number, and end what a dead one had under way."""
    number = responder.settings.lane_number
    alone = LaneLease(responder.databases[0], f"responder-{number}")
    waited = stopwatch()
    while True:
        try:
            alone.take()
            break
        except LaneTaken:
            # A process killed a moment ago may take the database a moment to notice.
            if waited() > TAKE_OVER_SECONDS:
                raise LaneTaken(
                    f"Another responder has number {number}; stop it, or give this one another "
                    "with TELECARE_LANE_NUMBER."
                ) from None
            sleep_real(0.1)
    responder.leases.take_back(responder.clock.now())
    return alone


def _door(settings: Settings) -> socket.socket:
    """The pages' port, ours before the engine says that it works. Who comes now is answered as
    soon as the pages are ready.
    """
    family = socket.AF_INET6 if ":" in settings.bind else socket.AF_INET
    try:
        return socket.create_server((settings.bind, settings.http_port), family=family)
    except OSError:
        raise SettingsError(
            f"The pages could not be served on {settings.bind}:{settings.http_port}; free the "
            "port, or set TELECARE_HTTP_PORT to another."
        ) from None


def _server(settings: Settings, app: Any) -> uvicorn.Server:
    config = uvicorn.Config(
        app, host=settings.bind, port=settings.http_port, log_level="warning", access_log=False,
        timeout_graceful_shutdown=LEAVE_SECONDS, server_header=False,
    )  # fmt: skip
    return uvicorn.Server(config)


def _serve(server: uvicorn.Server, doors: list[socket.socket], stop: threading.Event) -> None:
    try:
        server.run(doors)
    finally:
        # Pages that end by themselves end the process with them.
        stop.set()
