"""Messengers and other services, by apprise: those whose schemes the settings name.

Apprise says only whether it worked, so every failure is tried again. An address holds the
service's own secret and is never shown or logged.
"""

from __future__ import annotations

import logging

import apprise

from responder.channels import base
from responder.channels.base import Letter
from responder.channels.story_clock import require_real
from responder.whom.people import Channel
from telecare.clock import Clock
from telecare.errors import ChannelRefused, ChannelUnavailable
from telecare.settings import Settings

# It logs what it was given, at every level.
logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)


class AppriseSender:
    """Sends to the apprise address of a contact; gives up after four silent seconds."""

    channel = Channel.APPRISE

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._schemes = frozenset(settings.apprise_schemes.replace(",", " ").lower().split())
        self._asset = apprise.AppriseAsset(async_mode=False, secure_logging=True)
        self._clock = clock

    def send(self, letter: Letter) -> None:
        """Hand it to the service."""
        require_real(self._clock)
        if letter.address.partition("://")[0].lower() not in self._schemes:
            raise ChannelRefused("This kind of service is not among those we may use.")
        service = apprise.Apprise.instantiate(letter.address, asset=self._asset)
        if service is None:
            raise ChannelRefused("This is no address apprise can read.")
        service.socket_connect_timeout = service.socket_read_timeout = base.TIMEOUT_SECONDS
        if not service.notify(body=letter.body, title=letter.subject):
            raise ChannelUnavailable("The messenger's service did not take it.")

    def check(self) -> str:
        """Services differ by contact: that each scheme is one apprise knows."""
        known = apprise.plugins.N_MGR
        unknown = sorted(each for each in self._schemes if each not in known)
        if unknown:
            raise ChannelRefused(
                f"apprise knows no service {', '.join(unknown)}: correct TELECARE_APPRISE_SCHEMES."
            )
        return f"Messengers: {', '.join(sorted(self._schemes))}."
