"""What does a device say of itself, and may we call it well?

Pure: `heard` folds a device's readings in the order of its lane; `presence` judges the silence
since. Nothing here is a person's business: no movement is kept, no place.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import msgspec

from telecare.messages import Reading
from telecare.register.classes import Policy
from telecare.vocabulary import (
    CONFIG_REPORTED,
    RECEIPT_SEEN,
    AlarmType,
    ClaimOfTime,
    ReadingKind,
)

SENSORS_KEPT = 64
"""Sensors behind one hub; the longest unheard gives way."""
_SIGNAL = ("signal", "rssi", "linkquality", "signal_dbm")
_NO_SIGNAL = 1e6
"""No strength is measured in so much of anything."""
_WORD = 80


class Presence(StrEnum):
    """What we know of a device's being there. Only one of them means that all is well."""

    NEVER = "never heard"
    PRESENT = "present"
    """It spoke within twice the time it promised."""
    UNKNOWN = "unknown"
    """It is late: nobody may call it well, and it is not yet long enough to call it silent."""
    SILENT = "silent"
    QUIET = "quiet by design"
    """It promises no word, so its silence says nothing."""


class Sensor(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A sensor behind a hub."""

    heard_at: datetime
    said_at: datetime | None = None
    """By its hub's or its own clock."""
    room: str | None = None
    battery: float | None = None
    is_gone: bool = False
    """Its hub said so after its last word."""


class Equipment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A device as its own words describe it."""

    org: str
    device: str
    home: str
    heard_at: datetime
    """When we last received anything: the hub's clock has no say in it."""
    said_at: datetime | None = None
    """The newest time it stated by its own clock."""
    clock: ClaimOfTime = ClaimOfTime.ABSENT
    """What we thought of that."""
    battery: float | None = None
    mains: bool | None = None
    signal: float | None = None
    firmware: str = ""
    model: str = ""
    pressed_at: datetime | None = None
    """The last alarm of a person's hand or a detector: it counts as a test."""
    config_version: int | None = None
    """The configuration it reports."""
    config: dict[str, Any] | None = None
    is_gone: bool = False
    """Its will, or its bridge, said so after its last word."""
    sensors: dict[str, Sensor] = {}


def presence(
    policy: Policy, heard_at: datetime | None, now: datetime, *, is_gone: bool = False
) -> Presence:
    """What its last word, and when it was, says of it now.

    `is_gone`: it was said of it since that it is gone. Then it is not known to be there, also
    where it promises nothing.
    """
    if heard_at is None:
        return Presence.NEVER
    if policy.silent_after is None or policy.heartbeat_seconds is None:
        return Presence.UNKNOWN if is_gone else Presence.QUIET
    silent_for = now - heard_at
    if silent_for > timedelta(seconds=policy.silent_after):
        return Presence.SILENT
    if is_gone or silent_for > timedelta(seconds=2 * policy.heartbeat_seconds):
        return Presence.UNKNOWN
    return Presence.PRESENT


def test_due(policy: Policy, since: datetime, pressed_at: datetime | None, now: datetime) -> bool:
    """Whether somebody should press it; `since` is when it came to us."""
    if policy.test_days is None:
        return False
    return now - max(since, pressed_at or since) > timedelta(days=policy.test_days)


def heard(before: Equipment | None, reading: Reading) -> Equipment:
    """`before` and one more reading of the device, which may be old."""
    if not reading.is_word:
        return _gone(before or _begun(reading), reading)
    now = before or _begun(reading)
    newer = reading.received_at >= now.heard_at
    changes: dict[str, Any] = {"home": reading.home} if newer else {}
    changes["heard_at"] = max(now.heard_at, reading.received_at)
    if reading.at is not None and newer:
        changes |= {"said_at": reading.at, "clock": reading.time_claim}
    if reading.kind is ReadingKind.ALARM and reading.type != AlarmType.CANCEL:
        changes["pressed_at"] = max(now.pressed_at or reading.received_at, reading.received_at)
    if reading.sensor:
        changes["sensors"] = _sensors(now.sensors, reading.sensor, reading)
    elif newer:
        changes |= _of_itself(reading)
    if newer:
        changes["is_gone"] = False
    return msgspec.structs.replace(now, **changes)


def _begun(reading: Reading) -> Equipment:
    return Equipment(
        org=reading.org, device=reading.device, home=reading.home, heard_at=reading.received_at
    )


def _gone(before: Equipment, reading: Reading) -> Equipment:
    """Somebody else's word that it is gone is no word of its own, and holds until the next."""
    if not reading.sensor:
        newer = reading.received_at >= before.heard_at
        return msgspec.structs.replace(before, is_gone=newer or before.is_gone)
    name = reading.sensor[:_WORD]
    sensor = before.sensors.get(name)
    if sensor is None or sensor.heard_at > reading.received_at:
        return before
    gone = msgspec.structs.replace(sensor, is_gone=True)
    return msgspec.structs.replace(before, sensors={**before.sensors, name: gone})


def _of_itself(reading: Reading) -> dict[str, Any]:
    data = reading.data
    found: dict[str, Any] = {}
    if reading.battery is not None:
        found["battery"] = reading.battery
    if isinstance(mains := data.get("mains"), bool):
        found["mains"] = mains
    for name in _SIGNAL:
        if _is_number(data.get(name)):
            found["signal"] = float(data[name])
            break
    for name in ("firmware", "model"):
        if isinstance(value := data.get(name), str):
            found[name] = value[:_WORD]
    if reading.kind is ReadingKind.STATUS and reading.type == CONFIG_REPORTED:
        version = data.get("version")
        if isinstance(version, int) and not isinstance(version, bool):
            found["config_version"] = version
            config = data.get("config")
            found["config"] = config if isinstance(config, dict) else None
    return found


def _sensors(before: dict[str, Sensor], name: str, reading: Reading) -> dict[str, Sensor]:
    known = before.get(name[:_WORD])
    if known is not None and known.heard_at > reading.received_at:
        return before
    battery = reading.battery
    if battery is None and known is not None:
        battery = known.battery
    sensor = Sensor(
        heard_at=reading.received_at, said_at=reading.at, battery=battery,
        room=reading.room or (known.room if known else None),
    )  # fmt: skip
    after = {**before, name[:_WORD]: sensor}
    while len(after) > SENSORS_KEPT:
        del after[min(after, key=lambda each: after[each].heard_at)]
    return after


def _is_number(value: object) -> bool:
    # JSON has whole numbers that no float can hold.
    return (
        isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _NO_SIGNAL
    )


def receipt_in(reading: Reading) -> str | None:
    """The id of the alarm whose receipt the device says it has; None if it says none.

    It must also state when we stored it, which only the receipt tells: a device that confirms
    everything it ever sent does not pass.
    """
    if reading.kind is not ReadingKind.STATUS or reading.type != RECEIPT_SEEN:
        return None
    receipt, stored = reading.data.get("receipt"), reading.data.get("stored_at")
    if not isinstance(receipt, str) or not isinstance(stored, str):
        return None
    try:
        moment = datetime.fromisoformat(stored)
    except ValueError:
        return None
    is_possible = moment.tzinfo is not None and moment <= reading.received_at
    return receipt if is_possible else None
