"""Messages to a browser that asked for them, sealed so that the push service cannot read them.

A person may have several browsers: the letter's address lists their subscriptions, and it
counts as taken when one push service took it. A subscription a service has forgotten is
given back to be forgotten here too.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import requests
from pywebpush import WebPushException, webpush

from responder.channels import base
from responder.channels.allowed_hosts import AllowedHosts
from responder.channels.base import Letter
from responder.channels.push_key import public_key, vapid_key
from responder.channels.story_clock import require_real
from responder.whom.people import Channel, Subscription
from telecare.clock import Clock
from telecare.errors import ChannelBusy, ChannelRefused, ChannelUnavailable
from telecare.settings import Settings

KEEP_SECONDS = 180
"""How long a push service keeps it for a telephone that is off: as long as we await an answer."""
GONE = (404, 410)

Forget = Callable[[str, str], None]
"""Told organisation and endpoint of a subscription that is no more."""


class WebPushSender:
    """Sends under this installation's own VAPID key."""

    channel = Channel.WEB_PUSH

    def __init__(self, settings: Settings, clock: Clock, forget: Forget) -> None:
        assert settings.push_subject is not None
        self._subject = settings.push_subject
        self._hosts = AllowedHosts(settings.push_hosts)
        self._key = vapid_key(settings.data_dir)
        self._clock = clock
        self._forget = forget

    def send(self, letter: Letter) -> None:
        """Push it to every browser of the person; one that takes it is enough."""
        require_real(self._clock)
        failures: list[ChannelRefused | ChannelUnavailable] = []
        subscriptions = msgspec.json.decode(letter.address, type=list[Subscription])
        for subscription in subscriptions:
            try:
                self._push(letter, subscription)
            except (ChannelRefused, ChannelUnavailable) as failure:
                failures.append(failure)
        if len(failures) < len(subscriptions):
            return
        # What may still succeed decides whether it is tried again.
        waiting = [each for each in failures if each.retryable]
        raise (waiting or failures or [ChannelRefused("No browser asked for messages.")])[0]

    def _push(self, letter: Letter, to: Subscription) -> None:
        endpoint = self._hosts.require(to.endpoint)
        words = {"title": letter.subject, "body": letter.body, "link": letter.link,
                 "tag": letter.key, "lang": letter.language}  # fmt: skip
        session = requests.Session()
        session.max_redirects = 0  # an allowed host leads nowhere else
        try:
            webpush(
                {"endpoint": endpoint, "keys": {"p256dh": to.p256dh, "auth": to.auth}},
                msgspec.json.encode(words).decode(),
                vapid_private_key=self._key,
                vapid_claims={"sub": self._subject},
                ttl=KEEP_SECONDS,
                # A push service replaces a waiting message by a later one of the same topic.
                headers={"Topic": letter.key[:32], "Urgency": "high"},
                timeout=base.TIMEOUT_SECONDS,
                requests_session=session,
            )
        except WebPushException as error:
            status = error.status_code
            if status in GONE:
                self._forget(letter.org, to.endpoint)
            raise _meaning(status, error.retry_after) from error
        except requests.RequestException as error:
            raise ChannelUnavailable("The push service does not answer.") from error
        except ValueError as error:
            raise ChannelRefused("The browser's keys cannot be used.") from error
        finally:
            session.close()

    def check(self) -> str:
        """Push services cannot be asked without a subscription: that our key can be used."""
        return f"Web push is set up; its public key begins {public_key(self._key)[:8]}."


def _meaning(status: int | None, retry_after: str | None) -> ChannelRefused | ChannelUnavailable:
    if status == 429:
        seconds = float(retry_after) if retry_after and retry_after.isdigit() else 1.0
        return ChannelBusy("The push service asks us to slow down.", seconds=min(seconds, 60.0))
    if status in GONE:
        return ChannelRefused("The browser does not want our messages any more.")
    if status is None or status in (401, 403) or status >= 500:
        return ChannelUnavailable(f"The push service does not take it now: {status}.")
    return ChannelRefused(f"The push service will not take it: {status}.")
