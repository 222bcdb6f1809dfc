"""The providers of the world, running, and an installation's settings that lead to them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import SecretStr

from simulators.providers.notify import LETTER_TEMPLATE, SMS_TEMPLATE, Notify
from simulators.providers.push import PushService
from simulators.providers.receiver import Receiver
from simulators.providers.serving import serving
from simulators.providers.twilio import Twilio
from telecare.clock import Clock
from telecare.settings import Settings
from tests.harness.post import MailServer, mail_server


@dataclass
class Providers:
    """All of them, each on a port of its own."""

    notify: Notify
    twilio: Twilio
    push: PushService
    receiver: Receiver
    messenger: Receiver
    mail: MailServer
    settings: Settings
    receiver_url: str
    messenger_url: str


@contextmanager
def providers(clock: Clock, settings: Settings) -> Iterator[Providers]:
    """Running until the end of the block; the settings given lead to all of them."""
    notify = Notify(clock, callback=f"{settings.public_url}/receipts/notify")
    twilio, push = Twilio(clock), PushService(clock)
    receiver, messenger = Receiver(clock), Receiver(clock, secret=None)
    with ExitStack() as stack:
        urls = [
            stack.enter_context(serving(each.app))
            for each in (notify, twilio, push, receiver, messenger)
        ]
        mail = stack.enter_context(mail_server())
        push.origin = urls[2]
        assert receiver.secret is not None
        led = settings.model_copy(
            update={
                "smtp_host": "127.0.0.1", "smtp_port": mail.port,
                "notify_api_key": SecretStr(notify.api_key), "notify_url": urls[0],
                "notify_sms_template": SMS_TEMPLATE, "notify_letter_template": LETTER_TEMPLATE,
                "notify_callback_token": SecretStr(notify.token),
                "twilio_account": twilio.account, "twilio_token": SecretStr(twilio.token),
                "twilio_number": twilio.number, "twilio_url": urls[1],
                "push_subject": "mailto:duty@north.example",
                "push_hosts": urlsplit(urls[2]).netloc,
                "webhook_secret": SecretStr(receiver.secret),
                "webhook_hosts": urlsplit(urls[3]).netloc,
                "apprise_schemes": "json",
            }
        )  # fmt: skip
        messenger_url = f"json://{urlsplit(urls[4]).netloc}/"
        yield Providers(
            notify, twilio, push, receiver, messenger, mail, led, f"{urls[3]}/events", messenger_url
        )


def plain_settings(folder: Path) -> Settings:
    """Settings of an installation that is nowhere."""
    return Settings(data_dir=folder / "var")
