"""How the platform is watched: structured logs, metrics, and beats that prove life.

Logs carry opaque ids only. A key that could hold personal data is refused by the
processor here, so that a careless line fails its test instead of leaking.
"""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Iterator, MutableMapping
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any

import msgspec
import structlog

from telecare.clock import Clock, RealClock

PERSONAL_KEYS = frozenset(
    {"name", "address", "phone", "email", "note", "text", "payload", "password", "secret",
     "keysafe", "token", "why", "body", "username"}
)  # fmt: skip

FRAMES = 5
"""So many places tell where something failed."""
BEAT_SECONDS = 1.0
"""How often, in real seconds, a working process writes its beat."""
STALE_SECONDS = 5.0
"""A beat older than this, in real seconds, counts as not working."""


def _refuse_personal_data(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    for key in PERSONAL_KEYS & event.keys():
        event[key] = "[withheld]"
    return event


def where(error: BaseException) -> dict[str, str]:
    """For the log: what kind of error, of what kinds its causes were, and the last places it came
    through. Its own words stay out, because they may hold somebody's name: a database tells in
    them of the row it refused.
    """
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES:]
    places = " < ".join(f"{Path(f.filename).name}:{f.lineno}" for f in reversed(frames))
    kinds = " < ".join(type(each).__name__ for each in _with_causes(error))
    return {"error": kinds, "at": places}


def _with_causes(error: BaseException) -> Iterator[BaseException]:
    told: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in told:
        told.add(id(cause))
        yield cause
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)


def _say_where(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    told = event.pop("exc_info", None)
    error = sys.exc_info()[1] if told is True else told
    if isinstance(error, BaseException):
        event.update(where(error))
    return event


def _ended(_kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
    log("process").critical("ended", **where(error))


class _StandardError:
    """Standard error as it is at each line, not as it was when logs were configured."""

    def write(self, line: str) -> int:
        return sys.stderr.write(line)

    def flush(self) -> None:
        sys.stderr.flush()


def configure_logs(level: str = "INFO") -> None:
    """JSON lines on standard error, of `level` and above; call once, at the start of a process.
    What ends it is told there, too, and like every error without its own words.
    """
    sys.excepthook = _ended
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _say_where,
            _refuse_personal_data,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.PrintLoggerFactory(_StandardError()),  # type: ignore[arg-type]
        cache_logger_on_first_use=True,
    )


def log(component: str) -> Any:
    """A logger whose every line says which component spoke."""
    return structlog.get_logger().bind(component=component)


class Beat(msgspec.Struct, frozen=True):
    """A process's own word that it works, with what it measured of itself."""

    service: str
    at: datetime
    """Real time, whatever the installation's clock."""
    working: bool
    detail: str = ""
    figures: dict[str, float] = {}


class Heart:
    """Writes beats of one process to `DATA_DIR/beats/NAME.json`, atomically.

    A beat says `working` only if the process's own work went round since the last one: the
    caller's loop asks for each and waits for it, also where a thread writes it for that loop.
    """

    def __init__(self, data_dir: Path, name: str) -> None:
        self._path = data_dir / "beats" / f"{name}.json"
        self._name = name
        self._clock = RealClock()
        self._last = float("-inf")
        self._last_working = True

    def beat(
        self, *, working: bool = True, detail: str = "", figures: dict[str, float] | None = None
    ) -> None:
        """Write a beat if one is due or if `working` changed. On a busy disk that may take seconds:
        not in an event loop.
        """
        now = self._clock.monotonic()
        if now - self._last < BEAT_SECONDS and working == self._last_working:
            return
        self._last, self._last_working = now, working
        self._path.parent.mkdir(parents=True, exist_ok=True)
        beat = Beat(self._name, self._clock.now(), working, detail, figures or {})
        temporary = self._path.with_suffix(".tmp")
        temporary.write_bytes(msgspec.json.encode(beat))
        temporary.replace(self._path)

    def stop(self) -> None:
        """Take the beat away: this process has left in good order."""
        self._path.unlink(missing_ok=True)


class Health(msgspec.Struct, frozen=True):
    """Whether a service works, and in one sentence why not."""

    service: str
    working: bool
    detail: str
    figures: dict[str, float] = {}


def beats(data_dir: Path, service: str = "*") -> Iterator[Beat]:
    """The last beat of every process, of those of one service, or of one process, by name."""
    folder = data_dir / "beats"
    for path in sorted({*folder.glob(f"{service}.json"), *folder.glob(f"{service}-*.json")}):
        try:
            yield msgspec.json.decode(path.read_bytes(), type=Beat)
        except (OSError, msgspec.DecodeError):
            continue  # being taken away as we look, or not ours


def health_of(data_dir: Path, service: str, clock: Clock | None = None) -> Health:
    """Health of all processes of `service` (`gateway` reads gateway-*.json): one must work."""
    now = (clock or RealClock()).now()
    latest: Health | None = None
    for beat in beats(data_dir, service):
        age = (now - beat.at).total_seconds()
        if age > STALE_SECONDS:
            latest = latest or Health(service, False, f"{service} last spoke {age:.0f} s ago.")
        elif beat.working:
            return Health(service, True, "", beat.figures)
        else:
            latest = Health(service, False, beat.detail or f"{service} says it cannot work.")
    return latest or Health(service, False, f"{service} is not running.")
