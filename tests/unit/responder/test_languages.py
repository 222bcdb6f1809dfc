"""Does everybody read and hear the same in their own language, and nothing they should not?"""

from __future__ import annotations

import re
from datetime import timedelta
from functools import cache
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from msgspec.structs import replace

import responder
from responder.outgoing import letters, spoken
from responder.outgoing.languages import LOCALE, NAMES, translations
from responder.outgoing.links import Links
from responder.outgoing.outbox import Kind, Message
from responder.whom.people import Channel, Contact, HomeCard
from telecare.register.secrets import SecretKey
from tests.unit.responder.signals import EVENING

CODE = Path(responder.__file__).parent
OTHERS = [language for language in NAMES if language != "en"]
METHODS = [("**.py", "python"), ("web/templates/**.html", "jinja2")]
LINKS = Links(SecretKey(b"k" * 32), "https://duty.example")
CARD = HomeCard(
    org="north", home="home-1", home_label="1 Mill Lane", resident_label="Dorothy Wareham",
    hazards=["oxygen"], notes="Insulin-dependent diabetes; early dementia", speaking="slowly",
)  # fmt: skip
SUSAN = Contact(
    id="susan", name="Susan", position=1, phone="07700 900123", email="susan@family.example"
)
ASK = Message(
    org="north", alert="alert-1", step="ladder-1", recipient="susan", channel="email", attempt=1,
    urgency=0, created_at=EVENING, expires_at=EVENING + timedelta(minutes=3),
)  # fmt: skip


@cache
def said() -> set[str]:
    found = extract_from_dir(CODE, method_map=METHODS)
    return {str(message) for _, _, message, _, _ in found}


def catalogue(language: str) -> Catalog:
    with (LOCALE / language / "LC_MESSAGES" / "responder.po").open("rb") as file:
        return read_po(file, locale=language)


def placeholders(words: str) -> set[str]:
    braces = {name for _, name, _, _ in Formatter().parse(words) if name}
    return braces | set(re.findall(r"%\((\w+)\)s", words))


def test_the_template_holds_what_is_said() -> None:
    with (LOCALE / "responder.pot").open("rb") as file:
        assert {str(each.id) for each in read_po(file) if each.id} == said(), "run scripts/messages"


@pytest.mark.parametrize("language", OTHERS)
def test_every_message_is_in_every_language_with_the_same_placeholders(language: str) -> None:
    there = {str(each.id): str(each.string) for each in catalogue(language) if each.id}
    assert there.keys() == said()
    for english, translated in there.items():
        assert translated.strip(), english
        assert placeholders(translated) == placeholders(english), english
        assert translated.endswith("\n") == english.endswith("\n"), english
        assert translated not in said(), f"left in English: {english}"


@pytest.mark.parametrize("language", NAMES)
def test_letters_name_the_buttons_as_the_page_does(language: str) -> None:
    _ = translations(language).gettext
    letter = composed(language=language)
    for button in (_("I am going"), _("I cannot")):
        assert f'"{button}"' in letter


@pytest.mark.parametrize("language", NAMES)
@pytest.mark.parametrize("channel", Channel)
@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("may_know_who", [True, False])
def test_no_text_holds_a_diagnosis_or_more_than_consent_allows(
    language: str, channel: Channel, kind: Kind, *, may_know_who: bool
) -> None:
    words = composed(channel, kind, language=language, may_know_who=may_know_who)
    heard = spoken.question(replace(SUSAN, language=language, may_know_who=may_know_who), CARD)
    for text in (words, heard.question):
        for private in ("diabetes", "dementia", "Insulin", "oxygen", "fall", "pendant", "slowly"):
            assert private not in text
        if not may_know_who:
            assert "Dorothy" not in text
            assert "Mill Lane" not in text
    if channel is Channel.WEB_PUSH:
        assert "Dorothy" not in words, "a push message stands on a locked screen"


@pytest.mark.parametrize("language", NAMES)
def test_whoever_is_asked_to_ring_us_is_told_the_number(language: str) -> None:
    ring = "01305 960 100"
    asked = composed(language=language)
    assert asked.endswith(f"\n{ring}\n")
    for channel in (Channel.EMAIL, Channel.NOTIFY_SMS):
        ended = composed(channel, Kind.NOTICE, language=language)
        assert ended.endswith(f" {ring}")
        assert composed(channel, Kind.NOTICE, language=language, ring="") == ended[: -len(ring) - 1]
    text = composed(Channel.NOTIFY_SMS, language=language)
    assert ring not in text, "the page behind its link says the number"
    assert ring not in composed(Channel.WEB_PUSH, language=language), "a locked screen"


@pytest.mark.parametrize("language", NAMES)
def test_a_text_message_is_short(language: str) -> None:
    words = composed(Channel.NOTIFY_SMS, language=language)
    assert len(words) <= 3 * 153 - 1, "three parts at most, link and all"
    assert words.count("https://duty.example/l/") == 1


def test_a_welsh_contact_is_written_to_and_spoken_to_in_welsh() -> None:
    assert composed(Channel.NOTIFY_SMS, language="cy").startswith("Galwad am gymorth gan Dorothy")
    heard = spoken.question(replace(SUSAN, language="cy"), CARD)
    assert heard.keys.startswith("Os ydych chi'n mynd, pwyswch 1.")


def test_a_language_we_do_not_have_is_english() -> None:
    assert translations("fr").gettext("I am going") == "I am going"


def composed(
    channel: Channel = Channel.EMAIL,
    kind: Kind = Kind.ASK,
    *,
    language: str = "en",
    may_know_who: bool = True,
    ring: str = "01305 960 100",
) -> str:
    contact = replace(SUSAN, language=language, may_know_who=may_know_who)
    message = replace(ASK, channel=channel.value, kind=kind)
    letter = letters.compose(message, contact, "address", CARD, LINKS, ring=ring)
    return f"{letter.subject}\n{letter.body}" if channel is Channel.WEB_PUSH else letter.body
