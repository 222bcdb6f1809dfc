"""Tasmota: `tele/TOPIC/SENSOR|STATE|LWT`, `stat/TOPIC/RESULT|STATUS...|POWER`.

By the Tasmota documentation, "MQTT" (topics, periods, thresholds, its SENSOR example). Traps:
* `Time` is the device's local time and usually has no offset: then it is no time we can use.
* SENSOR comes every 300 s unless set otherwise (`TelePeriod`), so a kettle may boil unseen:
  set `PowerDelta`, which reports a change at once.
* A threshold that is passed (`tele/TOPIC/POWER_LOW ON`) comes as plain text, and is status.
* With `SensorRetain` or `PowerRetain` a broker keeps old messages: from another's broker they
  come marked as retained, and are no events.
* LWT is `Online` or `Offline`, plain text and retained.
* Switches: `ON` says the contact made; what that means the sensor's `type` tells.
* Buttons say `{"Button1": {"Action": "SINGLE"}}` only once they are detached from the relay
  (`SetOption73`); whatever the action is called, a finger was there. With `SetOption4` such a
  message comes on `stat/TOPIC/BUTTON1` instead of `RESULT`.
* Its Zigbee bridge says `{"ZbReceived": {"0x5ADF": {...}}}` of the sensors behind it, in words of
  its own: `Contact` 1 is open there (it is the zone's alarm bit, of smoke as of doors).
* `%prefix%/%topic%/` is the default order and can be changed: only the default is read.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gateway.decoders import facts
from gateway.decoders.said import (
    Heard,
    Offer,
    Said,
    Telling,
    answered,
    moment,
    number,
    object_of,
    part,
    text,
    unknown,
)
from telecare.vocabulary import COMMAND_TAKEN, ReadingKind

_ZIGBEE = {
    "Fire": "smoke", "CO": "carbon_monoxide", "Water": "water_leak", "PersonalAlarm": "panic",
    "Panic": "panic", "Contact": "open", "Occupancy": "occupancy", "Movement": "motion",
    "Click": "action", "Temperature": "temperature", "Humidity": "humidity",
}  # fmt: skip
"""Its words for what Zigbee sensors say, in those of `facts`."""


def read(heard: Heard) -> Sequence[Said | Offer]:
    """What the device says; raises `Unreadable`."""
    prefix, _, rest = heard.topic.partition("/")
    device, _, what = rest.rpartition("/")
    if prefix not in ("tele", "stat") or not device:
        raise unknown("It is no topic of Tasmota's that says something.")
    if what == "LWT":
        telling = Telling(heard, sensor=device)
        online = heard.payload.strip().lower() == b"online"
        telling.add(ReadingKind.STATUS, "availability", online)
        return telling.done()
    if not heard.payload.lstrip().startswith(b"{"):
        telling = Telling(heard, sensor=device)
        word = heard.payload[:64].decode(errors="replace").strip()
        telling.add(ReadingKind.STATUS, what.lower() or "status", data={"state": word})
        return telling.done()
    fields = object_of(heard.payload)
    if what == "TELECARE":
        # Gone through. Other results may come between, so none could be told to be this one's.
        command = text(fields, "command") or "?"
        return answered(heard, device, command, done=COMMAND_TAKEN, said={})
    if received := part(fields, "ZbReceived"):
        return [each for key, state in received.items() for each in _behind(heard, key, state)]
    telling = Telling(heard, sensor=device, at=moment(fields.get("Time")), data=fields)
    if what in ("SENSOR", "STATUS8", "STATUS10"):
        _tell_sensors(telling, part(fields, "StatusSNS") or fields)
    elif prefix == "stat":
        _tell_switches(telling, fields)
        _tell_buttons(telling, fields)
    return telling.done()


def _behind(heard: Heard, key: str, state: object) -> list[Said]:
    fields = state if isinstance(state, dict) else {}
    name, battery = text(fields, "Name") or key, fields.get("BatteryPercentage")
    telling = Telling(heard, sensor=name, battery=battery, data=fields)
    facts.tell(telling, {ours: fields[word] for word, ours in _ZIGBEE.items() if word in fields})
    return telling.done()


def _tell_sensors(telling: Telling, fields: dict[str, Any]) -> None:
    _tell_switches(telling, fields)
    power = part(fields, "ENERGY").get("Power")
    if number(power) is not None:
        facts.tell(telling, {"power": power})
    for name, inner in fields.items():
        if name != "ENERGY" and isinstance(inner, dict):
            small = {key.lower(): value for key, value in inner.items()}
            facts.tell(telling, {key: small.get(key) for key in ("temperature", "humidity")})


def _tell_switches(telling: Telling, fields: dict[str, Any]) -> None:
    for name, value in fields.items():
        if not name.startswith("Switch"):
            continue
        state = value.get("Action") if isinstance(value, dict) else value
        if not isinstance(state, str):
            continue
        if telling.known.type or telling.known.alarm:
            facts.tell(telling, {"open": state})
        else:
            telling.add(ReadingKind.READING, "switch", facts.says_yes(state))


def _tell_buttons(telling: Telling, fields: dict[str, Any]) -> None:
    for name, value in fields.items():
        action = value.get("Action") if name.startswith("Button") and type(value) is dict else None
        if isinstance(action, str) and action:
            facts.tell_action(telling, action)
