"""Home Assistant discovery: `homeassistant/COMPONENT/[NODE/]OBJECT/config`, retained, and
`homeassistant/device/[NODE/]OBJECT/config` for a device with all its entities.

It offers devices with a name and a type; it says nothing about the home. What it offers goes
to the inbox of unknown devices, where a person takes it into the register or leaves it.

By home-assistant.io, "MQTT", chapters on discovery and their table of short keys. Traps:
* Keys come long or short (`device_class` or `dev_cla`, `unique_id` or `uniq_id`, ...), and
  `~` stands for a common beginning of topics.
* An empty payload withdraws the device: it stays in the inbox, for somebody may be asking.
* One device offers many entities; each is its own entry, under the device's name. An entity
  that holds nothing but its platform is withdrawn.
* `{"migrate_discovery": true}` only announces that an entity moves to its device's message.
* `homeassistant/status` is Home Assistant's own birth and will, and no device.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gateway.decoders.said import Heard, Offer, Said, Telling, object_of, unknown

_SHORT = {
    "unique_id": "uniq_id",
    "device_class": "dev_cla",
    "state_topic": "stat_t",
    "device": "dev",
    "manufacturer": "mf",
    "model": "mdl",
    "identifiers": "ids",
    "components": "cmps",
    "platform": "p",
}
_WORDS = {
    "door": "door", "window": "door", "opening": "door", "garage_door": "door",
    "motion": "motion", "occupancy": "motion", "presence": "presence", "moving": "motion",
    "smoke": "smoke", "heat": "heat", "carbon_monoxide": "carbon_monoxide", "gas": "gas",
    "moisture": "flood", "power": "power", "temperature": "temperature", "battery": "battery",
}  # fmt: skip


def read(heard: Heard) -> Sequence[Said | Offer]:
    """The device that is offered; raises `Unreadable`."""
    levels = heard.topic.split("/")
    if levels == ["status"]:
        return []
    if len(levels) not in (3, 4) or levels[-1] != "config":
        raise unknown("It is no discovery topic of Home Assistant.")
    if not heard.payload.strip():
        return Telling(heard, sensor="/".join(levels[1:-1])).done("withdrawn")
    fields = object_of(heard.payload)
    if fields.keys() & {"migrate_discovery", "migr_discvry"}:
        return []
    device = _get(fields, "device")
    about = device if isinstance(device, dict) else {}
    place = "/".join(levels[:-1])
    if levels[0] != "device":
        return [_offer(about, fields, levels[0], place)]
    entities = _get(fields, "components")
    return [
        _offer(about, each, _word(each, "platform"), f"{place}/{key}")
        for key, each in (entities.items() if isinstance(entities, dict) else ())
        if isinstance(each, dict) and each.keys() - {"p", "platform"}
    ]


def _offer(about: dict[str, Any], entity: dict[str, Any], component: str, place: str) -> Offer:
    name = " ".join(
        each for each in (about.get("name"), entity.get("name")) if isinstance(each, str) and each
    )
    unique = _get(entity, "unique_id")
    return Offer(
        id=unique if isinstance(unique, str) and unique else place,
        name=name or place.rpartition("/")[2],
        type=_type_of(component, _get(entity, "device_class")),
        model=_word(about, "model"),
        maker=_word(about, "manufacturer"),
    )


def _type_of(component: str, device_class: object) -> str:
    if isinstance(device_class, str):
        return _WORDS.get(device_class, device_class)
    return component


def _get(fields: dict[str, Any], name: str) -> Any:
    return fields.get(name, fields.get(_SHORT[name]))


def _word(fields: dict[str, Any], name: str) -> str:
    value = _get(fields, name)
    return value if isinstance(value, str) else ""
