"""Shelly, second generation and later: a JSON-RPC frame to `PREFIX/rpc`.

By shelly-api-docs.shelly.cloud, "RPC Protocol" and "RPC Channels": the frame names its `src`, the
answer comes on `SRC/rpc` with the frame's `id`, and a `result` or an `error`. We name a topic below
the device's own prefix, so that what may be heard of it covers its answers: `PREFIX/telecare/rpc`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.json import encode

from telecare.telling.said import Dialect, Order, Place, Words

_SAYS = ("/events/rpc", "/online")


def _place(topic: str) -> str | None:
    for end in _SAYS:
        if topic.endswith(end):
            return topic.removesuffix(end)
    return topic.rpartition("/status/")[0] or None


def _say(order: Order, place: Place) -> Words:
    prefix = place.base + place.name
    frame = {
        "id": order.id,
        "src": f"{prefix}/telecare",
        "method": order.body["method"],
        "params": order.body.get("params", {}),
    }
    return Words(f"{prefix}/rpc", encode(frame))


def _fault(body: Mapping[str, Any]) -> str:
    if str(body["method"]).casefold().endswith(".toggle"):
        return "After a toggle nobody knows how it stands: say how it is to be, as with Switch.Set."
    return ""


DIALECT = Dialect(
    "shelly", {"method": str}, place=_place, say=_say, fault=_fault, optional={"params": dict}
)
