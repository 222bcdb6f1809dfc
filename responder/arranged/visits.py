"""Visits by video: a link for everybody who takes part, good from a little before until the end.

The room's name follows from the visit under the installation's secret, so nobody can guess it
and nothing about it is stored. Who holds the link joins; the video service is the organisation's
own, named by the settings.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from responder.arranged.expectations import Expectation, What
from telecare.errors import NotFound
from telecare.register.secrets import SecretKey

EARLY = timedelta(minutes=10)
"""So long before its beginning a visit can be joined."""


class VisitState(StrEnum):
    """Whether a visit can be joined."""

    EARLY = "early"
    NOW = "now"
    OVER = "over"
    """It has ended, or is not planned any more."""


class VisitView(msgspec.Struct, frozen=True, kw_only=True):
    """What the holder of a visit's link sees: when, and where it takes place. Nobody's name."""

    state: VisitState
    begins_at: datetime | None
    ends_at: datetime | None
    time_zone: str
    room_url: str
    """Empty while it cannot be joined."""


class VisitLinks:
    """Makes and recognises the links of this installation's visits."""

    def __init__(self, key: SecretKey, public_url: str, video_url: str | None) -> None:
        self._key = key
        self._public_url = public_url
        self._video_url = video_url

    def url_of(self, visit: Expectation) -> str:
        """The link for everybody who takes part; empty without a video service."""
        if visit.what is not What.VISIT or not self._video_url:
            return ""
        return f"{self._public_url}/v/{visit.org}/{visit.id}/{self._sign('visit', visit)}"

    def require(self, visit: Expectation, sign: str) -> None:
        """Raises `NotFound` unless the link is ours."""
        if visit.what is not What.VISIT or not hmac.compare_digest(
            sign.encode(), self._sign("visit", visit).encode()
        ):
            raise NotFound("There is no such visit.")

    def view(self, visit: Expectation, now: datetime) -> VisitView:
        """What its holder sees at `now`."""
        opens, ends = visit.opens_at, visit.next_due_at
        state = VisitState.OVER
        if opens is not None and ends is not None and now < ends:
            state = VisitState.NOW if now >= opens - EARLY else VisitState.EARLY
        room = ""
        if state is VisitState.NOW and self._video_url:
            room = self._video_url.replace("{room}", self._sign("room", visit))
        return VisitView(
            state=state, begins_at=opens, ends_at=ends, time_zone=visit.time_zone, room_url=room
        )

    def _sign(self, use: str, visit: Expectation) -> str:
        made = self._key.digest(f"{use}:{visit.org}:{visit.id}")
        return urlsafe_b64encode(made).decode().rstrip("=")
