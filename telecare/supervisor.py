"""Runs the services of one installation as processes, and starts again what dies.

A service that ends for any reason is started anew, at once the first time and then after
growing pauses of at most five seconds. When the supervisor is told to stop, the services
are asked to leave and, after ten seconds, made to. A wrong setting that keeps one from ever
working is no accident: it ends them all, once it was said. If the supervisor itself is killed,
the kernel ends the services, so that no half of an installation lives on.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import msgspec

from telecare.clock import stopwatch
from telecare.errors import WRONG_SETTING, Conflict, SettingsError
from telecare.observe import health_of, log
from telecare.settings import Settings

FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0
LIVED_LONG = 30.0
"""A process that lived this long (real seconds) is started again without a pause."""
LEAVE_SECONDS = 10.0
_PR_SET_PDEATHSIG = 1
_SUPERVISOR = "TELECARE_SUPERVISOR_PID"
_LANE_NUMBER = "TELECARE_LANE_NUMBER"


class Service(msgspec.Struct, frozen=True):
    """One process: `telecare ARGUMENTS...`."""

    name: str
    arguments: Sequence[str]
    environment: dict[str, str] = {}


SERVICES = (
    Service("gateway", ["gateway"]),
    Service("detectors", ["detectors"]),
    Service("responder", ["responder"]),
)


def services_of(settings: Settings) -> tuple[Service, ...]:
    """What an installation runs: with several gateways, each has a lane of its own."""
    more = (
        Service(f"gateway-{number}", ["gateway"], {_LANE_NUMBER: str(number)})
        for number in range(2, settings.gateway_processes + 1)
    )
    return (*SERVICES, *more)


class _Child:
    def __init__(self, service: Service, environment: dict[str, str], pids: Path) -> None:
        self.service = service
        self._environment = environment | service.environment
        self._pid_file = pids / f"{service.name}.pid"
        self._pause = FIRST_PAUSE
        self._process: subprocess.Popen[bytes] | None = None
        self._age = stopwatch()
        self._dead_for = stopwatch()

    def start(self) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter, our own arguments
            [sys.executable, "-m", "telecare", *self.service.arguments],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._age = stopwatch()
        self._pid_file.parent.mkdir(parents=True, exist_ok=True)
        self._pid_file.write_text(f"{self._process.pid}\n")

    def look(self, *, began: bool) -> None:
        """Start it again if it has ended and its pause is over. Raises `SettingsError` if it
        ended by a wrong setting before the installation `began`.
        """
        if self._process is not None:
            code = self._process.poll()
            if code is None:
                return
            if code == WRONG_SETTING and not began:
                raise SettingsError(
                    f"The {self.service.name} cannot start with these settings; what is wrong "
                    "stands above: mend it, then say `telecare up` again."
                )
            log("supervisor").error("service ended", service=self.service.name, code=code)
            self._pause = 0.0 if self._age() > LIVED_LONG else self._pause
            self._process, self._dead_for = None, stopwatch()
        if self._dead_for() >= self._pause:
            self._pause = min(LONGEST_PAUSE, max(FIRST_PAUSE, self._pause * 2))
            self.start()

    def ask_to_leave(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)

    def make_leave(self, seconds: float) -> None:
        if self._process is None:
            self._pid_file.unlink(missing_ok=True)
            return
        try:
            self._process.wait(max(0.0, seconds))
        except subprocess.TimeoutExpired:
            log("supervisor").error("service would not leave", service=self.service.name)
            self._process.kill()
            self._process.wait()
        self._pid_file.unlink(missing_ok=True)


def supervise(
    settings: Settings,
    services: Sequence[Service] = SERVICES,
    *,
    when_ready: Callable[[], None] | None = None,
    stop: threading.Event | None = None,
) -> None:
    """Run `services` until SIGTERM, SIGINT or `stop`; call `when_ready` once, when all work.

    Raises `Conflict` where another supervisor runs this folder, or somebody started one of
    `services` there by itself, and `SettingsError` if a service cannot start with these settings.
    One that has worked is started again whatever it ends of: a port that is taken for a moment
    must not end every other.
    """
    stop = stop or threading.Event()
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
    with _alone_in(settings, services):
        environment = os.environ | settings.environment() | {_SUPERVISOR: str(os.getpid())}
        children = [_Child(each, environment, settings.data_dir / "run") for each in services]
        for child in children:
            child.start()
        ready = False
        try:
            while not stop.wait(0.1):
                for child in children:
                    child.look(began=ready)
                if not ready and is_ready(settings):
                    ready = True
                    if when_ready is not None:
                        when_ready()
        finally:
            leaving = stopwatch()
            for child in children:
                child.ask_to_leave()
            for child in children:
                child.make_leave(LEAVE_SECONDS - leaving())


@contextmanager
def _alone_in(settings: Settings, services: Sequence[Service]) -> Iterator[None]:
    folder = settings.data_dir
    elsewhere = "stop it first, or set TELECARE_DATA_DIR to a folder of this one's own."
    with _place(folder, "supervisor") as ours:
        if not ours:
            raise Conflict(f"Another installation runs in {folder} already: {elsewhere}")
        for service in services:
            number = service.environment.get(_LANE_NUMBER, settings.lane_number)
            with _place(folder, f"{service.arguments[0]}-{number}") as free:
                if not free:
                    raise Conflict(
                        f"`telecare {service.arguments[0]}` runs in {folder} already: {elsewhere}"
                    )
        yield


@contextmanager
def by_itself(folder: Path, service: str, number: int) -> Iterator[None]:
    """Around a service that no supervisor started: none starts the same one beside it. That the
    place is taken already is said by the lane's lease.
    """
    with ExitStack() as leave:
        with suppress(OSError):  # a place that cannot be had keeps no service from its work
            leave.enter_context(_place(folder, f"{service}-{number}"))
        yield


@contextmanager
def _place(folder: Path, name: str) -> Iterator[bool]:
    """Whether this place of the folder is ours; the kernel lets go of it when we die."""
    place = folder / "run" / name
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def is_ready(settings: Settings) -> bool:
    """Whether gateway, detectors and responder all say that they work."""
    return all(health_of(settings.data_dir, each.name).working for each in SERVICES)


def die_with_supervisor() -> bool:
    """In a supervised process, at its start: be ended by the kernel when the supervisor is.

    False, and nothing is done, in a process that was started by hand. Asked for by the child
    itself, because code between fork and exec can deadlock.
    """
    supervisor = os.environ.pop(_SUPERVISOR, None)
    if supervisor is None:
        return False
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != int(supervisor):  # it died before we asked
        raise SystemExit(1)
    return True
