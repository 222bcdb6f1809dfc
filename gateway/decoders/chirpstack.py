"""ChirpStack v4: `application/APPLICATION/device/DEV_EUI/event/EVENT` as JSON.

By chirpstack.io's documentation, "Event types" (its JSON examples are our goldens), and by
its `integration.proto` for what they leave out. Traps:
* `object` is there only when the device profile has a codec; otherwise `data` is base64
  that only the device's maker can read, and the message is kept as status with its bytes.
* A battery level of 0 with `batteryLevelUnavailable` or `externalPowerSource` is no battery.
* The JSON is that of Protocol Buffers: what is 0, false or empty may be left out.
* `txack` and `log` carry no `deduplicationId`.
* `deduplicationId` names the message: several gateways hear one uplink, it comes once, and
  comes again with the same id after a reconnect.
* LoRaWAN is not for alarms that must be heard: the uplink may be lost in the air, unheard.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gateway.decoders import codecs
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
from telecare.telling.chirpstack import command_of
from telecare.vocabulary import COMMAND_TAKEN, ReadingKind

_SILENT = frozenset({"ack", "txack", "log", "integration"})
"""Events about the network that still are the device's status."""


def read(heard: Heard) -> Sequence[Said | Offer]:
    """What the device says; raises `Unreadable`."""
    levels = heard.topic.split("/")
    if len(levels) != 6 or (levels[0], levels[2], levels[4]) != ("application", "device", "event"):
        raise unknown("It is no topic of ChirpStack's events.")
    dev_eui, event = levels[3], levels[5]
    fields = object_of(heard.payload)
    ours = command_of(text(fields, "queueItemId") or "") if event == "ack" else None
    if ours is not None:
        done = COMMAND_TAKEN if fields.get("acknowledged") is True else False
        return answered(heard, dev_eui, ours, done=done, said=_data(fields))
    telling = Telling(
        heard,
        sensor=dev_eui,
        key=text(fields, "deduplicationId"),
        at=moment(fields.get("time")),
        battery=_battery(event, fields),
        data=_data(fields),
    )
    if event == "up":
        codecs.tell(telling, part(fields, "object"))
        return telling.done()
    if event == "location":
        _tell_location(telling, part(fields, "location"))
    elif event == "join":
        about = part(fields, "deviceInfo")
        profile = text(about, "deviceProfileName") or ""
        name = text(about, "deviceName") or dev_eui
        return [*telling.done("join"), Offer(id=dev_eui, name=name, type="", model=profile)]
    elif event != "status" and event not in _SILENT:
        raise unknown("It is no event of ChirpStack that we know.")
    return telling.done(event)


def _battery(event: str, fields: dict[str, Any]) -> object:
    if event == "status":
        unmeasured = fields.get("batteryLevelUnavailable") or fields.get("externalPowerSource")
        return None if unmeasured else fields.get("batteryLevel")
    return codecs.battery(part(fields, "object"))


def _data(fields: dict[str, Any]) -> dict[str, Any]:
    kept = ("object", "data", "fPort", "fCnt", "margin", "externalPowerSource", "code", "level")
    data = {name: fields[name] for name in kept if name in fields}
    heard_by = fields.get("rxInfo")
    if isinstance(heard_by, list) and heard_by and isinstance(heard_by[0], dict):
        data["rssi"], data["snr"] = heard_by[0].get("rssi"), heard_by[0].get("snr")
    return data


def _tell_location(telling: Telling, location: dict[str, Any]) -> None:
    where = {
        "lat": number(location.get("latitude", 0)),
        "lon": number(location.get("longitude", 0)),
        "accuracy_m": number(location.get("accuracy")),
    }
    telling.add(ReadingKind.LOCATION, "location", data=where)
