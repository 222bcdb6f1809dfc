"""Twilio as its own client speaks to it, and what its answers mean for us.

Twilio knows no idempotency key for messages and calls: a try whose answer was lost may be
repeated. Its receipts carry our reference in their address and are signed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from requests import RequestException
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from responder.channels import base
from responder.channels.base import Letter
from responder.channels.story_clock import require_real
from telecare.clock import Clock
from telecare.errors import ChannelBusy, ChannelRefused, ChannelUnavailable
from telecare.settings import Settings

BUSY_SECONDS = 1.0
# At INFO the client logs addresses of requests and all headers.
logging.getLogger("twilio").setLevel(logging.WARNING)


class Elsewhere(TwilioHttpClient):  # type: ignore[misc]
    """Twilio's client, led to another base address: its `edge` and `region` only choose among
    hosts of twilio.com, so this is where the library itself lets one step in.
    """

    def __init__(self, base_url: str) -> None:
        super().__init__(timeout=base.TIMEOUT_SECONDS, max_retries=0)
        self._base = urlsplit(base_url)

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Response:
        """As the library's, at our base address."""
        moved = urlsplit(url)._replace(scheme=self._base.scheme, netloc=self._base.netloc)
        return super().request(method, urlunsplit(moved), *args, **kwargs)


class TwilioAccount:
    """One account at Twilio. Thread-safe: each call has a client of its own."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        assert settings.twilio_account is not None
        assert settings.twilio_token is not None
        assert settings.twilio_number is not None
        self.number = settings.twilio_number
        self._account = settings.twilio_account
        self._token = settings.twilio_token
        self._url = settings.twilio_url
        self._public_url = settings.public_url
        self._clock = clock

    def take(self, send: Callable[[Client], Any]) -> str:
        """Have Twilio take something; its SID. Raises as `Sender` says."""
        require_real(self._clock)
        return self._ask(lambda client: str(send(client).sid))

    def receipts(self, kind: str, letter: Letter) -> str:
        """Where Twilio is to send what becomes of the letter."""
        return f"{self._public_url}/receipts/twilio/{kind}/{letter.org}/{letter.key}"

    def check(self) -> str:
        """A sentence that the account is active; raises as `Provider` says."""
        status = self._ask(lambda client: str(client.api.accounts(self._account).fetch().status))
        if status != "active":
            raise ChannelRefused(f"The account at Twilio is {status}: see its console.")
        return "Twilio answers and the account is active."

    def _ask(self, question: Callable[[Client], str]) -> str:
        http = Elsewhere(self._url)
        token = self._token.get_secret_value()
        client = Client(self._account, token, http_client=http)
        try:
            return question(client)
        except TwilioRestException as error:
            raise _meaning(error) from error
        except (TwilioException, RequestException, ValueError) as error:
            raise ChannelUnavailable("Twilio does not answer.") from error
        finally:
            if http.session is not None:
                http.session.close()


def is_from_twilio(settings: Settings, path: str, form: Mapping[str, str], signature: str) -> bool:
    """Whether Twilio made this request to `path` (with its query) of ours: by its signature
    over the address it was given and the form. False without an account.
    """
    if settings.twilio_token is None:
        return False
    validator = RequestValidator(settings.twilio_token.get_secret_value())
    return bool(validator.validate(f"{settings.public_url}{path}", dict(form), signature))


def _meaning(error: TwilioRestException) -> ChannelUnavailable | ChannelRefused:
    """By status and code; its words may hold a number."""
    if error.status == 429:
        return ChannelBusy("Twilio asks us to slow down.", seconds=BUSY_SECONDS)
    if error.status in (401, 403):
        # Somebody must correct the settings; until then the message waits.
        return ChannelUnavailable("Twilio refuses our account.")
    if 400 <= error.status < 500:
        return ChannelRefused(f"Twilio will not take it: error {error.code}.")
    return ChannelUnavailable(f"Twilio does not answer as it should: {error.status}.")
