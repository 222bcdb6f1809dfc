"""What the codecs of LoRaWAN devices call things, whichever network carries them.

Each maker writes its own. By the codecs that Milesight, Dragino, Netvox and Browan publish. Traps:
* Names come in any case and with many endings: `WATER_LEAK_STATUS`, `WaterLeak_2`.
* A press is `press`, `button` or `button_event` at one maker and `Alarm` at the next. Another uses
  `alarm` for words about the device itself (`sensor fault`): only a plain yes is a call for help.
* A door's `ALARM` (Dragino) is no press: it has stood open, or shut, for longer than was set.
* `status` 0 or 1 is a press, a leak or a door: which, only the register knows.
* `battery` may be volts. A battery that has come down to so few per cent was told of long before.
"""

from __future__ import annotations

from typing import Any

from gateway.decoders import facts
from gateway.decoders.said import Telling, number
from telecare.vocabulary import ReadingKind

_NAMES = {
    "door_open_status": "open",
    "magnet_status": "open",
    "water_leak_status": "water_leak",
    "waterleak_1": "water_leak",
    "waterleak_2": "water_leak",
    "gas_status": "gas_alarm",
    "firealarm": "smoke",
    "coalarm": "co_alarm",
    "hightempalarm": "heat_alarm",
}
"""In `facts`' words; of several that come to the same, one that says yes is heard."""
_PRESSES = ("press", "button", "button_event")
_CALLS = ("alarm", "alarm_status")
_PLAINLY_YES = frozenset({"true", "1", "yes", "on", "alarm"})
_BATTERIES = ("battery", "batteryLevel", "battery_level")
_VOLTS = 5.0


def tell(telling: Telling, decoded: dict[str, Any]) -> None:
    """Add to `telling` what a codec made of the device's bytes."""
    fields: dict[str, Any] = {}
    for name, value in decoded.items():
        plain = _NAMES.get(name.lower(), name.lower())
        if not facts.says_yes(fields.get(plain)):
            fields[plain] = value
    for name in _PRESSES:
        _tell_press(telling, fields.get(name))
    for name in _CALLS:
        if str(fields.get(name)).strip().lower() in _PLAINLY_YES:
            telling.add(ReadingKind.ALARM, telling.press or _call(fields), value=True)
    if telling.known.alarm is None and telling.press and fields.get("status") == 1:
        _tell_press(telling, "press")
    elif (telling.known.type or telling.known.alarm) and fields.get("status") in (0, 1):
        fields["open"] = bool(fields["status"])
    facts.tell(telling, fields)


def battery(decoded: dict[str, Any]) -> float | None:
    """Per cent."""
    level = next((number(decoded[name]) for name in _BATTERIES if name in decoded), None)
    return None if level is None or 1 < level < _VOLTS else level


def _call(fields: dict[str, Any]) -> str:
    if "open" not in fields:
        return "alarm"
    return "open_too_long" if facts.says_yes(fields["open"]) else "closed_too_long"


def _tell_press(telling: Telling, value: object) -> None:
    how = value.get("status") if isinstance(value, dict) else value
    if facts.says_yes(how):
        facts.tell_action(telling, how if isinstance(how, str) else "press")
