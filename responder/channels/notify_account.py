"""GOV.UK Notify as its own client speaks to it, and what its answers mean for us.

Notify knows no idempotency key. But it keeps our reference, so before a second try we ask
whether it already has the message.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from notifications_python_client.errors import APIError, HTTPError, InvalidResponse
from notifications_python_client.notifications import NotificationsAPIClient

from responder.channels import base
from responder.channels.base import Letter
from responder.channels.story_clock import require_real_or_simulated
from telecare.clock import Clock
from telecare.errors import ChannelBusy, ChannelRefused, ChannelUnavailable
from telecare.settings import Settings

RATE_SECONDS = 1.0
"""Notify refills 50 messages a second: after a second there is room again."""
DAY_SECONDS = 300.0
"""The day's allowance is used up: look again now and then, others take over meanwhile."""

# The client logs addresses of requests; what we want to know is in our own record.
logging.getLogger("notifications_python_client").setLevel(logging.CRITICAL)


class NotifyAccount:
    """One service's account at Notify. Thread-safe: each call has a client of its own."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        assert settings.notify_api_key is not None
        self._key = settings.notify_api_key
        self._settings, self._url = settings, settings.notify_url
        self._clock = clock

    def take(self, letter: Letter, send: Callable[[NotificationsAPIClient], Any]) -> str:
        """Have Notify take the letter, once; its id for it. Raises as `Sender` says."""
        host = urlsplit(self._url).hostname or ""
        require_real_or_simulated(self._clock, self._settings, host)

        def once(client: NotificationsAPIClient) -> str:
            known = _known(client, letter.reference) if letter.again else None
            return known or str(send(client)["id"])

        return self.ask(once)

    def ask(self, question: Callable[[NotificationsAPIClient], str]) -> str:
        """Put a question to Notify; failures as `Sender` says."""
        client = NotificationsAPIClient(
            self._key.get_secret_value(), base_url=self._url, timeout=base.TIMEOUT_SECONDS
        )
        try:
            return question(client)
        except HTTPError as error:
            raise _meaning(error) from error
        except (InvalidResponse, KeyError, TypeError) as error:
            raise ChannelUnavailable("Notify answered what we cannot read.") from error
        finally:
            client.request_session.close()

    def template(self, template: str | None, kind: str) -> str:
        """A sentence that the template is there and of this kind; raises as `Provider` says."""
        if not template:
            raise ChannelRefused(f"Set TELECARE_NOTIFY_{kind.upper()}_TEMPLATE.")

        def look(client: NotificationsAPIClient) -> str:
            found = str(client.get_template(template)["type"])
            if found != kind:
                raise ChannelRefused(f"Notify's template is for {found}, not for {kind}.")
            return f"Notify answers and has our template for {kind}."

        return self.ask(look)


def _known(client: NotificationsAPIClient, reference: str) -> str | None:
    try:
        found = client.get_all_notifications(reference=reference)["notifications"]
    except (APIError, KeyError, TypeError):
        return None  # better twice than never
    return str(found[0]["id"]) if found else None


def _meaning(error: HTTPError) -> ChannelUnavailable | ChannelRefused:
    """By status and kind of error; its words change without notice and may hold a number."""
    if error.status_code == 429:
        kinds = {str(each.get("error")) for each in error.message if isinstance(each, dict)}
        if "TooManyRequestsError" in kinds:
            return ChannelBusy("Notify's allowance for today is used up.", seconds=DAY_SECONDS)
        return ChannelBusy("Notify asks us to slow down.", seconds=RATE_SECONDS)
    if error.status_code in (401, 403):
        # Somebody must correct the settings or our clock; until then the letter waits.
        return ChannelUnavailable("Notify refuses our key or our clock.")
    if 400 <= error.status_code < 500:
        return ChannelRefused(f"Notify will not take it: {error.status_code}.")
    return ChannelUnavailable(f"Notify does not answer as it should: {error.status_code}.")
