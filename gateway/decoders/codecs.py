"""What the codecs of LoRaWAN devices call things, whichever network carries them.

Each maker writes its own. By the codecs that Milesight, Dragino, Netvox and Browan publish. Traps:
* Names come in any case and with many endings: `WATER_LEAK_STATUS`, `WaterLeak_2`.
* A press is `press`, `button` or `button_event` at one maker and `Alarm` at the next. Another uses
  `alarm` for words about the device itself (`sensor fault`): only a plain yes is a call for help.
* A door's `ALARM` (Dragino) is no press: it has stood open, or shut, for longer than was set.
* `status` 0 or 1 is a press, a leak or a door: which, only the register knows.
* A tracker without a fix says 0, -0.000001 (Milesight) or 268.4 (Dragino) degrees. One codec of
  Dragino's writes `Longitud`, and with a `Date` it says where the tracker was long ago.
* `tamper_status` (Milesight) is of a sensor taken from its wall: 1 or `uninstalled`; `unknown` says
  nothing.
* `battery` may be volts. A battery that has come down to so few per cent was told of long before.
"""

from __future__ import annotations

from typing import Any

from gateway.decoders import facts
from gateway.decoders.said import Telling, number
from telecare.vocabulary import ReadingKind

_NAMES = {
    "longitud": "longitude",
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
_TAMPERED = {"0": False, "installed": False, "1": True, "uninstalled": True}
_PRESSES = ("press", "button", "button_event")
_CALLS = ("alarm", "alarm_status")
_PLAINLY_YES = frozenset({"true", "1", "yes", "on", "alarm"})
_BATTERIES = ("battery", "batteryLevel", "battery_level")
_VOLTS = 5.0
_NO_FIX = 0.00001
"""Degrees: nearer to 0, 0 nobody is."""


def tell(telling: Telling, decoded: dict[str, Any]) -> None:
    """Add to `telling` what a codec made of the device's bytes."""
    fields: dict[str, Any] = {}
    for name, value in decoded.items():
        plain = _NAMES.get(name.lower(), name.lower())
        if not facts.says_yes(fields.get(plain)):
            fields[plain] = value
    tampered = _TAMPERED.get(str(fields.get("tamper_status")))
    if tampered is not None:
        fields["tamper"] = tampered
        telling.ride(tamper=tampered)
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
    _tell_place(telling, fields)


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


def _tell_place(telling: Telling, fields: dict[str, Any]) -> None:
    lat, lon = number(fields.get("latitude")), number(fields.get("longitude"))
    if lat is None or lon is None or "date" in fields:
        return
    if max(abs(lat), abs(lon)) < _NO_FIX or abs(lat) > 90 or abs(lon) > 180:
        return
    accuracy = number(fields.get("accuracy"))
    where = {"lat": lat, "lon": lon} | ({} if accuracy is None else {"accuracy_m": accuracy})
    telling.add(ReadingKind.LOCATION, "location", data=where)
