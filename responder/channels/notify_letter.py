"""Letters on paper by GOV.UK Notify: days on the way, so never for what is pressing."""

from __future__ import annotations

from responder.channels.base import Letter
from responder.channels.notify_account import NotifyAccount
from responder.whom.people import Channel
from telecare.clock import Clock
from telecare.settings import Settings

ADDRESS_LINES = 7


class NotifyLetterSender:
    """Prints and posts with the template of the settings: `((heading))` and `((message))`."""

    channel = Channel.NOTIFY_LETTER

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._account = NotifyAccount(settings, clock)
        self._template = settings.notify_letter_template

    def send(self, letter: Letter) -> str:
        """Hand the letter to Notify; its id for it. The address is its lines, postcode last."""
        lines = [line.strip() for line in letter.address.splitlines() if line.strip()]
        if more := lines[ADDRESS_LINES - 2 : -1]:
            lines = [*lines[: ADDRESS_LINES - 2], ", ".join(more), lines[-1]]
        address = {f"address_line_{n}": line for n, line in enumerate(lines, 1)}
        words = {"heading": letter.subject, "message": letter.body}
        return self._account.take(
            letter,
            lambda client: client.send_letter_notification(
                template_id=self._template,
                personalisation=address | words,
                reference=letter.reference,
            ),
        )

    def check(self) -> str:
        """Whether Notify takes our key and has our template."""
        return self._account.template(self._template, "letter")
