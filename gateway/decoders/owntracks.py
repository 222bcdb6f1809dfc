"""OwnTracks: `owntracks/USER/DEVICE` with location, transition, waypoint and lwt messages.

By the OwnTracks booklet, "JSON". Traps:
* Locations are published retained, and old ones come again on every subscription: `tst`, the
  time of the fix, names a location, so that it is stored once.
* `acc` is the radius in metres; a fix without it may be anywhere.
* `batt` is per cent, `vel` km/h; a phone in its pocket is silent for long in "significant"
  mode, by design.
* `_type: encrypted` can be read with the user's key only: it is set aside.
* Cards hold a name and a face, configurations and commands are meant for the phone: they are
  acknowledged and not kept.
* A region's name (`inregions`, `desc`) is the user's own word and stays in the data.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gateway.decoders.said import (
    Heard,
    Offer,
    Said,
    Telling,
    moment,
    number,
    object_of,
    text,
    unknown,
    wrong,
)
from telecare.vocabulary import ReadingKind

_NOT_KEPT = frozenset({"card", "cmd", "configuration", "dump", "request"})


def read(heard: Heard) -> Sequence[Said | Offer]:
    """What the tracker says; raises `Unreadable`."""
    levels = heard.topic.split("/")
    if len(levels) < 2 or not levels[1]:
        raise unknown("It is no topic of OwnTracks.")
    fields = object_of(heard.payload)
    kind = text(fields, "_type")
    if kind in _NOT_KEPT:
        return []
    tst = number(fields.get("tst"))
    key = f"{kind}:{tst}:{fields.get('event', '')}"
    if kind == "transition":  # one fix may leave a region within another
        key += f":{fields.get('desc')}:{fields.get('wtst')}"
    telling = Telling(
        heard,
        sensor=levels[1],
        key=key if tst else None,
        at=moment(tst),
        battery=fields.get("batt"),
        data=fields,
    )
    if kind == "location":
        telling.add(ReadingKind.LOCATION, "location", data=_where(fields))
    elif kind == "transition":
        event = text(fields, "event") or ""
        telling.add(ReadingKind.LOCATION, "transition", event, data=_where(fields))
    elif kind == "lwt":
        telling.add(ReadingKind.STATUS, "availability", value=False)
    elif kind is None:
        raise wrong("The field _type is missing.")
    elif kind == "encrypted":
        raise wrong("The message is encrypted with a key we do not have.")
    return telling.done(kind[:64])


def _where(fields: dict[str, Any]) -> dict[str, Any]:
    lat, lon = number(fields.get("lat")), number(fields.get("lon"))
    if lat is None or lon is None:
        if fields.get("_type") == "transition":
            return {}
        raise wrong("A location without lat and lon.")
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):
        raise wrong("A location outside the Earth.")
    accuracy = number(fields.get("acc"))
    where: dict[str, Any] = {"lat": lat, "lon": lon}
    return where if accuracy is None else where | {"accuracy_m": accuracy}
