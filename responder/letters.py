"""The words that leave the house: plain, without a diagnosis, without a name in the subject.

Composed when a message is sent, from what the register says then; nothing of it is kept.
"""

from __future__ import annotations

from responder.channels.base import Letter
from responder.links import Links
from responder.outbox import Message
from responder.people import Contact, HomeCard

_SUBJECT = "Can you go and see? Please answer"
_BODY = """\
Hello {contact},

we have had a call for help from {resident} at {home}, and we have not been able to settle
it from here. Can you go and see?

Please tell us now, with one press:

    {link}

The page offers "I am going" and "I cannot". If you cannot, we ask the next person at once.
If you have reason to fear for a life, ring 999 first.

The monitoring centre
"""


def compose(
    message: Message, contact: Contact, address: str, card: HomeCard, links: Links
) -> Letter:
    """The letter to a contact."""
    body = _BODY.format(
        contact=contact.name,
        resident=card.resident_label or "the person you are a contact for",
        home=card.home_label,
        link=links.url_of(message),
    )
    return Letter(key=message.key, address=address, subject=_SUBJECT, body=body)
