"""Text messages by Twilio: the second provider beside GOV.UK Notify, or the only one."""

from __future__ import annotations

from responder.channels.base import Letter
from responder.channels.twilio_account import TwilioAccount
from responder.whom.people import Channel
from telecare.clock import Clock
from telecare.settings import Settings


class TwilioSmsSender:
    """Texts from the number of the settings."""

    channel = Channel.TWILIO_SMS

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._account = TwilioAccount(settings, clock)

    def send(self, letter: Letter) -> str:
        """Hand the text to Twilio; its SID."""
        return self._account.take(
            lambda client: client.messages.create(
                to=letter.address,
                from_=self._account.number,
                body=letter.body,
                status_callback=self._account.receipts("message", letter),
            )
        )

    def check(self) -> str:
        """Whether Twilio takes our account."""
        return self._account.check()
