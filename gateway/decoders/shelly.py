"""Shelly, second generation and later: `PREFIX/events/rpc`, `PREFIX/status/...`, `PREFIX/online`;
`PREFIX/telecare/rpc` for answers to our commands (`telecare.telling.shelly`).

Traps:
* `NotifyStatus` holds changed keys only, so what is absent is unchanged, not off. Each
  statement here rests on a key that is there; nothing is concluded from one that is not.
* `status/...` topics are off until switched on in the device's MQTT settings.
* Battery devices sleep; they say `NotifyFullStatus` when they wake, and are silent by design.
* On external power a battery device says that its battery is at 0 per cent: it is none.
* What a Bluetooth sensor (`bthomesensor:N`) watches only its configuration knows, so the register
  must say it; its battery is its `bthomedevice:N`'s.
* `ts` is null or tiny until the device has the time from the network: then it is no time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
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
from telecare.vocabulary import AlarmType, ReadingKind

_CLOCK_SET = 1_500_000_000
"""A `ts` below this (July 2017) is seconds since the device started."""
_PRESSES = ("_push", "_press")
"""How the event of a finger on a button ends: `single_push`, and of Bluetooth buttons also
`long_double_push`, `long_triple_push` and `hold_press`. Who is afraid does not press as told."""


def read(heard: Heard) -> Sequence[Said | Offer]:
    """What the device says; raises `Unreadable`."""
    prefix, _, rest = heard.topic.rpartition("/events/rpc")
    if prefix and not rest:
        return _notification(heard, prefix, object_of(heard.payload))
    prefix, _, rest = heard.topic.rpartition("/telecare/rpc")
    if prefix and not rest:
        frame = object_of(heard.payload)
        about: dict[str, Any] = {key: frame[key] for key in ("result", "error") if key in frame}
        command = text(frame, "id") or "?"
        return answered(heard, prefix, command, done="error" not in frame, said=about)
    prefix, found, component = heard.topic.rpartition("/status/")
    if found:
        fields = object_of(heard.payload)
        telling = Telling(heard, sensor=_sensor(prefix, component), data={component: fields})
        _tell_component(telling, component, fields)
        return telling.done()
    prefix, found, rest = heard.topic.rpartition("/online")
    if found and not rest:
        telling = Telling(heard, sensor=prefix)
        online = heard.payload.strip().lower() == b"true"
        telling.add(ReadingKind.STATUS, "availability", online)
        return telling.done()
    raise unknown("It is no topic of Shelly's that says something.")


def _notification(heard: Heard, prefix: str, frame: dict[str, Any]) -> Sequence[Said]:
    method, params = text(frame, "method"), part(frame, "params")
    at = _time(number(params.get("ts")))
    if method == "NotifyEvent":
        return _events(heard, prefix, params)
    if method not in ("NotifyStatus", "NotifyFullStatus"):
        raise unknown("It is no notification of Shelly's that we know.")
    said: list[Said] = []
    of_all = _battery(part(params, "devicepower:0"))
    for name, fields in params.items():
        if isinstance(fields, dict):
            sensor = _sensor(prefix, name)
            own = fields.get("battery") if name.startswith("bthomedevice:") else of_all
            telling = Telling(heard, sensor=sensor, at=at, battery=own, data={name: fields})
            _tell_component(telling, name, fields)
            said += telling.done()
    return said or Telling(heard, sensor=prefix, at=at, data=params).done()


def _battery(power: dict[str, Any]) -> float | None:
    if part(power, "external").get("present") is True:
        return None
    return number(part(power, "battery").get("percent"))


def _events(heard: Heard, prefix: str, params: dict[str, Any]) -> Sequence[Said]:
    said: list[Said] = []
    events = params.get("events")
    for place, event in enumerate(events if isinstance(events, list) else []):
        if not isinstance(event, dict):
            continue
        component, name = text(event, "component") or "", text(event, "event") or "event"
        ts = number(event.get("ts"))
        telling = Telling(
            heard,
            sensor=_sensor(prefix, component),
            key=f"{ts or heard.received_at}:{place}:{name}",
            at=_time(ts),
            data=event,
        )
        if name.endswith(_PRESSES):
            facts.tell_action(telling, name)
        else:
            telling.add(ReadingKind.STATUS, "event", name)
        said += telling.done()
    return said or Telling(heard, sensor=prefix, data=params).done()


def _tell_component(telling: Telling, name: str, fields: dict[str, Any]) -> None:
    tell = _COMPONENTS.get(name.partition(":")[0])
    if tell is not None:
        tell(telling, fields)


def _alarm(kind: AlarmType) -> Callable[[Telling, dict[str, Any]], None]:
    def tell(telling: Telling, fields: dict[str, Any]) -> None:
        if "alarm" in fields:
            facts.tell(telling, {kind.value: fields["alarm"]})

    return tell


def _tell_power(telling: Telling, fields: dict[str, Any]) -> None:
    facts.tell(telling, {"power": fields.get("apower", fields.get("act_power"))})


def _tell_temperature(telling: Telling, fields: dict[str, Any]) -> None:
    facts.tell(telling, {"temperature": fields.get("tC")})


def _tell_humidity(telling: Telling, fields: dict[str, Any]) -> None:
    facts.tell(telling, {"humidity": fields.get("rh")})


def _tell_input(telling: Telling, fields: dict[str, Any]) -> None:
    _tell_state(telling, fields.get("state"))


def _tell_bluetooth(telling: Telling, fields: dict[str, Any]) -> None:
    _tell_state(telling, fields.get("value"))


def _tell_state(telling: Telling, state: object) -> None:
    if not isinstance(state, bool):
        return
    if telling.known.type or telling.known.alarm:
        facts.tell(telling, {"open": state})
    else:
        telling.add(ReadingKind.READING, "input", state)


def _tell_presence(telling: Telling, fields: dict[str, Any]) -> None:
    seen = fields.get("presence", fields.get("value", fields.get("num_objects")))
    if seen is not None:
        facts.tell(telling, {"presence": seen})


_COMPONENTS: dict[str, Callable[[Telling, dict[str, Any]], None]] = {
    "switch": _tell_power,
    "pm1": _tell_power,
    "em1": _tell_power,
    "cover": _tell_power,
    "light": _tell_power,
    "temperature": _tell_temperature,
    "humidity": _tell_humidity,
    "smoke": _alarm(AlarmType.SMOKE),
    "flood": _alarm(AlarmType.FLOOD),
    "input": _tell_input,
    "bthomesensor": _tell_bluetooth,
    "presence": _tell_presence,
    "presencezone": _tell_presence,
}
"""By the part of a component's name before the colon."""


def _time(ts: float | None) -> datetime | None:
    return moment(ts) if ts and ts > _CLOCK_SET else None


def _sensor(prefix: str, component: str) -> str:
    return f"{prefix}/{component}" if component else prefix
