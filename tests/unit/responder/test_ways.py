"""Who is asked by which way, and when?"""

from __future__ import annotations

from datetime import timedelta

from responder.whom.people import Channel, Contact
from responder.whom.ways import RINGS_AFTER, STANDS_IN_AFTER, Way, reachable, telling, ways

MOBILE = Contact(
    id="susan", name="Susan", position=1, phone="07700 900123", email="susan@family.example",
    postal_address="1 Mill Lane\nStourfield\nTA1 1AA",
)  # fmt: skip
EVERY = list(Channel)


def test_a_text_leaves_at_once_another_provider_stands_in_and_then_it_rings() -> None:
    texts = [Channel.NOTIFY_SMS, Channel.TWILIO_SMS, Channel.TWILIO_VOICE, Channel.EMAIL]
    assert ways(texts) == [
        Way(Channel.NOTIFY_SMS),
        Way(Channel.EMAIL),
        Way(Channel.TWILIO_SMS, STANDS_IN_AFTER, Channel.NOTIFY_SMS),
        Way(Channel.TWILIO_VOICE, RINGS_AFTER),
    ]


def test_with_nothing_but_a_telephone_it_rings_at_once() -> None:
    assert ways([Channel.TWILIO_VOICE]) == [Way(Channel.TWILIO_VOICE)]


def test_a_letter_on_paper_asks_nobody() -> None:
    assert Channel.NOTIFY_LETTER in MOBILE.channels
    assert Channel.NOTIFY_LETTER not in reachable(MOBILE.channels, EVERY)
    assert reachable(MOBILE.channels, [Channel.NOTIFY_LETTER]) == []


def test_the_slowest_way_leaves_time_to_answer() -> None:
    assert max(STANDS_IN_AFTER, RINGS_AFTER) < timedelta(minutes=1)


def test_a_landline_is_called_and_never_texted() -> None:
    landline = Contact(id="ron", name="Ron", position=1, phone="01632 960001")
    assert reachable(landline.channels, EVERY) == [Channel.TWILIO_VOICE, Channel.CONSOLE]


def test_telling_is_quiet() -> None:
    assert telling([Channel.TWILIO_VOICE, Channel.EMAIL], EVERY) is Channel.EMAIL
    assert telling([Channel.TWILIO_VOICE], EVERY) is None
