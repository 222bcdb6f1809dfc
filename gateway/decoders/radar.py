"""Radar fall sensors: the shapes of Vayyar (`/devices/ID/events`) and Milesight VS373.

A fall the sensor itself judged is an explicit alarm and passes straight through; our own
opinion stands beside it, never in front.

Traps:
* One fall comes several times (confirmed, calling, finished): all carry the same
  `timestamp`, which names the alarm, so that it is raised once.
* "Fall exit" says the person got up, by the sensor's judgement. It is a fact beside the
  alert; it cancels nothing.
* A fall merely suspected (`fall_detected` before `fall_confirmed`) is raised as well: people
  decide, and the later states join it.
* Presence is repeated while somebody is there; "nobody there" is no movement.
* Times are Unix milliseconds at one maker, local text without an offset at the other.
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
    moment,
    number,
    object_of,
    part,
    text,
    unknown,
)
from telecare.vocabulary import AlarmType, ReadingKind

_OVER = frozenset({"finished", "fall_exit", "canceled", "cancelled"})
_EVENTS = {
    0: AlarmType.FALL.value,
    1: "motionless",
    2: "dwell",
    3: AlarmType.BED_EXIT.value,
    6: "bradycardia",
    7: "tachypnea",
    8: "lying",
}
"""Milesight's events that raise alarms, with our type. Types we have no word for are shown."""
_OCCUPIED, _VACANT = 4, 5


def read(heard: Heard) -> Sequence[Said | Offer]:
    """What the sensor says; raises `Unreadable`."""
    fields = object_of(heard.payload)
    about = part(fields, "device_info") or part(fields, "device info")
    if about:
        trigger = part(fields, "trigger_data") or part(about, "trigger data")
        return _milesight(heard, about, trigger)
    levels = heard.topic.strip("/").split("/")
    if len(levels) == 3 and levels[0] == "devices" and levels[2] == "state":
        telling = Telling(heard, sensor=levels[1], data=fields)
        telling.add(ReadingKind.HEARTBEAT, "heartbeat")
        return telling.done()
    if len(levels) == 3 and levels[0] == "devices" and levels[2] == "events":
        inner = part(fields, "payload")
        return _vayyar(heard, levels[1], inner or fields, fields)
    raise unknown("It is no topic of a radar sensor that we know.")


def _vayyar(
    heard: Heard, device: str, event: dict[str, Any], outer: dict[str, Any]
) -> Sequence[Said]:
    type_ = outer.get("type", event.get("type"))
    stamp = number(event.get("timestamp"))
    at = moment(stamp / 1000) if stamp and stamp > 1e11 else moment(stamp)
    telling = Telling(heard, sensor=device, at=at, data=outer)
    status = (text(event, "status") or "").strip().lower().replace(" ", "_")
    if status and (type_ in (1, 5) or "fall" in status):
        if status in _OVER:
            telling.add(ReadingKind.READING, "fall_over", status)
        else:
            telling.add(ReadingKind.ALARM, AlarmType.FALL, status, key=stamp or heard.received_at)
    elif "presenceDetected" in event or type_ in (0, 4):
        facts.tell(telling, {"presence": event.get("presenceDetected", event.get("presence"))})
    elif type_ == 1:
        # A fall event in words we do not know: shown, never dropped.
        telling.add(ReadingKind.ALARM, AlarmType.FALL, key=stamp or heard.received_at)
    return telling.done()


def _milesight(heard: Heard, about: dict[str, Any], trigger: dict[str, Any]) -> Sequence[Said]:
    sensor = text(about, "device_sn") or text(about, "device sn") or heard.topic
    event, status = trigger.get("event"), trigger.get("status")
    telling = Telling(heard, sensor=sensor, data=trigger)
    if event in (_OCCUPIED, _VACANT):
        facts.tell(telling, {"presence": event == _OCCUPIED})
        return telling.done()
    if event is None:
        return telling.done()
    type_ = _EVENTS.get(event if isinstance(event, int) else -1) or f"radar_{event}"[:48]
    if status == 1 or status not in (2, 3, 4):
        number_ = trigger.get("trigger_id", trigger.get("trigger id"))
        key = f"{number_}:{about.get('time')}" if number_ is not None else None
        telling.add(ReadingKind.ALARM, type_, key=key)
    else:
        telling.add(ReadingKind.READING, f"{type_}_over", number(status))
    return telling.done()
