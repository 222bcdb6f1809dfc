"""The demo's people are reached by real senders, and nobody outside this machine ever is."""

from __future__ import annotations

import smtplib
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest

from responder.channels.base import Letter
from responder.channels.email import EmailSender
from responder.channels.notify_sms import NotifySmsSender
from simulators.letterbox import Delivered, _item
from simulators.providers.mail import MailCatcher
from simulators.townspeople import at_home, ways
from telecare.clock import HandClock
from telecare.errors import ChannelRefused
from telecare.settings import Settings
from tests.harness.postgres import free_port

NIGHT = datetime(2026, 3, 10, 2, 53, tzinfo=UTC)
LONDON = ZoneInfo("Europe/London")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return ways(Settings(data_dir=tmp_path, mqtt_port=0, mqtts_port=0))


def letter(address: str, link: str) -> Letter:
    return Letter(key="k1", org="demo", address=address, subject="Can you go?", body=f"Now: {link}")


def test_what_the_duty_sends_stands_on_their_page_with_its_link(settings: Settings) -> None:
    clock, link = HandClock(NIGHT), f"{settings.public_url}/l/abc"
    names = {"+447700900123": "Susan", "susan@example.org": "Susan"}
    with at_home(settings, names, LONDON):
        NotifySmsSender(settings, clock).send(letter("+447700900123", link))
        EmailSender(settings, clock).send(letter("susan@example.org", link))
        page = httpx.get(settings.simulated_people or "", trust_env=False).text
    assert page.count(f'<a href="{link}">') == 2
    assert "Susan · +447700900123" in page
    assert "<h2>Can you go?</h2>" in page


def test_on_a_clock_that_is_not_real_nothing_leaves_this_machine(settings: Settings) -> None:
    outside = {"smtp_host": "mail.example.org", "notify_url": "https://api.notify.example.org"}
    plain = {"simulated_people": None}
    for changed in (outside, plain):
        led = settings.model_copy(update=changed)
        for sender in (EmailSender(led, HandClock(NIGHT)), NotifySmsSender(led, HandClock(NIGHT))):
            with pytest.raises(ChannelRefused, match="The clock is not real"):
                sender.send(letter("+447700900123", ""))


def test_a_message_is_text_and_only_our_own_links_can_be_pressed() -> None:
    said = "<script>x</script> http://elsewhere.example/l/1 http://desk.test/l/2"
    shown = _item(Delivered(NIGHT, "e-mail", "a@example.org", "", said), "", "http://desk.test",
                  LONDON)  # fmt: skip
    assert "<script>" not in shown
    assert 'href="http://elsewhere' not in shown
    assert '<a href="http://desk.test/l/2">' in shown


def test_a_letter_to_two_is_kept_for_each_of_them() -> None:
    catcher, port = MailCatcher(HandClock(NIGHT)), free_port()
    with catcher.listening(port), smtplib.SMTP("127.0.0.1", port, timeout=5) as sender:
        for number in (1, 2):
            said = f"Subject: {number}\r\n\r\n.a line that begins with a dot\r\n"
            sender.sendmail("us@example.org", ["a@example.org", "b@example.org"], said)
    assert [(each.to[0], each.letter["Subject"]) for each in catcher.letters] == [
        ("a", "1"), ("b", "1"), ("a", "2"), ("b", "2"),
    ]  # fmt: skip
    assert catcher.letters[0].letter.get_content().startswith(".a line")
