"""The way to a home, in the map that its reader has: pressed, and not before, it learns where.

`geo:` leaves the choice of a map to the telephone. What Apple makes knows no `geo:`; there the
link is one that its own map opens.
"""

from __future__ import annotations

from urllib.parse import quote

from fastapi import Request


def map_link(request: Request, label: str, place: tuple[float, float] | None = None) -> str:
    """An address for a link; without a `place` (latitude, longitude) the label is looked up."""
    named = quote(label, safe="")
    at = "{},{}".format(*place) if place else ""
    if "Mac OS X" in request.headers.get("user-agent", ""):  # iPhones and iPads say so as well
        return f"https://maps.apple.com/?{f'll={at}&' if at else ''}q={named}"
    return f"geo:{at}?q={at}({named})" if at else f"geo:0,0?q={named}"
