"""The channels this installation has by its settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from responder.channels.apprise_services import AppriseSender
from responder.channels.base import Provider
from responder.channels.console import ConsoleSender
from responder.channels.email import EmailSender
from responder.channels.notify_letter import NotifyLetterSender
from responder.channels.notify_sms import NotifySmsSender
from responder.channels.twilio_sms import TwilioSmsSender
from responder.channels.twilio_voice import TwilioVoiceSender
from responder.channels.webhook import WebhookSender
from responder.whom.people import Channel
from telecare.clock import Clock
from telecare.settings import Settings

if TYPE_CHECKING:
    from responder.channels.web_push import Forget


def senders_of(settings: Settings, clock: Clock, forget: Forget) -> dict[Channel, Provider]:
    """Every channel whose settings are complete; a half-set one is found by `telecare doctor`."""
    senders: list[Provider] = []
    if settings.smtp_host:
        senders.append(EmailSender(settings, clock))
    if settings.notify_api_key and settings.notify_sms_template:
        senders.append(NotifySmsSender(settings, clock))
    if settings.notify_api_key and settings.notify_letter_template:
        senders.append(NotifyLetterSender(settings, clock))
    if settings.twilio_account and settings.twilio_token and settings.twilio_number:
        senders += [TwilioSmsSender(settings, clock), TwilioVoiceSender(settings, clock)]
    if settings.push_subject:
        from responder.channels.web_push import WebPushSender  # noqa: PLC0415 - 7 MB, and aiohttp

        senders.append(WebPushSender(settings, clock, forget))
    if settings.webhook_secret and settings.webhook_hosts:
        senders.append(WebhookSender(settings, clock))
    if settings.apprise_schemes:
        senders.append(AppriseSender(settings, clock))
    if settings.console:
        senders.append(ConsoleSender())
    return {sender.channel: sender for sender in senders}
