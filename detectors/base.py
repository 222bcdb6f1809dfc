"""What every detector promises, and the little they all share."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Protocol, TypeVar

import msgspec

from detectors.coverage import Hubs
from detectors.movement import Glance
from telecare.errors import InvalidInput
from telecare.messages import Reading, Signal
from telecare.vocabulary import ReadingKind

LATE_GRACE = timedelta(minutes=2)
"""A hub that empties its memory sends old readings one after another. Absence is not
judged before this long after the last of them, or half a story would look like silence."""


class SnapshotUnreadable(InvalidInput):
    """This snapshot was written by another version; rebuild the state from the readings."""


class HomeProfile(msgspec.Struct, frozen=True, kw_only=True):
    """What a detector may know of a home beside its readings: no names, no addresses."""

    org: str
    home: str
    timezone: str = "Europe/London"
    """IANA name; nights and days are this zone's."""
    position: tuple[float, float] | None = None
    """Latitude and longitude of the home, if the register knows them."""
    hubs: Mapping[str, float] = {}
    """Hub device -> seconds without a word after which it counts as silent. Only hubs
    that promise heartbeats stand here."""
    gone: Mapping[str, float] = {}
    """The same of hubs that were withdrawn."""
    quiet: frozenset[str] = frozenset()
    """Hubs that promise no heartbeats."""
    alone: frozenset[str] = frozenset()
    """Sensors that are devices of their own, and speak through no hub."""
    sensors: Mapping[str, float] = {}
    """`DEVICE/SENSOR` -> the same for a sensor behind that hub. Only sensors that promise to
    check in stand here: most are silent by design."""
    checking_in: frozenset[str] = frozenset()
    """Those of `hubs` that are no hubs: a pendant that promises a word a day."""
    battery_low: Mapping[str, int] = {}
    """Device -> per cent below which its battery is low, where that is not the usual one."""
    settings: Mapping[str, Mapping[str, Any]] = {}
    """Detector name -> the settings that differ from its defaults."""
    pauses: tuple[Mapping[str, Any], ...] = ()
    """What people wrote of times away, in hospital or with visitors; see `absences`."""

    def seen_through(self) -> Hubs:
        """Those of `hubs` that are hubs, and those that were. A flat pendant hides nobody."""
        here = {hub: s for hub, s in self.hubs.items() if hub not in self.checking_in}
        if self.gone:
            here |= dict.fromkeys(self.quiet, math.inf)  # they, too, may take a place
        # Where no hub is left or to come, the sensors that need none see the home.
        alone = self.alone if self.gone and not here else frozenset()
        return Hubs(here | dict.fromkeys(alone, math.inf), self.gone, alone)


class Detector(Protocol):
    """Judges one home (or one worn device of it) as a stream.

    Same profile, same readings, same ticks: same signals with the same ids, wherever it
    was snapshotted and restored in between. Nothing here knows the time by itself.
    """

    name: ClassVar[str]
    """Goes into `Signal.source`; also the key of its settings."""
    listens_to: ClassVar[frozenset[ReadingKind]]
    """The only kinds `observe` is called with."""
    due_at: datetime | None
    """When it next wants `tick`, if nothing else happens. May be early, never late."""

    def observe(self, reading: Reading, seen: Glance) -> list[Signal]:
        """Take in one reading of this home, and the glance at it that all its detectors share;
        late and repeated ones are allowed.

        Raises `InvalidInput` if the reading claims a kind it does not fulfil; of that reading
        it remembers then no more than that.
        """

    def tick(self, now: datetime) -> list[Signal]:
        """Judge absence. After it `due_at` is later than `now`, or None."""

    def snapshot(self) -> bytes:
        """Everything it remembers. At most a few kilobytes; starts with a version."""

    def restore(self, snapshot: bytes) -> None:
        """Go on where `snapshot` was taken; raises `SnapshotUnreadable` if it is foreign."""


_Settings = TypeVar("_Settings", bound=msgspec.Struct)
_State = TypeVar("_State", bound=msgspec.Struct)


def settings_of(profile: HomeProfile, detector: str, kind: type[_Settings]) -> _Settings:
    """The detector's settings for this home; raises `InvalidInput` naming the wrong one."""
    given = profile.settings.get(detector, {})
    try:
        return msgspec.convert(dict(given), kind)
    except msgspec.ValidationError as wrong:
        raise InvalidInput(
            f"the settings of {detector} for this home are wrong: {wrong}"
        ) from wrong


def signal_id(profile: HomeProfile, detector: str, *parts: str) -> str:
    """The same for the same happening, for ever; different for any other."""
    whole = "\x1f".join((profile.org, profile.home, detector, *parts))
    return hashlib.blake2b(whole.encode(), digest_size=15).hexdigest()


def pack(version: int, state: msgspec.Struct) -> bytes:
    """A snapshot: the version of its meaning, then the state."""
    return msgspec.msgpack.encode((version, state))


def unpack(version: int, snapshot: bytes, kind: type[_State]) -> _State:
    """The state in `snapshot`; raises `SnapshotUnreadable` if it has another version or shape."""
    try:
        found, raw = msgspec.msgpack.decode(snapshot, type=tuple[int, msgspec.Raw])
        if found == version:
            return msgspec.msgpack.decode(raw, type=kind)
    except (msgspec.ValidationError, msgspec.DecodeError) as wrong:
        raise SnapshotUnreadable from wrong
    raise SnapshotUnreadable


def at(timestamp: float) -> datetime:
    """The aware UTC time of a POSIX timestamp."""
    return datetime.fromtimestamp(timestamp, UTC)
