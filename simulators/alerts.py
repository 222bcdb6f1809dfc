"""Asks a desk for its alerts over HTTP, as any other program would."""

from __future__ import annotations

import http.client
import re
import urllib.error
import urllib.request
from collections import Counter
from datetime import datetime

import msgspec

from simulators.access import Access
from telecare.clock import sleep_real, stopwatch
from telecare.errors import StoreUnavailable

TIMEOUT_S = 30.0
_LOOK_AGAIN_S = 2.0
_SETTLED_LOOKS = 3


class Line(msgspec.Struct, frozen=True):
    """What we need of a line of the queue."""

    id: str
    home: str
    kinds: list[str]
    opened_at: datetime


def open_alerts(access: Access) -> list[Line]:
    """Every open alert of the token's organisation.

    Raises `StoreUnavailable` when the desk does not answer or refuses.
    """
    lines: list[Line] = []
    path: str | None = "/api/v1/alerts?limit=5000"
    while path:
        more, path = _page(access, path)
        lines += more
    return lines


def _page(access: Access, path: str) -> tuple[list[Line], str | None]:
    """A page of the queue and where the next one is, as `Link` says."""
    request = urllib.request.Request(  # noqa: S310 - the installation's own http address
        f"{access.url}{path}", headers={"Authorization": f"Bearer {access.api_token}"}
    )
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310
            onward = re.fullmatch(r'<(.+)>; rel="next"', answer.headers.get("Link", ""))
            lines = msgspec.json.decode(answer.read(), type=list[Line])
    except (urllib.error.URLError, OSError, http.client.HTTPException) as trouble:
        raise StoreUnavailable(f"The desk at {access.url} does not answer: {trouble}.") from None
    except msgspec.DecodeError:
        raise StoreUnavailable(f"The desk at {access.url} gave no list of alerts.") from None
    return lines, onward[1] if onward else None


def alerts_by_kind(access: Access, settle_s: float) -> dict[str, int]:
    """Open alerts by what they are, once the number held still for some seconds.

    An alert of several kinds counts once for each. Raises `StoreUnavailable`.
    """
    waited, still, before = stopwatch(), 0, -1
    while True:
        lines = open_alerts(access)
        still = still + 1 if len(lines) == before else 0
        before = len(lines)
        if still >= _SETTLED_LOOKS or waited() > settle_s:
            return dict(Counter(kind for line in lines for kind in line.kinds))
        sleep_real(_LOOK_AGAIN_S)
