"""The TEC team's list: every device with where it stands and what it last said of itself.

Pure but for `of_org`, which gathers what the others judge. It names homes by their ids and
nobody who lives there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

import msgspec

from responder.devices.equipment import Equipment, Presence, presence, test_due
from telecare.register import Register
from telecare.register.claims import Claim, ClaimState
from telecare.register.classes import (
    SILENT_BY_DESIGN,
    DeviceClass,
    Policy,
    policy_of,
    sensor_policies,
)
from telecare.register.credentials import Admission
from telecare.register.device import Device, sensors_of
from telecare.register.devices import Service, username_of
from telecare.register.homes import Home
from telecare.store.inbox import UnknownDevice

WARN_DAYS = (60, 30, 7, 0)
"""Days before a credential ends at which the TEC team is told; 0: it has ended."""
STRAY_HOME = "unknown-home"
"""The home of what was heard from a network we trust and nobody registered."""


class Enrolment(StrEnum):
    """How far a device has come, in the words of the list."""

    BY_HAND = "by hand"
    """It was given a password and nobody asked for a test press; it has not pressed yet."""
    WAITING = "waits for its code"
    LAPSED = "its code holds no more"
    TESTING = "waits for its test press"
    COMPLETE = "complete"
    """A test press went all the way round, or a real alarm of it was received."""
    WITHDRAWN = "withdrawn"


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One device of the list."""

    device: Device
    enrolment: Enrolment
    presence: Presence
    policy: Policy
    added_at: datetime
    said: Equipment | None
    credential_ends_at: datetime | None
    is_rotating: bool
    battery_low: bool
    test_due: bool
    unsupported: bool
    """Its maker mends its software no more."""
    sensors: dict[str, Presence] = {}
    """What is on file or was heard behind it; most are quiet by design."""

    @property
    def missing_sensors(self) -> list[str]:
        """Those that promised to check in and did not, and those on file that their hub calls
        gone, although it is there itself.
        """
        if self.presence in (Presence.SILENT, Presence.UNKNOWN):
            return []
        on_file = sensors_of(self.device)
        return [
            name for name, each in self.sensors.items()
            if each is Presence.SILENT or (each is Presence.UNKNOWN and name in on_file)
        ]  # fmt: skip

    @property
    def wants_somebody(self) -> bool:
        """Whether it stands on the work list."""
        return self.enrolment is not Enrolment.WITHDRAWN and (
            self.presence in (Presence.SILENT, Presence.UNKNOWN)
            or self.battery_low
            or self.test_due
            or bool(self.missing_sensors)
            or self.enrolment in (Enrolment.TESTING, Enrolment.LAPSED)
            or (self.said is not None and self.said.mains is False)
        )


class Shown(StrEnum):
    """Which devices of the list are shown."""

    ALL = "all"
    WORK = "work"
    UNENROLLED = "unenrolled"
    TEST_DUE = "test-due"
    EXPIRING = "expiring"


class Said(Protocol):
    """Where it is kept what devices say of themselves."""

    def all(self, org: str) -> dict[str, Equipment]: ...

    def of(self, org: str, device: str) -> Equipment | None: ...


def of_device(register: Register, said: Said, org: str, device: str, now: datetime) -> Row | None:
    """One device as it stands now; None when there is none. Reads nothing of any other."""
    words, devices = said.of(org, device), register.devices
    found = rows(
        devices.services(org, device), devices.admissions(username_of(org, device), org=org),
        register.claims.claims(org, device), register.classes.known(org),
        {device: words} if words else {}, now,
    )  # fmt: skip
    return found[0] if found else None


def of_org(register: Register, said: Said, org: str, now: datetime) -> list[Row]:
    """All devices of one organisation as they stand now, by id."""
    devices = register.devices
    return rows(
        devices.services(org), devices.admissions(org=org), register.claims.claims(org),
        register.classes.known(org), said.all(org), now,
    )  # fmt: skip


def rows(
    services: Iterable[Service],
    admissions: Iterable[Admission],
    claims: Iterable[Claim],
    classes: Mapping[tuple[str, str], DeviceClass],
    said: Mapping[str, Equipment],
    now: datetime,
) -> list[Row]:
    """All devices of one organisation, by id."""
    by_device = {each.device.device: each for each in admissions}
    newest: dict[str, Claim] = {}
    for claim in claims:
        newest.setdefault(claim.device, claim)
    found = []
    for service in services:
        device = service.device
        policy = policy_of(device, classes)
        words, admission = said.get(device.device), by_device.get(device.device)
        of_class = classes.get((device.org, device.model))
        until = of_class.supported_until if of_class else None
        pressed = words.pressed_at if words else None
        battery = words.battery if words else None
        withdrawn = service.withdrawn_at is not None
        found.append(
            Row(
                device=device, policy=policy, added_at=service.added_at, said=words,
                enrolment=_enrolment(service, newest.get(device.device), pressed, now),
                presence=presence(
                    policy, words.heard_at if words else None, now,
                    is_gone=words is not None and words.is_gone,
                ),
                credential_ends_at=_ends_at(admission),
                is_rotating=admission is not None and admission.successor is not None,
                battery_low=battery is not None and battery <= policy.battery_low,
                test_due=not withdrawn and test_due(policy, service.added_at, pressed, now),
                sensors=_presence_of_sensors(device, classes, words, now),
                unsupported=bool(until) and f"{now:%Y-%m-%d}" > str(until),
            )
        )  # fmt: skip
    return found


