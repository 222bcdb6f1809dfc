"""Builds the real detectors service and runs it until it is told to stop."""

from __future__ import annotations

import signal
import threading

from detectors.fall_shipped import Placement, models, use
from detectors.learning import LANE, Learning
from detectors.profiles import profiles
from detectors.runner import Runner
from detectors.store import Lessons, Store
from telecare.clock import clock_of
from telecare.errors import LaneTaken, StoreUnavailable
from telecare.observe import STALE_SECONDS, Heart, configure_logs, log
from telecare.register import open_register
from telecare.register.register import Remembered
from telecare.settings import Settings
from telecare.store.lane import LaneReader
from telecare.store.lease import LaneLease
from telecare.store.migrate import open_database
from telecare.watchdog import Watchdog

LAG_TOLD_S = 60.0
"""Real seconds behind the gateway from which this service says that it does not keep up."""
_LEASE_PATIENCE_S = 10.0
_ALL_HOMES = "judging"
"""Every detectors process judges every home, whatever lane it writes: there can be one."""


def run(settings: Settings, stop: threading.Event | None = None) -> None:
    """Judge until SIGTERM, SIGINT or `stop`.

    Raises `NotMigrated`, `StoreUnavailable`, `LaneTaken` if another process already writes
    this lane or judges these homes, or `InvalidInput` if the owner's model of falls cannot be read.
    """
    configure_logs(settings.log_level)
    stop = stop or _stop_on_signals()
    model = models(Placement.WRIST) if settings.fall_model is None else use(settings.fall_model)
    log("detectors").info("falls judged by", made_from=model.provenance.made_from)
    clock = clock_of(settings.data_dir)
    database = open_database(settings, "detectors")
    gateway = open_database(settings, "gateway")
    responder = open_database(settings, "responder")
    register = open_register(settings, clock)
    name = f"detectors-{settings.lane_number}"
    lease, lessons_lease = LaneLease(database, name), LaneLease(database, LANE)
    homes_lease = LaneLease(database, _ALL_HOMES)
    learning = Learning(
        LaneReader(responder), LaneReader(gateway), LaneReader(database), Lessons(database, LANE),
        Remembered(register, lambda: profiles(register)), clock,
    )  # fmt: skip
    thread = threading.Thread(target=_learn, args=(learning, lessons_lease, stop), name="learning")
    heart = Heart(settings.data_dir, name)

    try:
        lease.take(_LEASE_PATIENCE_S)
        _take_all_homes(homes_lease)
        runner = Runner(
            LaneReader(gateway),
            Store(database, name),
            Remembered(register, lambda: profiles(register)),
            clock,
        )
        thread.start()
        log("detectors").info("judging", lane=name)
        watchdog = Watchdog("judging", STALE_SECONDS)

        def beat(runner: Runner) -> None:
            watchdog.tick()
            _beat(heart, runner, learning, clock.speed)

        with watchdog.watching():
            runner.run(stop, beat)
        heart.stop()
    finally:
        stop.set()
        if thread.ident is not None:
            thread.join()
        homes_lease.release()
        lease.release()
        for each in (database, gateway, responder):
            each.close()
        register.close()


def _take_all_homes(lease: LaneLease) -> None:
    try:
        lease.take(_LEASE_PATIENCE_S)
    except LaneTaken as taken:
        raise LaneTaken(
            "Other detectors judge these homes already, under another lane number; stop them first."
        ) from taken


def _beat(heart: Heart, runner: Runner, learning: Learning, speed: float) -> None:
    lag = runner.lag_s / speed
    late = lag > LAG_TOLD_S
    heart.beat(
        working=not late,
        detail=f"The detectors are {lag:.0f} s behind the gateway." if late else "",
        figures={
            "lag_s": lag,
            "readings": float(runner.readings),
            "signals": float(runner.signals),
            "failures": float(runner.failures),
            "dark_s": runner.dark_s,
            **{f"refused.{name}": float(n) for name, n in runner.refusals.items()},
            "verdicts_learnt": float(learning.learnt),
            "learning_failures": float(learning.failures),
        },
    )


def _learn(learning: Learning, lease: LaneLease, stop: threading.Event) -> None:
    """Learn while the lease is ours: of several detectors processes one does it."""
    while not stop.is_set():
        try:
            lease.take()
        except (LaneTaken, StoreUnavailable):
            stop.wait(_LEASE_PATIENCE_S)
            continue
        try:
            learning.run(stop)
        finally:
            lease.release()


def _stop_on_signals() -> threading.Event:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop
