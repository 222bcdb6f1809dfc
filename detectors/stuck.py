"""Does a sensor say "on" because somebody moves, or because it cannot stop?

One that is stuck would hide every stillness: whoever lies on the floor of its home is missed by
nobody. So "on", said again and again, is believed for a while. Of a sensor that says "off" when
nobody is there, only "off" ends what it said; of one that never does, half an hour's pause.
"""

from __future__ import annotations

from functools import lru_cache

import msgspec
from msgspec.structs import replace

from detectors.base import pack, unpack
from detectors.movement import ON_ONLY, POWER, Glance
from telecare.messages import Reading

COUNTS_S = 4 * 3600
"""An "on" that no "off" has ended is movement for so long. Five minutes after the last movement
most say "off"; that made stays of at most 2.6 hours in TIHM's homes."""
STUCK_S = 24 * 3600
"""After so long it is the sensor: everybody sleeps. In ten weeks of TIHM's 37 homes, where none
says "off", nobody kept one busy for longer than 14.9 hours; two who live together may."""
_PAUSE_S = 1800
_CAN_END = 8
"""So many more "off" than nights and other hours that passed without: it says when nobody is there.
A hub that says "off" for all of its sensors whenever it starts makes none of them such a one."""
_REMEMBERED = 16
_SENSORS = 64
_VERSION = 1
_STATES = ON_ONLY | {POWER}


@lru_cache(maxsize=4096)
def _key(device: str, sensor: str | None, type_: str) -> str:
    """Of one radar both movement and presence may be said, and differ."""
    return f"{device}/{sensor or ''}" if type_ == "motion" else f"{device}/{sensor or ''}/{type_}"


class _Run(msgspec.Struct, array_like=True):
    """A sensor's "on" without an end. Times are POSIX seconds."""

    since: int = 0
    last: int = 0
    """When it was said last; 0 after "off"."""
    offs: int = 0
    told: bool = False


class Stuck:
    """Takes the sign of life from what a home's sensors say without an end."""

    def __init__(self) -> None:
        self._runs: dict[str, _Run] = {}

    def look(self, reading: Reading, seen: Glance) -> Glance:
        """`seen`, or the same as no sign of life. Every reading of a home passes here once."""
        if reading.type not in _STATES:
            return seen
        key = _key(reading.device, reading.sensor or reading.room, reading.type)
        run = self._runs.get(key) or self._met(key)
        moment = int(seen.moment)
        if moment < run.last:
            return seen  # told late
        paused = moment - run.last
        if run.last and paused > COUNTS_S:
            run.offs = max(run.offs - 1, 0)
        elif run.last and not seen.room:
            run.offs = min(run.offs + 1, _REMEMBERED)
        can_end = run.offs >= _CAN_END
        if not seen.room:
            run.since = run.last = 0
            return seen
        if paused > (COUNTS_S if can_end else _PAUSE_S):
            run.since, run.told = moment, False
        run.last = moment
        lasted = moment - run.since
        if lasted < (COUNTS_S if can_end else STUCK_S):
            return seen
        is_news = lasted >= STUCK_S and not run.told and reading.type != POWER
        run.told = run.told or is_news
        since = float(run.since) if is_news else None
        return replace(seen, room="", door=frozenset(), stuck_since=since)

    def snapshot(self) -> bytes:
        """Everything it remembers, without what a pause has ended."""
        newest = max((run.last for run in self._runs.values()), default=0)
        alive = {
            key: run for key, run in self._runs.items() if run.offs or newest - run.last <= _PAUSE_S
        }
        return pack(_VERSION, _State(alive))

    def restore(self, snapshot: bytes) -> None:
        """Go on where `snapshot` was taken; raises `SnapshotUnreadable` if it is foreign."""
        self._runs = unpack(_VERSION, snapshot, _State).runs

    def _met(self, key: str) -> _Run:
        if len(self._runs) >= _SENSORS:
            del self._runs[min(self._runs, key=lambda each: self._runs[each].last)]
        run = self._runs[key] = _Run()
        return run


class _State(msgspec.Struct, array_like=True):
    runs: dict[str, _Run]
