"""Who speaks on a topic of somebody else's broker? The broker vouches, the register knows.

At our own door a credential proves the device. Here the broker has checked credentials, and
its topics name the device: what it says is believed as far as its entry in the file of
brokers goes, and never of another organisation.
"""

from __future__ import annotations

from collections import defaultdict

import msgspec

from gateway.admission import identity_of
from gateway.brokers import NATIVE, Broker, Listen
from gateway.carelines import stray
from gateway.dialects import DIALECTS
from gateway.identity import Identity
from gateway.intake import KINDS, is_alarm
from telecare.errors import StoreUnavailable
from telecare.register import Register
from telecare.register.register import Remembered

_NATIVE_LEVELS = 6
"""telecare/v1/ORG/DEVICE/up/KIND"""


_Named = dict[tuple[str, str], tuple[Identity, bool]]
"""By organisation and name: a device, and whether its access was withdrawn."""


class Speaker(msgspec.Struct, frozen=True):
    """A device, and how what it said is to be read."""

    identity: Identity
    kind: str
    """As in `gateway.intake.Arrival`."""
    dialect: str = ""
    is_withdrawn: bool = False
    is_refused: bool = False
    """Its access was withdrawn, and this is no call for help: nothing of it is believed."""
    stray: str = ""
    """What the topic calls a device that nobody registered."""
    receipt_topic: str = ""
    """Where a device of our own contract waits for its receipt."""
    base: str = ""
    """What stood before the dialect's own topics."""


class Speakers:
    """A copy of the register that notices changes. `refresh` reads: call it from a thread."""

    def __init__(self, register: Register) -> None:
        self._remembered = Remembered(register, lambda: _by_name(register))
        self._known: tuple[_Named, _Named] | None = None

    def refresh(self) -> None:
        """Read again if the register changed; raises `StoreUnavailable` only at first."""
        try:
            self._known = self._remembered.get()
        except StoreUnavailable:
            if self._known is None:
                raise

    def find(self, broker: Broker, topic: str) -> Speaker:
        """Who speaks. A device nobody registered is a stray of an unknown home, so that its
        alarms are shown; a topic nobody mapped is the broker's own word and is set aside.
        """
        levels = topic.split("/")
        listen = broker.find(levels)
        if listen is None:
            return Speaker(identity_of_broker(broker), topic)
        if listen.dialect == NATIVE:
            return self._native(broker, topic, levels)
        return self._foreign(broker, listen, topic, levels)

    def may_hear(self, org: str, device: str) -> bool:
        """Whether a device of the register is trusted, so that it may be told something."""
        known = self._known[0].get((org, device)) if self._known is not None else None
        return known is not None and not known[1]

    def _native(self, broker: Broker, topic: str, levels: list[str]) -> Speaker:
        if len(levels) < _NATIVE_LEVELS or levels[4] != "up":
            return Speaker(identity_of_broker(broker), topic)
        identity, withdrawn, unknown = self._who(broker.org, levels[3])
        kind, dialect = "/".join(levels[5:]), ""
        if kind not in KINDS and identity.bridge is not None:
            routed = identity.bridge.topics.find(topic)
            if routed is not None:
                kind, dialect = routed.topic, routed.dialect
        return Speaker(
            identity,
            kind,
            dialect,
            withdrawn,
            is_refused=withdrawn and not dialect and not is_alarm(kind),
            stray=unknown,
            receipt_topic=f"telecare/v1/{broker.org}/{levels[3]}/down/receipt",
            base=topic.removesuffix(kind) if dialect else "",
        )

    def _foreign(self, broker: Broker, listen: Listen, topic: str, levels: list[str]) -> Speaker:
        identity, withdrawn, unknown = self._who(broker.org, listen.device_named(levels))
        rest = topic.removeprefix(listen.root).removeprefix(DIALECTS[listen.dialect].root)
        return Speaker(
            identity, rest, listen.dialect, withdrawn, stray=unknown, base=topic.removesuffix(rest)
        )

    def _who(self, org: str, name: str) -> tuple[Identity, bool, str]:
        named, alike = self._known or ({}, {})
        known = named.get((org, name)) or alike.get((org, name.casefold()))
        return (*known, "") if known is not None else (stray(org, name), False, name)


def identity_of_broker(broker: Broker) -> Identity:
    """Who speaks when the broker does: nobody's home."""
    return Identity(broker.org, stray(broker.org, "").home, f"broker-{broker.name}")


def _by_name(register: Register) -> tuple[_Named, _Named]:
    """Devices by id and by serial number; and by serial number however its letters are written,
    where that means one device alone.
    """
    by_id, by_serial = {}, {}
    alike: defaultdict[tuple[str, str], list[tuple[Identity, bool]]] = defaultdict(list)
    withdrawn = register.devices.withdrawn()
    for each in register.devices.devices():
        known = identity_of(each), (each.org, each.device) in withdrawn
        by_id[each.org, each.device] = known
        if each.serial:
            by_serial[each.org, each.serial] = known
            alike[each.org, each.serial.casefold()].append(known)
    return by_serial | by_id, {key: same[0] for key, same in alike.items() if len(same) == 1}
