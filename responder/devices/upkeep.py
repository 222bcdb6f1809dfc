"""Looking after devices: their access, their successors, and what they are told.

Synchronous and thread-safe, like the desk. Every act is given its actor, works within the
actor's organisation and goes on record.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from responder.devices import inventory
from responder.devices.inventory import Row, Strays
from responder.devices.onboarding import WITH_DEVICES, on_record
from responder.kept.following import Following
from responder.kept.record import Act
from responder.store import Works
from responder.store.equipment import EquipmentReads
from telecare.clock import Clock
from telecare.device_authority import certificate_of
from telecare.errors import InvalidInput, NotFound
from telecare.register import Register, bridging
from telecare.register.claims import IssuedClaim
from telecare.register.credentials import IssuedCredential, username_of
from telecare.register.device import LONGEST_SECONDS, Device
from telecare.register.orders import Command, Config
from telecare.store.inbox import InboxReader
from telecare.tenancy import Actor
from telecare.vocabulary import AlarmType, DeviceKind

_OWN = ("careline", "adopted")
"""Settings that belong to one unit and not to its place."""


class Upkeep:
    """Acts and looks of those who keep devices working."""

    def __init__(
        self,
        works: Works,
        register: Register,
        equipment: EquipmentReads,
        inbox: InboxReader,
        clock: Clock,
    ) -> None:
        self._following = Following(works, register, clock)
        self._register = register
        self._equipment = equipment
        self._inbox = inbox
        self._clock = clock

    # looking

    def rows(self, actor: Actor) -> list[Row]:
        """Every device of the organisation."""
        actor.require(*WITH_DEVICES)
        now = self._clock.now()
        return inventory.of_org(self._register, self._equipment, actor.org, now)

    def row(self, actor: Actor, device: str) -> Row:
        """One device. Raises `NotFound`."""
        actor.require(*WITH_DEVICES)
        now = self._clock.now()
        row = inventory.of_device(self._register, self._equipment, actor.org, device, now)
        if row is None:
            raise NotFound(f"There is no device {device} in {actor.org}.")
        return row

    def strays(self, actor: Actor) -> Strays:
        """The inbox of unknown devices."""
        actor.require(*WITH_DEVICES)
        devices = self._register.devices.devices(actor.org)
        said = self._equipment.all(actor.org)
        return inventory.strays(devices, self._inbox.newest(actor.org), said)

    def lines(self, actor: Actor) -> list[inventory.Line]:
        """What is left to convert from analogue to digital."""
        actor.require(*WITH_DEVICES)
        homes = self._register.homes.homes(actor.org)
        return inventory.lines(self._register.devices.services(actor.org), homes)

    # access

    def rotate(self, actor: Actor, device: str) -> IssuedCredential:
        """A new password; the old one ends when the device was seen with the new one."""
        actor.require(*WITH_DEVICES)
        with on_record(self._following, actor):
            return self._register.devices.rotate(actor.org, device, by=actor.id)

    def certify(self, actor: Actor, device: str, pem: str) -> datetime:
        """It has a certificate from elsewhere, and with it a successor; until when it holds.

        Let in with it only if the authority of our settings has signed it. Raises `NotFound`,
        or `InvalidInput` for what is no certificate of this device's.
        """
        actor.require(*WITH_DEVICES)
        shown = certificate_of(pem, username_of(actor.org, device))
        with on_record(self._following, actor):
            self._register.devices.certify(
                actor.org, device, shown.digest, shown.expires_at, by=actor.id
            )
        return shown.expires_at

    def revoke(self, actor: Actor, device: str) -> None:
        """Trust it no more. Its presses are still shown to operators, as such."""
        actor.require(*WITH_DEVICES)
        with on_record(self._following, actor):
            self._register.devices.revoke(actor.org, device, by=actor.id)

    def replace(self, actor: Actor, old: str, new: str, serial: str) -> IssuedClaim:
        """`new` takes the place of `old`; everything the old one said stays the home's.

        The old one is trusted until the test press of the new one has gone all the way round.
        """
        actor.require(*WITH_DEVICES)
        if not serial.strip():
            raise InvalidInput("Give the serial number on the new device's label.")
        known = self._register.devices.device(actor.org, old)
        with on_record(self._following, actor):
            successor = successor_of(known, new, serial.strip())
            self._register.devices.expect(successor, by=actor.id)
            (claim,) = self._register.claims.make(actor.org, [new], by=actor.id)
        return claim

    # what it is told

    def configure(
        self, actor: Actor, device: str, body: dict[str, Any], version: int | None = None
    ) -> Config:
        """How the device should be set from now on. Raises `Conflict` where another `version` is in
        force than it was made from.
        """
        actor.require(*WITH_DEVICES)
        with on_record(self._following, actor):
            return self._register.orders.configure(
                actor.org, device, body, by=actor.id, version=version
            )

    def command(
        self, actor: Actor, device: str, name: str, body: dict[str, Any], seconds: int
    ) -> Command:
        """Tell the device to do something; its answer, or that none came, goes on record."""
        actor.require(*WITH_DEVICES)
        with on_record(self._following, actor):
            return self._register.orders.command(
                actor.org, device, name, body, by=actor.id, seconds=seconds
            )

    def expect_of_sensor(
        self, actor: Actor, device: str, sensor: str, promise: dict[str, str | int]
    ) -> None:
        """What a sensor behind a hub promises from now on: `model`, `heartbeat_seconds`,
        `silent_after_seconds`. Without any it is silent by design.
        """
        actor.require(*WITH_DEVICES)
        seconds = (each for each in promise.values() if isinstance(each, int))
        if any(not 0 < each <= LONGEST_SECONDS for each in seconds):
            raise InvalidInput("Seconds of a sensor's promise are above zero, and at most a year.")

        def promising(settings: dict[str, Any]) -> dict[str, Any]:
            sensors = settings.get("sensors")
            before = sensors if isinstance(sensors, dict) else {}
            return settings | {"sensors": before | {sensor: promise}}

        with on_record(self._following, actor):
            self._register.devices.change_settings(
                actor.org, device, promising, act=Act.SENSOR_EXPECTED, by=actor.id
            )

    # the inbox

    def adopt_sensor(
        self, actor: Actor, bridge: str, sensor: str, *, name: str, room: str, means: str
    ) -> None:
        """A sensor a bridge spoke of is this home's from now on.

        `name` is what the bridge calls it in its messages, `means` a kind of alarm its button
        or contact raises, or a type of what it watches; both may be empty.
        """
        actor.require(*WITH_DEVICES)
        meaning: dict[str, str] = {"room": room} if room else {}
        offered = self._inbox.newest(actor.org)
        models = [each.model for each in offered if (each.device, each.id) == (bridge, sensor)]
        if models and models[0]:
            meaning["model"] = models[0]
        if means:
            meaning["alarm" if means in set(AlarmType) else "type"] = means

        with on_record(self._following, actor):
            self._register.devices.change_settings(
                actor.org, bridge,
                lambda known: bridging.taken_in(known, sensor, name or sensor, meaning),
                act=Act.DEVICE_ADOPTED, by=actor.id,
            )  # fmt: skip

    def adopt_unit(self, actor: Actor, stray: str, device: str, home: str) -> None:
        """A careline unit that called without being registered is this home's from now on:
        on networks we trust its number is enough.
        """
        actor.require(*WITH_DEVICES)
        known = self._equipment.of(actor.org, stray)
        if known is None or known.home != inventory.STRAY_HOME:
            raise NotFound(f"No unknown unit {stray} has called.")
        careline = {"controller": stray.removeprefix("stray-"), "unit": "", "secret": ""}
        unit = Device(
            org=actor.org, device=device, home=home, kind=DeviceKind.HUB, model=known.model,
            settings={"careline": careline},
        )  # fmt: skip
        with on_record(self._following, actor):
            self._register.devices.add(unit, act=Act.DEVICE_ADOPTED, by=actor.id)


def successor_of(old: Device, new: str, serial: str) -> Device:
    """The device that takes the place of `old`, with all that belongs to the place."""
    settings = {name: value for name, value in old.settings.items() if name not in _OWN}
    return msgspec.structs.replace(
        old, device=new, serial=serial, sim=None, settings=settings, replaces=old.device
    )


def chain_of(device: Device, devices: dict[str, Device]) -> list[Device]:
    """The devices that stood in its place before, the last first."""
    found: list[Device] = []
    while device.replaces and device.replaces in devices:
        device = devices[device.replaces]
        if device in found:
            break
        found.append(device)
    return found
