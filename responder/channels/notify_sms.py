"""Text messages by GOV.UK Notify."""

from __future__ import annotations

from responder.channels.base import Letter
from responder.channels.notify_account import NotifyAccount
from responder.whom.people import Channel
from telecare.clock import Clock
from telecare.settings import Settings


class NotifySmsSender:
    """Sends with the template of the settings, whose whole body is `((message))`."""

    channel = Channel.NOTIFY_SMS

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._account = NotifyAccount(settings, clock)
        self._template = settings.notify_sms_template

    def send(self, letter: Letter) -> str:
        """Hand the text to Notify; its id for it."""
        return self._account.take(
            letter,
            lambda client: client.send_sms_notification(
                phone_number=letter.address,
                template_id=self._template,
                personalisation={"message": letter.body},
                reference=letter.reference,
            ),
        )

    def check(self) -> str:
        """Whether Notify takes our key and has our template."""
        return self._account.template(self._template, "sms")
