"""What a sensor's fields mean, whoever made it.

Makers agree on names more than on values: `true`, 1, `"ON"` and `"leak"` all say yes. A
life-safety field with a value nobody knows counts as yes: it is shown, never dropped.
"""

from __future__ import annotations

from typing import Any

from gateway.decoders.said import Telling, number
from telecare.vocabulary import AlarmType, ReadingKind

NO = frozenset(
    {"", "off", "false", "no", "none", "clear", "cleared", "normal", "ok", "closed", "close",
     "idle", "inactive", "vacant", "unoccupied", "0", "dry", "safe", "no_leak", "noleak",
     "not_leaking", "no_alarm"}
)  # fmt: skip
ALARMS = {
    "smoke": AlarmType.SMOKE,
    "smoke_alarm": AlarmType.SMOKE,
    "smoke_status": AlarmType.SMOKE,
    "heat_alarm": AlarmType.HEAT,
    "carbon_monoxide": AlarmType.CARBON_MONOXIDE,
    "co_alarm": AlarmType.CARBON_MONOXIDE,
    "gas": AlarmType.GAS,
    "gas_alarm": AlarmType.GAS,
    "water_leak": AlarmType.FLOOD,
    "waterleak": AlarmType.FLOOD,
    "leak": AlarmType.FLOOD,
    "leakage_status": AlarmType.FLOOD,
    "flood": AlarmType.FLOOD,
    "fall": AlarmType.FALL,
    "fall_detected": AlarmType.FALL,
    "fall_down_status": AlarmType.FALL,
    "sos": AlarmType.PANIC,
    "sos_event": AlarmType.PANIC,
    "panic": AlarmType.PANIC,
    "emergency": AlarmType.PANIC,
}
"""Fields that raise an alarm when they say yes."""
_MEASURED = frozenset({"gas"})
"""Of those, the ones that some makes use for a number of parts per million."""
PANIC_ACTIONS = frozenset({"emergency", "panic", "sos", "emergency_call"})
_MOTION = frozenset({"occupancy", "motion", "pir", "pir_status", "movement", "motion_detected"})
_OPEN = frozenset({"door", "open", "opening", "door_open", "window_open", "door_status"})
_NUMBERS = {
    "power": ("power", "W"),
    "apower": ("power", "W"),
    "temperature": ("temperature", "°C"),
    "humidity": ("humidity", "%"),
}
"""Fields that are numbers, with our word and their unit."""
_FAULTS = ("tamper", "battery_low", "trouble", "fault")


def says_yes(value: object) -> bool:
    """Whether a yes-or-no field says yes; what is not clearly no is yes."""
    if value is None:
        return False
    if isinstance(value, str):
        return value.strip().lower().replace(" ", "_") not in NO
    return bool(value)


def tell(telling: Telling, fields: dict[str, Any]) -> None:
    """Add to `telling` what `fields` state: alarms first, then facts, then faults."""
    _tell_alarms(telling, fields)
    _tell_movement(telling, fields)
    if isinstance(fields.get("action"), str) and fields["action"]:
        tell_action(telling, fields["action"])
    for name, (type_, unit) in _NUMBERS.items():
        value = number(fields.get(name))
        if value is not None:
            telling.add(ReadingKind.READING, type_, value, unit)
    for name in _FAULTS:
        if fields.get(name) is True:
            telling.add(ReadingKind.STATUS, name, value=True)


def _tell_movement(telling: Telling, fields: dict[str, Any]) -> None:
    if "contact" in fields and fields["contact"] is not None:
        # Closed is when the two halves touch: contact true means closed.
        _tell_opening(telling, is_open=not says_yes(fields["contact"]))
    for name in sorted(_OPEN & fields.keys()):
        if fields[name] is not None:
            _tell_opening(telling, is_open=says_yes(fields[name]))
    for name in sorted(_MOTION & fields.keys()):
        _tell_seen(telling, "motion", seen=says_yes(fields[name]))
    if "presence" in fields:
        _tell_seen(telling, "presence", seen=says_yes(fields["presence"]))
    if says_yes(fields.get("vibration")) and telling.known.alarm and not fields.get("action"):
        # Only where somebody said what it is there for: a lorry shakes a shelf, too.
        telling.add(ReadingKind.ALARM, telling.known.alarm, value=True)


def tell_action(telling: Telling, action: str) -> None:
    """A button was pressed: an alarm if it is one for help, else a fact."""
    if telling.press is not None:
        telling.add(ReadingKind.ALARM, telling.press, action)
    elif action.lower() in PANIC_ACTIONS:
        telling.add(ReadingKind.ALARM, AlarmType.PANIC, action)
    else:
        telling.add(ReadingKind.READING, "button", action)


def _tell_alarms(telling: Telling, fields: dict[str, Any]) -> None:
    for name, kind in ALARMS.items():
        value = fields.get(name)
        if value is None or (name in _MEASURED and number(value) is not None):
            continue
        if says_yes(value):
            telling.add(ReadingKind.ALARM, kind, value=True)
        else:
            telling.add(ReadingKind.READING, kind, value=False)


def _tell_opening(telling: Telling, *, is_open: bool) -> None:
    if is_open and telling.known.alarm is not None:
        telling.add(ReadingKind.ALARM, telling.known.alarm, value=True)
        return
    telling.add(ReadingKind.READING, telling.known.type or "door", is_open)


def _tell_seen(telling: Telling, type_: str, *, seen: bool) -> None:
    if seen and telling.known.alarm is not None:
        telling.add(ReadingKind.ALARM, telling.known.alarm, value=True)
        return
    telling.add(ReadingKind.READING, telling.known.type or type_, seen)
