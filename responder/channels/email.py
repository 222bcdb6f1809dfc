"""E-mail by SMTP: real, with a time limit, encrypted where the server offers it by setting."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable
from contextlib import closing, suppress
from email.message import EmailMessage
from email.utils import format_datetime

from responder.channels import base
from responder.channels.base import Letter, RecipientUnavailable
from responder.channels.story_clock import require_real_or_simulated
from responder.whom.people import Channel
from telecare.clock import Clock
from telecare.errors import ChannelRefused, ChannelUnavailable
from telecare.settings import Settings


class EmailSender:
    """Sends through the server of the settings, one connection a letter."""

    channel = Channel.EMAIL

    def __init__(
        self, settings: Settings, clock: Clock, *, tls: ssl.SSLContext | None = None
    ) -> None:
        assert settings.smtp_host is not None
        self._host = settings.smtp_host
        self._settings = settings
        self._clock = clock
        self._tls = tls

    def send(self, letter: Letter) -> None:
        """Hand the letter to the mail server."""
        require_real_or_simulated(self._clock, self._settings, self._host)
        message = self._message(letter)
        self._speak(lambda server: server.send_message(message))

    def check(self) -> str:
        """Whether the server lets us in."""
        self._speak(lambda server: server.noop())
        return f"The mail server {self._host} answers."

    def _speak(self, say: Callable[[smtplib.SMTP], object]) -> None:
        try:
            with closing(
                smtplib.SMTP(self._host, self._settings.smtp_port, timeout=base.TIMEOUT_SECONDS)
            ) as server:
                self._let_in(server)
                say(server)
                with suppress(smtplib.SMTPException, OSError):
                    server.quit()  # what it took it has, whatever it says to this
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            if all(code >= 500 for code in codes):
                raise ChannelRefused("The mail server knows no such address.") from error
            raise RecipientUnavailable("The mail server asks to try again later.") from error
        except smtplib.SMTPAuthenticationError as error:
            # Somebody must correct the settings; until then the letter waits.
            raise ChannelUnavailable("The mail server refuses our sign-in.") from error
        except smtplib.SMTPResponseException as error:
            if error.smtp_code >= 500:
                raise ChannelRefused(f"The mail server refused: {error.smtp_code}.") from error
            raise ChannelUnavailable(f"The mail server is busy: {error.smtp_code}.") from error
        except (smtplib.SMTPException, OSError) as error:
            raise ChannelUnavailable("The mail server does not answer.") from error

    def _message(self, letter: Letter) -> EmailMessage:
        message = EmailMessage()
        domain = self._settings.smtp_sender.rpartition("@")[2] or "localhost"
        try:
            message["From"] = self._settings.smtp_sender
            message["To"] = letter.address
            message["Subject"] = letter.subject
            message["Date"] = format_datetime(self._clock.now())
            # The same for a letter sent again after a crash, so that mailboxes can drop it.
            message["Message-ID"] = f"<{letter.key}@{domain}>"
            message["Auto-Submitted"] = "auto-generated"
            message["X-Priority"] = "1"
            message.set_content(letter.body)
        except ValueError as error:
            raise ChannelRefused("This is no e-mail address.") from error
        return message

    def _let_in(self, server: smtplib.SMTP) -> None:
        settings = self._settings
        if settings.smtp_starttls:
            server.starttls(context=self._tls or ssl.create_default_context())
        if settings.smtp_username and settings.smtp_password:
            server.login(settings.smtp_username, settings.smtp_password.get_secret_value())
