"""What holds for every device of a model, unless the device itself says otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import msgspec
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from telecare.errors import InvalidInput
from telecare.register import tables
from telecare.register.device import BEATS_MISSED, LONGEST_SECONDS, Device, sensors_of
from telecare.register.ground import COMMAND_LINE, Ground
from telecare.vocabulary import DeviceKind

BATTERY_LOW = 20
"""Per cent. BS EN 50134's low-battery warning leaves weeks; this leaves a visit's planning."""
TEST_DAYS = {DeviceKind.HUB: 42, DeviceKind.PENDANT: 42}
"""Days after which somebody should press again; six weeks, as the month's report counts."""


class DeviceClass(msgspec.Struct, frozen=True, kw_only=True):
    """A model's policy. None: nothing is said, and the kind's own holds."""

    org: str
    model: str
    heartbeat_seconds: int | None = None
    silent_after_seconds: int | None = None
    battery_low: int | None = None
    """Per cent below which a battery is low."""
    test_days: int | None = None
    supported_until: str | None = None
    """Day until which its maker mends its software, as 2029-12-31."""


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """What we may expect of one device."""

    heartbeat_seconds: int | None
    silent_after: float | None
    """Seconds without a word after which it counts as silent; None: silent by design."""
    battery_low: int
    test_days: int | None
    """None: nobody is reminded to press it."""


SILENT_BY_DESIGN = Policy(
    heartbeat_seconds=None, silent_after=None, battery_low=BATTERY_LOW, test_days=None
)
"""Of a sensor nobody has said anything of."""


def policy_of(device: Device, known: Mapping[tuple[str, str], DeviceClass]) -> Policy:
    """The device's own word first, then its model's, then its kind's."""
    named = known.get((device.org, device.model))
    of_class = named or DeviceClass(org=device.org, model=device.model)
    heartbeat = device.heartbeat_seconds or of_class.heartbeat_seconds
    silent_after = device.own_silent_after
    if heartbeat is None:
        silent_after = None
    elif silent_after is None:
        promised = of_class.silent_after_seconds or BEATS_MISSED * heartbeat
        silent_after = float(min(promised, LONGEST_SECONDS))
    low = BATTERY_LOW if of_class.battery_low is None else of_class.battery_low
    return Policy(
        heartbeat_seconds=None if heartbeat is None else min(heartbeat, LONGEST_SECONDS),
        silent_after=silent_after,
        battery_low=low,
        test_days=of_class.test_days or TEST_DAYS.get(device.kind),
    )


def sensor_policies(
    device: Device, known: Mapping[tuple[str, str], DeviceClass]
) -> dict[str, Policy]:
    """What we may expect of each sensor behind a hub that is on file, by the sensor's name.

    The sensor's own word first, then its model's. A sensor that promises nothing there is silent
    by design, as most that run on a battery are: its silence says nothing, and nobody is told.
    """
    return {
        name: policy_of(
            Device(
                org=device.org, device=device.device, home=device.home, kind=DeviceKind.SENSOR,
                model=str(told.get("model", "")), settings=dict(told),
                heartbeat_seconds=_seconds(told.get("heartbeat_seconds")),
            ),
            known,
        )
        for name, told in sensors_of(device).items()
    }  # fmt: skip


def _seconds(value: object) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return min(value, LONGEST_SECONDS)
    return None


class Classes:
    """Policies of all organisations' models."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def put(self, device_class: DeviceClass, *, by: str = COMMAND_LINE) -> None:
        """From now on this holds for its model, and is on record. Raises `InvalidInput` for
        impossible numbers and days.
        """
        days = device_class.test_days
        numbers = (
            device_class.heartbeat_seconds, device_class.silent_after_seconds,
            None if days is None else days * 86400,
        )  # fmt: skip
        low = device_class.battery_low
        if any(each is not None and not 0 < each <= LONGEST_SECONDS for each in numbers):
            raise InvalidInput(
                "Seconds and days of a device class are above zero, and no longer than a year."
            )
        if low is not None and not 0 <= low <= 100:
            raise InvalidInput("A low battery is a number of per cent between 0 and 100.")
        if not device_class.model:
            raise InvalidInput("A device class needs the name of its model.")
        _day(device_class.supported_until)
        values = msgspec.structs.asdict(device_class)
        with self._ground.change("") as connection:
            insert = sqlite_insert if connection.dialect.name == "sqlite" else pg_insert
            connection.execute(
                insert(tables.device_class)
                .values(values)
                .on_conflict_do_update(index_elements=["org", "model"], set_=values)
            )
            said = {name: each for name, each in values.items() if each is not None}
            self._ground.deed(connection, said.pop("org"), by, "class_set", **said)

    def known(self, org: str | None = None) -> dict[tuple[str, str], DeviceClass]:
        """By (organisation, model): of one organisation or, for the platform's services, all."""
        query = select(tables.device_class)
        if org is not None:
            query = query.where(tables.device_class.c.org == org)
        with self._ground.read() as connection:
            found = [DeviceClass(**row) for row in connection.execute(query).mappings()]
        return {(each.org, each.model): each for each in found}


def _day(written: str | None) -> None:
    try:
        date.fromisoformat(written or "2029-12-31")
    except ValueError:
        raise InvalidInput(f"{written} is no day; write it as 2029-12-31.") from None
