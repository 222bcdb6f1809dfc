"""What may a device say and hear? Its own topics, for whoever keeps the broker.

Our own endpoint decides the same way; `tests/contract/test_topic_rights.py` asks both, and
a real Mosquitto with our export, the same questions.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from telecare.register.devices import Device

Act = Literal["publish", "subscribe"]
EVERY_UP = "telecare/v1/{org}/+/up/#"
EVERY_DOWN = "telecare/v1/{org}/+/down/#"


class Grant(msgspec.Struct, frozen=True):
    """One thing that is allowed; what no grant names is denied."""

    act: Act
    tree: str
    """The beginning of the topics, with its final slash: nothing above it, all below."""

    @property
    def filter(self) -> str:
        """As brokers write it."""
        return f"{self.tree}#"


def grants_of(device: Device) -> tuple[Grant, ...]:
    """A device's own tree. A bridge also listens for commands below its own dialects.

    The topics a bridge has from its maker (`zigbee2mqtt/...`) are left out: on a shared
    broker they do not say whose home they speak of. Such a bridge is given our base topic.
    """
    base = f"telecare/v1/{device.org}/{device.device}/"
    own = (Grant("publish", f"{base}up/"), Grant("subscribe", f"{base}down/"))
    return own + tuple(Grant("subscribe", f"{base}up/{name}/") for name in _dialects(device))


def allows(grants: Sequence[Grant], act: str, topic: str) -> bool:
    """Whether a topic, or for `subscribe` a filter, is wholly within a grant."""
    if act == "publish" and ("+" in topic or "#" in topic):
        return False
    return any(
        grant.act == act and topic.startswith(grant.tree) and len(topic) > len(grant.tree)
        for grant in grants
    )


def _dialects(device: Device) -> list[str]:
    bridge = device.settings.get("bridge")
    names = bridge.get("dialects") if isinstance(bridge, dict) else None
    if not isinstance(names, list):
        return []
    return [name for name in names if isinstance(name, str) and name.replace("_", "").isalnum()]
