"""One page of a list after another, by a cursor that the answer itself hands on.

`Link: <...>; rel="next"` (RFC 8288) leads on while there is more. A cursor is the place of
the last thing shown in the list's own order, not a count: what comes or goes in between
neither repeats a thing nor hides one.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, TypeVar

import msgspec
from fastapi import Depends, Query, Request

from responder.api.schemas import Json
from telecare.errors import InvalidInput
from telecare.store.types import microseconds, moment_of

T = TypeVar("T")
Place = tuple[int | float | str, ...]
"""Where a thing stands in its list: numbers and texts that sort as the list does."""
LONGEST_CURSOR = 1000
_places = msgspec.json.Decoder(Place)
WRONG = "This cursor is none of this list's; begin without it."


@dataclass(frozen=True)
class Paging:
    """Which page is asked for."""

    request: Request
    limit: int
    after: Place | None

    def of(self, things: Iterable[T], place: Callable[[T], Place]) -> Json:
        """The page of all `things`, in the order of their places."""
        placed = sorted(((place(each), each) for each in things), key=lambda pair: pair[0])
        if self.after is not None:
            try:
                placed = [pair for pair in placed if pair[0] > self.after]
            except TypeError:
                raise InvalidInput(WRONG) from None
        shown = [each for _, each in placed[: self.limit]]
        return self.page(shown, place, more=len(placed) > self.limit)

    def page(self, shown: Sequence[T], place: Callable[[T], Place], *, more: bool) -> Json:
        """These things, found by the caller after `after`, and the way on if there are more."""
        answer = Json(list(shown))
        if more and shown:
            onward = self.request.url.include_query_params(cursor=cursor_of(place(shown[-1])))
            answer.headers["Link"] = f'<{onward.path}?{onward.query}>; rel="next"'
        return answer


def paging(most: int, usual: int) -> Callable[..., Paging]:
    """A dependency: the page asked for, of at most `most` things and `usual` ones unless said."""

    def asked(
        request: Request,
        limit: int = Query(usual, ge=1, le=most),
        cursor: Annotated[
            str | None,
            Query(max_length=LONGEST_CURSOR, description="From the `Link` of the page before."),
        ] = None,
    ) -> Paging:
        return Paging(request, limit, None if cursor is None else place_of(cursor))

    return asked


Paged = Annotated[Paging, Depends(paging(500, 100))]


def newest_first(moment: datetime) -> int:
    """A time as part of a place, in lists that begin with the newest."""
    return -microseconds(moment)


def moment_at(part: int) -> datetime:
    """The time that `newest_first` made this part of. Raises `InvalidInput`."""
    try:
        return moment_of(-part)
    except OverflowError:
        raise InvalidInput(WRONG) from None


def cursor_of(place: Place) -> str:
    """The place in letters that need no quoting."""
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")


def place_of(cursor: str) -> Place:
    """The place of a cursor. Raises `InvalidInput`."""
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        return _places.decode(text)
    except ValueError:
        raise InvalidInput(WRONG) from None