def shown(found: Iterable[Row], which: Shown, now: datetime) -> list[Row]:
    """Those of `found` that belong on this list."""
    soon = now + timedelta(days=WARN_DAYS[0])
    wanted: Mapping[Shown, Callable[[Row], bool]] = {
        Shown.ALL: lambda _: True,
        Shown.WORK: lambda row: row.wants_somebody,
        Shown.UNENROLLED: lambda row: row.enrolment is not Enrolment.COMPLETE,
        Shown.TEST_DUE: lambda row: row.test_due,
        Shown.EXPIRING: lambda row: (
            row.credential_ends_at is not None and row.credential_ends_at <= soon
        ),
    }
    gone = Enrolment.WITHDRAWN
    return [
        row for row in found
        if wanted[which](row) and (row.enrolment is not gone or which is Shown.ALL)
    ]  # fmt: skip


def _presence_of_sensors(
    device: Device,
    classes: Mapping[tuple[str, str], DeviceClass],
    said: Equipment | None,
    now: datetime,
) -> dict[str, Presence]:
    policies = sensor_policies(device, classes)
    known = said.sensors if said else {}
    return {
        name: presence(
            policies.get(name, SILENT_BY_DESIGN),
            known[name].heard_at if name in known else None,
            now,
            is_gone=name in known and known[name].is_gone,
        )
        for name in sorted({*policies, *known})
    }


def _ends_at(admission: Admission | None) -> datetime | None:
    if admission is None or admission.revoked_at is not None:
        return None
    return admission.credential.expires_at


def _enrolment(
    service: Service, claim: Claim | None, pressed_at: datetime | None, now: datetime
) -> Enrolment:
    if service.withdrawn_at is not None:
        return Enrolment.WITHDRAWN
    state = claim.state(now) if claim is not None else None
    if state in _UNDER_WAY:
        return _UNDER_WAY[state]
    if pressed_at is not None:
        return Enrolment.COMPLETE
    return Enrolment.BY_HAND if state is None else Enrolment.LAPSED


_UNDER_WAY = {
    ClaimState.COMPLETE: Enrolment.COMPLETE,
    ClaimState.ISSUED: Enrolment.TESTING,
    ClaimState.OPEN: Enrolment.WAITING,
}


class Strays(msgspec.Struct, frozen=True, kw_only=True):
    """What was heard and belongs to nobody yet."""

    offers: list[UnknownDevice]
    """Sensors a bridge spoke of and nothing is said of in its settings."""
    units: list[Equipment]
    """Careline units that called without being registered. Their alarms are on the desk."""


def strays(
    devices: Iterable[Device], offers: Iterable[UnknownDevice], said: Mapping[str, Equipment]
) -> Strays:
    """The inbox of one organisation, the newest first."""
    known = {each.device: each for each in devices}
    numbers = {str(_careline(each).get("controller")) for each in known.values()}
    open_offers = [
        each for each in offers
        if each.device in known and each.id not in _sensors(known[each.device])
    ]  # fmt: skip
    units = [
        each for each in said.values()
        if each.home == STRAY_HOME and each.device not in known
        and each.device.removeprefix("stray-") not in numbers
    ]  # fmt: skip
    return Strays(
        offers=open_offers, units=sorted(units, key=lambda each: each.heard_at, reverse=True)
    )


def _sensors(device: Device) -> Mapping[str, object]:
    bridge = device.settings.get("bridge")
    sensors = bridge.get("sensors") if isinstance(bridge, dict) else None
    taken = device.settings.get("adopted")
    return {
        **(sensors if isinstance(sensors, dict) else {}),
        **(taken if isinstance(taken, dict) else {}),
    }


def _careline(device: Device) -> Mapping[str, object]:
    careline = device.settings.get("careline")
    return careline if isinstance(careline, dict) else {}


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """What is left to convert of one scheme and exchange before the analogue lines end."""

    scheme: str
    exchange: str
    analogue: int
    digital: int
    unknown: int
    homes_left: int
    """Homes with a device still on an analogue line, or of which nobody has said."""


def lines(services: Iterable[Service], homes: Iterable[Home]) -> list[Line]:
    """Devices in use that call by a line, by scheme and exchange; most left first."""
    schemes = {each.home: each.scheme or "" for each in homes}
    groups: dict[tuple[str, str], list[Device]] = {}
    for service in services:
        device = service.device
        if service.withdrawn_at is None and (device.line or device.exchange):
            key = (schemes.get(device.home, ""), device.exchange or "")
            groups.setdefault(key, []).append(device)
    found = []
    for (scheme, exchange), group in groups.items():
        left = {each.home for each in group if each.line != "digital"}
        count = {name: sum(each.line == name for each in group) for name in ("analogue", "digital")}
        found.append(
            Line(
                scheme=scheme, exchange=exchange, unknown=sum(not each.line for each in group),
                homes_left=len(left), **count,
            )
        )  # fmt: skip
    return sorted(found, key=lambda each: (-each.homes_left, each.scheme, each.exchange))
