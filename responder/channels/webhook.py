"""A letter as a signed CloudEvent to an address of an organisation's own system.

Only to hosts the settings name, never along a redirect. The signature is an HMAC-SHA256
over `time.body` in `Telecare-Signature: t=...,v1=...`, so that a copy sent later shows.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
from datetime import datetime

import httpx
from cloudevents.core.bindings.http import to_structured_event
from cloudevents.core.v1.event import CloudEvent

from responder.channels import base
from responder.channels.allowed_hosts import AllowedHosts
from responder.channels.base import Letter
from responder.channels.story_clock import require_real
from responder.whom.people import Channel
from telecare.clock import Clock
from telecare.errors import ChannelBusy, ChannelRefused, ChannelUnavailable
from telecare.settings import Settings

# It logs the address of every request, and that may hold a secret.
logging.getLogger("httpx").setLevel(logging.WARNING)

SIGNATURE = "Telecare-Signature"
TYPE = "org.telecare.message.v1"
LONGEST_PAUSE_SECONDS = 60.0


class WebhookSender:
    """Posts the letter's words and link; the receiver knows a repeat by the event's id."""

    channel = Channel.WEBHOOK

    def __init__(self, settings: Settings, clock: Clock) -> None:
        assert settings.webhook_secret is not None
        self._secret = settings.webhook_secret
        self._hosts = AllowedHosts(settings.webhook_hosts)
        self._source = settings.public_url
        self._clock = clock

    def send(self, letter: Letter) -> None:
        """Post it. A 2xx means that the receiver has taken it."""
        require_real(self._clock)
        url = self._hosts.require(letter.address)
        now = self._clock.now()
        event = CloudEvent(
            {
                "id": letter.key, "source": self._source, "type": TYPE, "time": now,
                "subject": letter.org, "datacontenttype": "application/json",
            },
            {
                "subject": letter.subject, "body": letter.body, "link": letter.link,
                "language": letter.language,
            },
        )  # fmt: skip
        post(url, event, letter.key, self._secret.get_secret_value(), now)

    def check(self) -> str:
        """Nothing can be asked of a receiver without sending to it: that hosts are named."""
        if not self._hosts:
            raise ChannelRefused("Webhooks go nowhere: set TELECARE_WEBHOOK_HOSTS.")
        return "Signed webhooks go to the hosts of TELECARE_WEBHOOK_HOSTS only."


def post(url: str, event: CloudEvent, key: str, secret: str, now: datetime) -> None:
    """Post a signed event to an address that was allowed. Raises as a channel does."""
    said = to_structured_event(event)
    moment = str(int(now.timestamp()))
    headers = dict(said.headers) | {
        SIGNATURE: f"t={moment},v1={signature(secret, moment, said.body)}",
        "Idempotency-Key": key,
    }
    try:
        # The first line says it: the rest of the answer may be long, or never end.
        with httpx.stream(
            "POST", url, content=said.body, headers=headers, timeout=base.TIMEOUT_SECONDS,
            follow_redirects=False, trust_env=False,
        ) as answer:  # fmt: skip
            _require_taken(answer)
    except httpx.HTTPError as error:
        raise ChannelUnavailable("The webhook's receiver does not answer.") from error


def signature(secret: str, moment: str, body: bytes) -> str:
    """What proves that we sent `body` at `moment` (Unix seconds): hex HMAC-SHA256."""
    return hmac.new(secret.encode(), moment.encode() + b"." + body, hashlib.sha256).hexdigest()


def _require_taken(answer: httpx.Response) -> None:
    if answer.is_success:
        return
    if answer.status_code == 429:
        raise ChannelBusy("The webhook's receiver asks us to slow down.", seconds=_pause(answer))
    if answer.status_code in (401, 403, 408, 425) or answer.status_code >= 500:
        raise ChannelUnavailable(f"The webhook's receiver is not ready: {answer.status_code}.")
    raise ChannelRefused(f"The webhook's receiver will not take it: {answer.status_code}.")


def _pause(answer: httpx.Response) -> float:
    said = answer.headers.get("retry-after", "")
    return min(float(said), LONGEST_PAUSE_SECONDS) if said.isdigit() else 1.0
