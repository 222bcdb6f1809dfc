"""Homes with their rooms and sensors, as an installer would leave them."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import msgspec

ROOMS = ("bedroom", "bathroom", "hallway", "kitchen", "lounge")
"""The rooms of the homes recorded in TIHM, which have one motion sensor each."""

FRONT_DOOR = "front-door"
FRIDGE_DOOR = "fridge-door"
KETTLE = "kettle"


class Sensor(msgspec.Struct, frozen=True):
    """One thing on a wall or a plug, heard through the home's hub."""

    name: str
    type: str
    """`motion`, `door` or `power`: the native payload's type."""
    room: str


class Home(msgspec.Struct, frozen=True, kw_only=True):
    """A dwelling; `seed` decides everything that ever happens in it."""

    key: str
    """The home's id in the register; also the stem of its devices' ids."""
    seed: int
    timezone: str = "Europe/London"
    sensors: tuple[Sensor, ...] = ()
    heartbeat_s: float = 300.0
    """How often the hub beats, in seconds of the installation's clock."""

    @property
    def hub(self) -> str:
        """The hub's device id."""
        return f"{self.key}-hub"

    @property
    def pendant(self) -> str:
        """The worn trigger's name; it is heard through the hub."""
        return f"{self.key}-pendant"

    @property
    def zone(self) -> ZoneInfo:
        """Where its days and nights are."""
        return ZoneInfo(self.timezone)

    def sensor(self, name: str) -> Sensor:
        """The sensor of that name; raises `KeyError` if the home has none."""
        for sensor in self.sensors:
            if sensor.name == name:
                return sensor
        raise KeyError(f"home {self.key} has no sensor {name}")


def standard_sensors() -> tuple[Sensor, ...]:
    """Motion in each room, contacts on the front door and the fridge, a plug at the kettle.

    Doors carry their own name as room, as the recorded homes do.
    """
    motion = tuple(Sensor(f"motion-{room}", "motion", room) for room in ROOMS)
    return (
        *motion,
        Sensor(FRONT_DOOR, "door", FRONT_DOOR),
        Sensor(FRIDGE_DOOR, "door", FRIDGE_DOOR),
        Sensor(KETTLE, "power", "kitchen"),
    )


def make_home(seed: int, number: int, *, key: str | None = None, heartbeat_s: float = 300) -> Home:
    """Home `number` of the world with that seed; the same two numbers give the same home."""
    return Home(
        key=key or f"home-{number:04d}",
        seed=seed * 1_000_003 + number,
        sensors=standard_sensors(),
        heartbeat_s=heartbeat_s,
    )
