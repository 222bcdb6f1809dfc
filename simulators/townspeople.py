"""Ways to the demo's people: a text provider and a mail server on this machine, and their page.

Addresses and keys are drawn for each start (`ways`) and given to the services as settings, like
those of real providers; the services know no difference.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import urlsplit
from uuid import uuid4
from zoneinfo import ZoneInfo

import httpx
from pydantic import SecretStr

from simulators.installation import free_port, listens
from simulators.letterbox import Delivered, letterbox
from simulators.providers.mail import MailCatcher
from simulators.providers.notify import SMS_TEMPLATE, Notify
from simulators.providers.serving import serving
from telecare.clock import clock_of
from telecare.observe import log
from telecare.settings import Settings

_RECEIPTS_EVERY_S = 1.0


def ways(settings: Settings) -> Settings:
    """The same installation with e-mail and texts that lead to simulated people. Their page is
    on the port after the desk's, if that is free.
    """
    taken = (settings.mqtt_port, settings.mqtts_port, settings.sip_port, settings.sips_port)
    port = settings.http_port + 1
    if port in taken or port > 65535 or listens("127.0.0.1", port):
        port = free_port()
    page = f"http://127.0.0.1:{port}"
    return settings.model_copy(
        update={
            "simulated_people": page,
            "smtp_host": "127.0.0.1", "smtp_port": free_port(), "smtp_username": None,
            "smtp_password": None, "smtp_starttls": False, "smtp_sender": "careline@example.org",
            "notify_url": page, "notify_api_key": SecretStr(f"demo-{uuid4()}-{uuid4()}"),
            "notify_sms_template": SMS_TEMPLATE, "notify_letter_template": None,
            "notify_callback_token": SecretStr(secrets.token_urlsafe(16)),
        }
    )  # fmt: skip


@contextmanager
def at_home(settings: Settings, names: Mapping[str, str], zone: ZoneInfo) -> Iterator[None]:
    """Until the end of the block, what is sent by the ways of these settings is taken and shown.
    `names` are people by number or address.
    """
    notify, mail = _notify(settings), MailCatcher(clock_of(settings.data_dir))
    letterbox(
        notify.app, lambda: [*_texts(notify), *_letters(mail)],
        names=names, links=settings.public_url, zone=zone,
    )  # fmt: skip
    over = threading.Event()
    receipts = threading.Thread(target=_deliver, args=(notify, over), daemon=True)
    port = urlsplit(settings.notify_url).port or 0
    with serving(notify.app, port), mail.listening(settings.smtp_port):
        receipts.start()
        try:
            yield
        finally:
            over.set()
            receipts.join()


def _notify(settings: Settings) -> Notify:
    assert settings.notify_api_key is not None
    assert settings.notify_callback_token is not None
    key = settings.notify_api_key.get_secret_value()
    return Notify(
        clock_of(settings.data_dir),
        callback=f"{settings.public_url}/receipts/notify",
        token=settings.notify_callback_token.get_secret_value(),
        service=key[-73:-37],
        secret=key[-36:],
    )


def _deliver(notify: Notify, over: threading.Event) -> None:
    """Send receipts now and then; one that finds nobody at home is lost, as some are."""
    while not over.wait(_RECEIPTS_EVERY_S):
        try:
            notify.deliver()
        except httpx.HTTPError:
            log("simulators").info("receipt_lost")


def _texts(notify: Notify) -> list[Delivered]:
    return [
        Delivered(each.at, "text message", each.to, "", each.words.get("message", ""))
        for each in list(notify.taken)
    ]


def _letters(mail: MailCatcher) -> list[Delivered]:
    return [
        Delivered(
            each.at, "e-mail", each.to, str(each.letter["Subject"]), each.letter.get_content()
        )
        for each in mail.letters
        if not each.letter.is_multipart()
    ]
