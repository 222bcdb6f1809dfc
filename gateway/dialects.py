"""The dialects we read, by name, and what one message in one of them comes to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec

from gateway.decoders import (
    chirpstack,
    door,
    home_assistant,
    nowip,
    owntracks,
    radar,
    scaip,
    shelly,
    tasmota,
    things_stack,
    zigbee2mqtt,
)
from gateway.decoders.said import Heard, Offer, Said, Sensor
from gateway.edges import Edges
from gateway.topics import Route, TopicMap


class Dialect(msgspec.Struct, frozen=True):
    """How one kind of bridge or device speaks."""

    name: str
    read: Callable[[Heard], Sequence[Said | Offer]]
    """Raises `Unreadable`. Pure."""
    filters: tuple[str, ...] = ()
    """The topics its makers gave it, below `root`."""
    root: str = ""
    cries: tuple[bytes, ...] = (b"smoke", b"carbon_monoxide", b"leak", b"flood", b"gas", b"fall",
                                b"sos", b"panic", b"emergency", b"alarm", b"fire", b'"co"',
                                b'"water"')  # fmt: skip
    """A message we cannot read that holds one of these may be a call for help: we ask."""
    quiet: tuple[str, ...] = ()
    """Beginnings of topics that only name such things."""

    commands: tuple[str, ...] = ()
    """Filters of the topics on which its bridges listen for commands."""

    @property
    def topics(self) -> TopicMap:
        """Its own topics, for a bridge that may use them."""
        routes = (Route(self.root + each, self.name, self.root) for each in self.filters)
        return TopicMap(tuple(routes))

    def may_cry(
        self, topic: str, payload: bytes, sensors: Mapping[str, Sensor], press: str | None = None
    ) -> bool:
        """Whether a message in this dialect, readable or not, may be a call for help: it holds
        one of `cries`, or speaks of one of `sensors` that is there to raise an alarm, or comes of a
        device whose own `press` raises one.
        """
        if not self.cries or topic.startswith(self.quiet or ("\0",)):
            return False
        if press is not None:
            return True
        said = topic.encode() + b"\0" + payload
        lowered = payload.lower()
        return any(each in lowered for each in self.cries) or any(
            # Some makers name the device in the topic and its button in the payload.
            all(level in said for level in name.encode().split(b"/"))
            for name, sensor in sensors.items()
            if sensor.alarm is not None
        )


_ALL = (
    Dialect("zigbee2mqtt", zigbee2mqtt.read, ("#",), "zigbee2mqtt/", quiet=("bridge/",),
            commands=("zigbee2mqtt/#", "homeassistant/#")),
    Dialect("chirpstack", chirpstack.read, ("application/+/device/+/event/+",),
            commands=("application/#",)),
    Dialect("things_stack", things_stack.read, ("v3/+/devices/+/#",), commands=("v3/#",)),
    Dialect("shelly", shelly.read,
            ("+/events/rpc", "+/status/+", "+/online", "+/telecare/rpc"),
            commands=("+/rpc", "+/command/#")),
    Dialect("tasmota", tasmota.read, ("tele/#", "stat/#"), commands=("cmnd/#",)),
    Dialect("owntracks", owntracks.read, ("#",), "owntracks/", commands=("owntracks/#",)),
    Dialect("radar", radar.read, ("/devices/+/events", "/devices/+/state"), cries=(b"",),
            commands=("/devices/#",)),
    Dialect("home_assistant", home_assistant.read, ("#",), "homeassistant/", cries=(),
            commands=("homeassistant/#",)),
    Dialect("scaip", scaip.read, cries=(b"",)),
    Dialect("nowip", nowip.read, cries=(b"",)),
    Dialect("door", door.read, cries=()),
)  # fmt: skip
DIALECTS = {each.name: each for each in _ALL}
BRIDGED = frozenset(each.name for each in _ALL if each.filters)
"""Those that come by MQTT, from a bridge."""


class Interpreter:
    """Reads messages of all dialects. Belongs to one thread: it remembers what changed."""

    def __init__(self) -> None:
        self._edges = Edges()

    def read(self, dialect: str, org: str, device: str, heard: Heard) -> list[Said | Offer]:
        """Everything the message states and offers; raises `Unreadable`."""
        return [
            self._edges.sort(org, device, each) if isinstance(each, Said) else each
            for each in DIALECTS[dialect].read(heard)
        ]
