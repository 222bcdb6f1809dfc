"""Drive times from a routing server that speaks OSRM's table service.

`GET /table/v1/driving/{lon},{lat};...?sources=...&destinations=0` answers seconds for each
start. When it does not answer soon, the straight line stands in: a job never waits for a map.
"""

from __future__ import annotations

from collections.abc import Sequence

import httpx
import msgspec

from responder.callout.routing import Place, Road, StraightRoad
from telecare.observe import log
from telecare.settings import Settings

PATIENCE_SECONDS = 2.0


class _Table(msgspec.Struct):
    code: str
    durations: list[list[float | None]] = []


class OsrmRoad:
    """Asks the server for all starts at once."""

    def __init__(self, url: str, otherwise: Road) -> None:
        self._url = url.rstrip("/")
        self._otherwise = otherwise

    def minutes(self, starts: Sequence[Place], to: Place) -> list[float]:
        """From the server; for starts it knows no road from, and when it fails, straight lines."""
        straight = self._otherwise.minutes(starts, to)
        places = ";".join(f"{lon:.6f},{lat:.6f}" for lat, lon in (to, *starts))
        sources = ";".join(str(number) for number in range(1, len(starts) + 1))
        try:
            answer = httpx.get(
                f"{self._url}/table/v1/driving/{places}",
                params={"sources": sources, "destinations": "0"},
                timeout=PATIENCE_SECONDS, follow_redirects=False, trust_env=False,
            )  # fmt: skip
            table = msgspec.json.decode(answer.content, type=_Table)
        except (httpx.HTTPError, msgspec.DecodeError) as error:
            log("osrm").warning("the routing server does not answer", error=type(error).__name__)
            return straight
        if table.code != "Ok" or len(table.durations) != len(starts):
            log("osrm").warning("the routing server refuses", code=table.code)
            return straight
        return [
            otherwise if row[0] is None else row[0] / 60
            for row, otherwise in zip(table.durations, straight, strict=True)
        ]


def road_of(settings: Settings) -> Road:
    """The road by the settings: a routing server's, or straight lines."""
    straight = StraightRoad(settings.rural_factor)
    return OsrmRoad(settings.routing_url, straight) if settings.routing_url else straight
