"""What people set for one home: zones on the map, and times in which nobody lives there as usual.

Each changes a home's settings as the detectors read them, and leaves all others as they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from telecare.errors import InvalidInput, NotFound

ALERTS = ("leaving", "entering", "never")
"""What crossing a zone's line means; `never` is known ground."""
PAUSES = ("away", "hospital", "visitors")
RADIUS_M = (20.0, 50_000.0)
"""A smaller circle is within what a receiver wanders by itself."""
CORNERS = 100

Settings = dict[str, Any]


def circle(latitude: float, longitude: float, metres: float) -> Settings:
    """The shape of a zone around a place. Raises `InvalidInput` where nobody could watch it."""
    _on_earth(latitude, longitude)
    if not RADIUS_M[0] <= metres <= RADIUS_M[1]:
        raise InvalidInput(
            f"A zone's radius is {RADIUS_M[0]:g} to {RADIUS_M[1]:g} metres: in less a receiver "
            "wanders by itself."
        )
    return {"circle": [latitude, longitude, metres]}


def polygon(corners: Sequence[tuple[float, float]]) -> Settings:
    """The shape of a zone with `corners` (latitude, longitude), in order. Raises as `circle`."""
    from shapely import Polygon  # noqa: PLC0415 - takes long to load, and few commands need it

    for corner in corners:
        _on_earth(*corner)
    if not 3 <= len(corners) <= CORNERS or not Polygon(corners).is_valid:
        raise InvalidInput(
            f"Give a zone's corners in order, 3 to {CORNERS} of them, so that its line does not "
            "cross itself."
        )
    return {"polygon": [list(each) for each in corners]}


def with_zone(settings: Settings, name: str, alert: str, shape: Settings) -> Settings:
    """A zone of this shape (`circle` or `polygon`), in the stead of one of its name.

    Raises `InvalidInput` for one that the detectors could not watch.
    """
    if not (name.strip() and len(name) <= 60):
        raise InvalidInput("Give the zone a name of 1 to 60 characters, as people call the place.")
    if alert not in ALERTS:
        raise InvalidInput(f"A zone's alert is one of {', '.join(ALERTS)}.")
    drawn = {"name": name, "alert": alert} | shape
    return _zoned(settings, [*(z for z in zones(settings) if z.get("name") != name), drawn])


def without_zone(settings: Settings, name: str) -> Settings:
    """Raises `NotFound`."""
    left = [each for each in zones(settings) if each.get("name") != name]
    if len(left) == len(zones(settings)):
        raise NotFound(f"This home has no zone {name!r}; see `telecare home settings`.")
    return _zoned(settings, left)


def zones(settings: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Those drawn for the home."""
    outing = settings.get("outing")
    found = outing.get("zones") if isinstance(outing, dict) else None
    return [each for each in found or () if isinstance(each, dict)]


def with_pause(settings: Settings, begins: str, until: str, kind: str) -> Settings:
    """Days, `until` among them, that are neither judged nor learnt from. Raises `InvalidInput`."""
    try:
        days = date.fromisoformat(begins), date.fromisoformat(until)
    except ValueError:
        raise InvalidInput("Write the days like 2026-03-28.") from None
    if days[1] < days[0]:
        raise InvalidInput("The last day of a pause is not before its first.")
    if kind not in PAUSES:
        raise InvalidInput(f"A pause is one of {', '.join(PAUSES)}.")
    pause = {"from": f"{days[0]}", "until": f"{days[1]}", "kind": kind}
    others = [each for each in pauses(settings) if each.get("from") != pause["from"]]
    return settings | {"pauses": [*others, pause]}


def without_pause(settings: Settings, begins: str) -> Settings:
    """Raises `NotFound`."""
    left = [each for each in pauses(settings) if each.get("from") != begins]
    if len(left) == len(pauses(settings)):
        raise NotFound(f"No pause of this home begins on {begins}; see `telecare home settings`.")
    return settings | {"pauses": left}


def pauses(settings: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Those written for the home."""
    found = settings.get("pauses")
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _on_earth(latitude: float, longitude: float) -> None:
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):  # false for NaN
        raise InvalidInput("A latitude lies between -90 and 90, a longitude between -180 and 180.")


def _zoned(settings: Settings, left: list[dict[str, Any]]) -> Settings:
    outing = settings.get("outing")
    own = dict(outing) if isinstance(outing, dict) else {}
    return settings | {"outing": own | {"zones": left}}
