"""Zigbee2MQTT: `zigbee2mqtt/FRIENDLY_NAME` with the device's whole state as JSON.

By zigbee2mqtt.io, "MQTT Topics and Messages" and "Device availability". Traps:
* `contact: true` means closed.
* Each report repeats the whole state, so a battery report also says `contact`: whoever
  follows must look for the change, which `gateway.edges` does.
* At its start the bridge sends every cached state again, old ones too. Set
  `advanced.last_seen: ISO_8601`, then we see their age; or `cache_state_send_on_startup: false`.
* A friendly name may contain `/`, and may end with `/availability` only by accident.
* Battery devices are silent by design: for them "offline" comes after 25 hours, mains
  devices after 10 minutes.
* What the bridge says of itself (`bridge/info`, `bridge/logging`) is acknowledged and not kept.
* Beside other clients of a broker we also hear their commands (`NAME/set`, `NAME/set/state`,
  `NAME/get`): those are nobody's alarm, whatever words they hold, and are not kept either.
* `action: ""` is the end of an action, not one more.
* With `advanced.output: attribute` each field comes by itself, as plain text: `NAME/smoke` `true`.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from gateway.decoders import facts
from gateway.decoders.native import Unreadable, json_of
from gateway.decoders.said import (
    Heard,
    Offer,
    Said,
    Telling,
    answered,
    moment,
    object_of,
    part,
    text,
    wrong,
)
from telecare.vocabulary import ReadingKind

_COMMANDS = ("/set", "/get")
_COMMAND_OF = ("/set/", "/get/")


def read(heard: Heard) -> Sequence[Said | Offer]:
    """What the bridge says; raises `Unreadable`."""
    topic = heard.topic
    if topic == "bridge/devices":
        return list(_offers(json_of(heard.payload)))
    if topic == "bridge/state":
        return _availability(heard, None)
    if topic == "bridge" or topic.startswith("bridge/"):
        return _answer(heard) if topic.startswith("bridge/response/") else []
    if topic.endswith("/availability"):
        return _availability(heard, topic.removesuffix("/availability"))
    if topic.endswith(_COMMANDS) or any(each in topic for each in _COMMAND_OF):
        return []
    name, state = _state(heard)
    seen = moment(state.get("last_seen"))
    if seen is None and isinstance(state.get("last_seen"), int | float):
        seen = moment(state["last_seen"] / 1000)
    telling = Telling(heard, sensor=name, at=seen, battery=state.get("battery"), data=state)
    facts.tell(telling, state)
    return telling.done()


def _state(heard: Heard) -> tuple[str, dict[str, Any]]:
    """A device's name and its state, or the one field of it that the topic ends with."""
    name, _, field = heard.topic.rpartition("/")
    if not name or heard.topic in heard.sensors or heard.payload.lstrip().startswith((b"{", b"[")):
        return heard.topic, object_of(heard.payload)
    with suppress(Unreadable):
        return name, {field: json_of(heard.payload)}
    with suppress(UnicodeDecodeError):
        return name, {field: heard.payload.decode()}
    raise wrong("The payload is not UTF-8.")


def _answer(heard: Heard) -> Sequence[Said]:
    fields = object_of(heard.payload)
    command = text(fields, "transaction")
    if command is None or not command.startswith("command-"):
        return []  # what somebody else asked of the bridge
    about: dict[str, Any] = {key: fields[key] for key in ("data", "error") if key in fields}
    return answered(heard, None, command, done=fields.get("status") == "ok", said=about)


def _availability(heard: Heard, sensor: str | None) -> Sequence[Said]:
    word = heard.payload.decode(errors="replace").strip().strip('"')
    if word.startswith("{"):
        word = text(object_of(heard.payload), "state") or ""
    telling = Telling(heard, sensor=sensor)
    telling.add(ReadingKind.STATUS, "availability", word == "online", data={"state": word})
    return telling.done()


def _offers(listed: object) -> list[Offer]:
    offers = []
    for device in listed if isinstance(listed, list) else []:
        if not isinstance(device, dict) or device.get("type") == "Coordinator":
            continue
        address = text(device, "ieee_address")
        if address is None:
            continue
        definition = part(device, "definition")
        offers.append(
            Offer(
                id=address,
                name=text(device, "friendly_name") or address,
                type=_type_of(definition),
                model=text(definition, "model") or "",
                maker=text(definition, "vendor") or "",
            )
        )
    return offers


def _type_of(definition: dict[str, Any]) -> str:
    """What it is, by the first thing it exposes that we have a word for."""
    exposes = definition.get("exposes")
    listed = exposes if isinstance(exposes, list) else []
    names = [str(each.get("property", "")) for each in listed if isinstance(each, dict)]
    for name in names:
        if name in facts.ALARMS:
            return facts.ALARMS[name].value
    words = {"contact": "door", "occupancy": "motion", "presence": "presence", "action": "button"}
    return next((words[name] for name in names if name in words), "")
