"""The words that leave the house: plain, without a diagnosis, without a name where others see it.

Composed when a message is sent, from what the register says then, in the language of its
reader; nothing of it is kept. What happened is never said: only that help is needed.
"""

from __future__ import annotations

from collections.abc import Callable

from responder.channels.base import Letter
from responder.outgoing.languages import translations
from responder.outgoing.links import Links
from responder.outgoing.outbox import JOB, Kind, Message
from responder.outgoing.ringing import UNREACHED
from responder.whom.people import Channel, Contact, HomeCard

Words = Callable[[str], str]
SHORT = frozenset({Channel.NOTIFY_SMS, Channel.TWILIO_SMS, Channel.APPRISE})
"""Channels on which somebody reads a line or two; the page behind their link says whom to ring."""
UNSIGNED = frozenset({Channel.WEB_PUSH, Channel.TWILIO_VOICE})
"""A locked screen, and a voice that asks for a key to be pressed."""


def compose(
    message: Message,
    contact: Contact,
    address: str,
    card: HomeCard,
    links: Links,
    *,
    ring: str = "",
    again: bool = False,
) -> Letter:
    """The letter to a contact by the message's channel. `ring`: the monitoring centre's number."""
    _ = translations(contact.language).gettext
    channel = Channel(message.channel)
    link = _link(message, channel, links)
    if message.kind is Kind.CHECK:
        subject, body = _are_you_safe(_, link)
    elif message.step.startswith(JOB):
        subject, body = _job(_, channel, contact, card, link)
    elif message.kind is Kind.ASK:
        subject, body = _asking(_, channel, contact, card, link)
    elif message.step == UNREACHED:
        subject, body = _unreached(_, contact)
    else:
        subject, body = _ended(_, channel, contact, card)
    if ring and not (link and channel in SHORT) and channel not in UNSIGNED:
        body += f"{ring}\n" if body.endswith("\n") else f" {ring}"
    return Letter(
        key=message.key, org=message.org, address=address, subject=subject, body=body,
        language=contact.language, link=link, again=again,
    )  # fmt: skip


def who(_: Words, contact: Contact, card: HomeCard) -> str:
    """The resident, as far as this contact may be told who it is."""
    named = card.resident_label if contact.may_know_who else ""
    return named or _("the person you have agreed to help")


def _link(message: Message, channel: Channel, links: Links) -> str:
    if message.kind not in (Kind.ASK, Kind.CHECK):
        return ""
    if channel is Channel.TWILIO_VOICE:
        return links.voice_url_of(message)
    if message.kind is Kind.CHECK or message.step.startswith(JOB):
        return links.job_url_of(message)
    return links.url_of(message)


def _asking(
    _: Words, channel: Channel, contact: Contact, card: HomeCard, link: str
) -> tuple[str, str]:
    subject = _("Can you go and see? Please answer")
    resident = who(_, contact, card)
    if channel is Channel.WEB_PUSH:
        # It stands on a locked screen, where anybody may read it.
        return subject, _("Somebody you have agreed to help needs you. Press here to answer.")
    if channel in SHORT:
        body = _("Call for help from {resident}. Can you go and see? Please answer now: {link}")
        return subject, body.format(resident=resident, link=link)
    where = card.home_label if contact.may_know_who else ""
    body = _("""\
Hello {contact},

we have had a call for help from {resident}, and we have not been able to settle it from
here. Can you go and see?

Please tell us now, with one press:

    {link}

The page offers "I am going" and "I cannot". If you cannot, we ask the next person at once.
If you have reason to fear for a life, ring 999 first.

The monitoring centre
""")
    resident = f"{resident}, {where}" if where else resident
    return subject, body.format(contact=contact.name, resident=resident, link=link)


def _job(
    _: Words, channel: Channel, contact: Contact, card: HomeCard, link: str
) -> tuple[str, str]:
    subject = _("A job for you: can you take it?")
    if channel is Channel.WEB_PUSH:
        return subject, _("Press here to see it and to answer.")
    if channel in SHORT:
        body = _("A job for you at {home}. Can you take it? Please answer now: {link}")
        return subject, body.format(home=card.home_label, link=link)
    body = _("""\
Hello {contact},

somebody at {home} needs a responder, and you are the nearest. Please answer now:

    {link}

If you cannot, we ask the next crew at once.

The monitoring centre
""")
    return subject, body.format(contact=contact.name, home=card.home_label, link=link)


def _are_you_safe(_: Words, link: str) -> tuple[str, str]:
    subject = _("Are you safe?")
    body = _("Are you safe? Please press here: {link} If we do not hear from you, we send help.")
    return subject, body.format(link=link)


def _ended(_: Words, channel: Channel, contact: Contact, card: HomeCard) -> tuple[str, str]:
    subject = _("It has been dealt with")
    if channel is Channel.WEB_PUSH:
        return subject, _("You do not need to do anything. Thank you.")
    body = _(
        "The call for help from {resident} has been dealt with. You do not need to do anything. "
        "Thank you. Ring us if you would like to know more."
    )
    return subject, body.format(resident=who(_, contact, card))


def _unreached(_: Words, contact: Contact) -> tuple[str, str]:
    subject = _("We could not reach you")
    body = _("""\
Dear {contact},

we tried to reach you about somebody you have agreed to help, and no message of ours got
through to you. It has been dealt with in another way.

Please ring us when you can, so that we can put your telephone number and e-mail address
right.

The monitoring centre
""")
    return subject, body.format(contact=contact.name)
