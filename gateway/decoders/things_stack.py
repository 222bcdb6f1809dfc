"""The Things Stack v3: `v3/APPLICATION@TENANT/devices/DEVICE/up` and its siblings as JSON.

Traps:
* A field that is "", 0 or false is left out, so absent means zero (a frame counter, a port,
  a coordinate on the equator), not unknown. This holds for the stack's own fields; inside
  `decoded_payload` a codec may have left out what it likes, so there absent says nothing.
* Its own MQTT server gives QoS 0 only, and 3.1.1 only: what is lost on that hop is lost. A
  webhook or a bridge with a store is the better way for alarms.
* On the open source edition the topic has no `@TENANT`.
* `received_at` is when the network heard it; a device's own time is nowhere.
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
from telecare.telling.things_stack import command_of
from telecare.vocabulary import COMMAND_TAKEN, ReadingKind

_OTHERS = frozenset({"ack", "nack", "sent", "failed", "queued", "invalidated"})

_ENDS = {"down/ack": "downlink_ack", "down/failed": "downlink_failed"}


def read(heard: Heard) -> Sequence[Said | Offer]:
    """What the device says; raises `Unreadable`."""
    levels = heard.topic.split("/")
    if len(levels) < 5 or (levels[0], levels[2]) != ("v3", "devices"):
        raise unknown("It is no topic of The Things Stack.")
    device, event = levels[3], "/".join(levels[4:])
    fields = object_of(heard.payload)
    if event in _ENDS:
        about = part(fields, _ENDS[event])
        named = part(about, "downlink").get("correlation_ids") or about.get("correlation_ids")
        ours = command_of(named if isinstance(named, list) else ())
        if ours is not None:
            done = COMMAND_TAKEN if event == "down/ack" else False
            said = {"error": part(about, "error")} if event == "down/failed" else {}
            return answered(heard, device, ours, done=done, said=said)
    uplink = part(fields, "uplink_message")
    decoded = part(uplink, "decoded_payload")
    session = text(uplink, "session_key_id")
    counter = uplink.get("f_cnt", 0)
    telling = Telling(
        heard,
        sensor=device,
        key=f"{session}:{counter}" if session else text(fields, "received_at"),
        at=moment(fields.get("received_at")),
        battery=_battery(uplink, decoded),
        data=_data(uplink, decoded),
    )
    if event == "up":
        codecs.tell(telling, decoded)
        return telling.done()
    if event == "join":
        ids = part(fields, "end_device_ids")
        return [*telling.done("join"), Offer(text(ids, "dev_eui") or device, device, "")]
    if event == "location/solved":
        _tell_location(telling, part(part(fields, "location_solved"), "location"))
    elif event != "service/data" and event.removeprefix("down/") not in _OTHERS:
        raise unknown("It is no event of The Things Stack that we know.")
    return telling.done(event.partition("/")[0])


def _battery(uplink: dict[str, Any], decoded: dict[str, Any]) -> object:
    last = part(uplink, "last_battery_percentage")
    if last:
        return last.get("value", 0)
    return codecs.battery(decoded)


def _data(uplink: dict[str, Any], decoded: dict[str, Any]) -> dict[str, Any]:
    if not uplink:
        return {}
    data: dict[str, Any] = {"f_port": uplink.get("f_port", 0), "f_cnt": uplink.get("f_cnt", 0)}
    if decoded:
        data["decoded_payload"] = decoded
    elif "frm_payload" in uplink:
        data["frm_payload"] = uplink["frm_payload"]
    return data


def _tell_location(telling: Telling, location: dict[str, Any]) -> None:
    where = {
        "lat": number(location.get("latitude", 0)),
        "lon": number(location.get("longitude", 0)),
        "accuracy_m": number(location.get("accuracy")),
    }
    telling.add(ReadingKind.LOCATION, "location", data=where)
