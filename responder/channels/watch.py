"""The beat that leaves the house: a dead-man's switch outside notices when it stops."""

from __future__ import annotations

from typing import Protocol

import httpx
import msgspec

from telecare.errors import ChannelRefused, ChannelUnavailable, TelecareError
from telecare.settings import Settings

PATIENCE_SECONDS = 4.0


class OutsideBeat(msgspec.Struct, frozen=True, kw_only=True):
    """What the outside is told: that we live, whether all is well, and how long the record is.

    Whoever keeps the heads sees when a record was cut or rewritten. Opaque ids only.
    """

    at: str
    well: bool
    stuck: int
    """How many things of ours are stuck."""
    heads: dict[str, tuple[int, str]]
    """By organisation: the record's last sequence and its hash."""


class Watch(Protocol):
    """Somebody outside who listens for beats."""

    def beat(self, beat: OutsideBeat) -> None:
        """Raises `ChannelUnavailable` or `ChannelRefused`."""


class HttpWatch:
    """Beats by HTTP POST of JSON to one address."""

    def __init__(self, url: str, token: str | None) -> None:
        self._url = url
        self._headers = {"Content-Type": "application/json"}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"

    def beat(self, beat: OutsideBeat) -> None:
        try:
            answer = httpx.post(
                self._url, content=msgspec.json.encode(beat), headers=self._headers,
                timeout=PATIENCE_SECONDS, follow_redirects=False,
            )  # fmt: skip
        except httpx.HTTPError as error:
            raise ChannelUnavailable("The outside watch does not answer.") from error
        if not answer.is_success:
            raise refusal(answer.status_code)


def refusal(status: int) -> TelecareError:
    """What an answer other than yes means."""
    if status in (408, 429) or status >= 500:
        return ChannelUnavailable(f"The outside watch answered {status}.")
    return ChannelRefused(
        f"The outside watch answered {status}: look at TELECARE_WATCH_URL and its token."
    )


def watch_of(settings: Settings) -> Watch | None:
    """The outside watch by the settings; None when there is none."""
    if settings.watch_url is None:
        return None
    token = settings.watch_token
    return HttpWatch(settings.watch_url, token.get_secret_value() if token else None)
