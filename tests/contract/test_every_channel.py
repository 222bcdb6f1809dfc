"""What every way to reach people promises, asked of each against a server that behaves as its
provider documents, through the provider's own client library; and of the fakes of our tests.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
import structlog
from msgspec.structs import replace

from responder.channels import base
from responder.channels.base import Letter, Sender
from responder.channels.configured import senders_of
from responder.channels.console import ConsoleSender
from responder.whom.people import Channel, Subscription
from simulators.providers.moods import Behaviour, Mood
from telecare.clock import HandClock
from telecare.errors import ChannelBusy, ChannelRefused, ChannelUnavailable
from tests.harness.duty import Mailbag
from tests.harness.providers import Providers, plain_settings, providers

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
BODY = "Call for help from Dorothy Canary. Please answer now."
LETTER = Letter(
    key="0123456789abcdef0123456789abcdef", org="north", address="", subject="Can you go?",
    body=BODY, link="https://duty.example/l/token",
)  # fmt: skip
MAIL = {Mood.REFUSES: "550 No such mailbox", Mood.OUT: "451 Later"}


@dataclass
class Line:
    """One channel, its provider, and what the person at the other end has."""

    channel: Channel
    sender: Sender
    letter: Letter
    set_mood: Callable[[Mood], None]
    arrived: Callable[[], list[str]]
    """The words of each message the provider has taken or the person has been shown."""
    limit: Callable[[int | None], None] | None = None


WITH_SERVERS = [channel for channel in Channel if channel is not Channel.CONSOLE]
WITH_LIMIT = [
    Channel.NOTIFY_SMS, Channel.NOTIFY_LETTER, Channel.TWILIO_SMS, Channel.TWILIO_VOICE,
    Channel.WEB_PUSH, Channel.WEBHOOK,
]  # fmt: skip
ONCE = [
    Channel.NOTIFY_SMS, Channel.NOTIFY_LETTER, Channel.WEB_PUSH, Channel.WEBHOOK, Channel.EMAIL,
]  # fmt: skip
"""Channels whose provider or receiver knows a message sent again for the same."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Providers]:
    clock = HandClock(NOON, is_real=True)
    settings = plain_settings(tmp_path_factory.mktemp("nowhere"))
    with providers(clock, settings) as running:
        yield running


@pytest.fixture
def line(request: pytest.FixtureRequest, world: Providers) -> Line:
    return line_of(world, request.param, HandClock(NOON, is_real=True))


def line_of(world: Providers, channel: Channel, clock: HandClock) -> Line:
    sender = senders_of(world.settings, clock, lambda _org, _endpoint: None)[channel]
    if channel is Channel.EMAIL:
        return mail_line(world, sender)
    provider, address = {
        Channel.NOTIFY_SMS: (world.notify, "+447700900123"),
        Channel.NOTIFY_LETTER: (world.notify, "A Canary\n1 Mill Lane\nTA1 1AA"),
        Channel.TWILIO_SMS: (world.twilio, "+447700900123"),
        Channel.TWILIO_VOICE: (world.twilio, "+441632960123"),
        Channel.WEB_PUSH: (world.push, ""),
        Channel.WEBHOOK: (world.receiver, world.receiver_url),
        Channel.APPRISE: (world.messenger, world.messenger_url),
    }[channel]
    empty(world)
    if channel is Channel.WEB_PUSH:
        endpoint, browser = world.push.subscribe()
        key = browser.auth_text
        address = msgspec.json.encode([Subscription(endpoint, browser.p256dh, key)]).decode()
    behaviour: Behaviour = provider.behaviour  # type: ignore[attr-defined]
    behaviour.mood, behaviour.per_second, behaviour.hang_seconds = Mood.WELL, None, 0.8

    def set_mood(mood: Mood) -> None:
        behaviour.mood = mood

    def limit(per_second: int | None) -> None:
        behaviour.per_second = per_second
        behaviour._taken.clear()

    letter = replace(LETTER, address=address)
    return Line(channel, sender, letter, set_mood, lambda: arrived(world, channel), limit)


def arrived(world: Providers, channel: Channel) -> list[str]:
    shown = [said for browser in world.push.browsers.values() for said in browser.shown.values()]
    return {
        Channel.NOTIFY_SMS: [each.words["message"] for each in world.notify.taken],
        Channel.NOTIFY_LETTER: [each.words["message"] for each in world.notify.taken],
        Channel.TWILIO_SMS: [each["Body"] for each in world.twilio.texts],
        Channel.TWILIO_VOICE: [BODY for _ in world.twilio._ringing],
        Channel.WEB_PUSH: [said["body"] for said in shown],
        Channel.WEBHOOK: [each["data"]["body"] for each in world.receiver.events.values()],
        Channel.APPRISE: [each["message"] for each in world.messenger.events.values()],
    }[channel]


def mail_line(world: Providers, sender: Sender) -> Line:
    mail = world.mail
    mail.letters.clear()
    mail.answer = "250 OK"

    def set_mood(mood: Mood) -> None:
        mail.answer = MAIL.get(mood, "250 OK")

    def arrived() -> list[str]:
        kept = {each["Message-ID"]: each.get_payload(decode=True) for each in mail.letters}
        return [words.decode().strip() for words in kept.values() if isinstance(words, bytes)]

    letter = replace(LETTER, address="dorothy.canary@family.example")
    return Line(Channel.EMAIL, sender, letter, set_mood, arrived)


def empty(world: Providers) -> None:
    for kept in (world.notify.taken, world.twilio.texts, world.twilio._ringing):
        kept.clear()
    for named in (world.push.browsers, world.receiver.events, world.messenger.events):
        named.clear()


def each(channels: Sequence[Channel]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("line", channels, indirect=True, ids=lambda c: c.value)


@each(WITH_SERVERS)
def test_what_is_sent_arrives_in_its_words(line: Line) -> None:
    line.sender.send(line.letter)
    assert line.arrived() == [BODY]


@each(WITH_SERVERS)
def test_an_outage_is_told_from_a_refusal_and_may_be_tried_again(line: Line) -> None:
    line.set_mood(Mood.OUT)
    with pytest.raises(ChannelUnavailable) as raised:
        line.sender.send(line.letter)
    assert raised.value.retryable
    assert not isinstance(raised.value, ChannelBusy)
    assert line.arrived() == []
    line.set_mood(Mood.WELL)
    line.sender.send(replace(line.letter, again=True))
    assert line.arrived() == [BODY]


@each([channel for channel in WITH_SERVERS if channel is not Channel.APPRISE])
def test_a_refusal_is_for_good(line: Line) -> None:
    line.set_mood(Mood.REFUSES)
    with pytest.raises(ChannelRefused) as raised:
        line.sender.send(line.letter)
    assert not raised.value.retryable
    assert line.arrived() == []


@each([channel for channel in WITH_SERVERS if channel is not Channel.EMAIL])
def test_a_silent_provider_is_given_up_and_tried_again(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base, "TIMEOUT_SECONDS", 0.4)
    line.set_mood(Mood.SILENT)
    with pytest.raises(ChannelUnavailable):
        line.sender.send(line.letter)


@each(WITH_LIMIT)
def test_a_provider_that_asks_to_slow_down_is_left_alone(line: Line) -> None:
    assert line.limit is not None
    line.limit(1)
    line.sender.send(line.letter)
    with pytest.raises(ChannelBusy) as raised:
        line.sender.send(replace(line.letter, key="f" * 32))
    assert 0 < raised.value.seconds <= 60


@each(ONCE)
def test_sent_again_after_a_lost_answer_it_is_still_one(line: Line) -> None:
    line.set_mood(Mood.WELL)
    line.sender.send(line.letter)
    line.sender.send(replace(line.letter, again=True))
    assert line.arrived() == [BODY]


@each([channel for channel in WITH_SERVERS if channel not in ONCE])
def test_where_no_key_is_known_a_repeat_may_be_two_and_never_none(line: Line) -> None:
    line.sender.send(line.letter)
    line.sender.send(replace(line.letter, again=True))
    assert line.arrived() == [BODY, BODY]


@each([Channel.NOTIFY_LETTER])
def test_a_long_address_keeps_its_postcode_last(line: Line, world: Providers) -> None:
    """Seven lines are printed: what is between stands on one, and nothing is cut off."""
    lines = ["Ann Canary", "Flat 2", "Mill House", "The Mill", "Mill Lane", "Piddle", "Dorset"]
    line.sender.send(replace(line.letter, address="\n".join([*lines, "England", "DT2 7QQ"])))
    words = world.notify.taken[-1].words
    printed = [words[f"address_line_{n}"] for n in range(1, 8)]
    assert printed == [*lines[:5], "Piddle, Dorset, England", "DT2 7QQ"]


@each([Channel.NOTIFY_SMS, Channel.TWILIO_SMS, Channel.TWILIO_VOICE])
def test_its_receipt_names_our_message(line: Line, world: Providers) -> None:
    provider = world.notify if line.channel is Channel.NOTIFY_SMS else world.twilio
    provider.postbag.waiting.clear()
    world.twilio.presses = None
    line.sender.send(line.letter)
    if line.channel is Channel.TWILIO_VOICE:
        ringing, world.twilio._ringing = world.twilio._ringing, []
        world.twilio._ring(*ringing[0])
    assert provider.postbag.waiting
    for receipt, address in provider.postbag.waiting:
        named = receipt.get("reference") or address.split("/receipts/")[1]
        assert named.replace(".", "/").endswith(f"{LETTER.org}/{LETTER.key}")


@each(WITH_SERVERS)
def test_nothing_personal_is_logged_whatever_happens(
    line: Line, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO), structlog.testing.capture_logs() as ours:
        for mood in (Mood.WELL, Mood.OUT, Mood.REFUSES):
            line.set_mood(mood)
            try:
                line.sender.send(line.letter)
            except (ChannelRefused, ChannelUnavailable) as failure:
                said = str(failure)
                assert not leaks(said, line.letter), said
    for record in caplog.records:
        if record.name == "mail.log":
            continue  # the mail server of the tests speaks for itself
        assert not leaks(record.getMessage(), line.letter), record.name
    assert not leaks(str(ours), line.letter)


def leaks(text: str, letter: Letter) -> bool:
    private = ["Canary", "canary", "7700900123", "1632960123", "/l/token", *letter.address.split()]
    return any(each in text for each in private)


@each(WITH_SERVERS)
def test_on_a_clock_that_is_not_real_nothing_leaves(line: Line, world: Providers) -> None:
    story = HandClock(NOON, is_real=False)
    sender = senders_of(world.settings, story, lambda _org, _endpoint: None)[line.channel]
    with pytest.raises(ChannelRefused, match="clock is not real"):
        sender.send(line.letter)
    assert line.arrived() == []


@each(WITH_SERVERS)
def test_it_can_be_asked_whether_it_would_work(line: Line, world: Providers) -> None:
    checked = senders_of(world.settings, HandClock(NOON), lambda _o, _e: None)[line.channel]
    assert checked.check().endswith(".")


def test_the_console_shows_it_to_whoever_runs_it_on_any_clock() -> None:
    screen = io.StringIO()
    ConsoleSender(screen).send(replace(LETTER, address="daughter-1"))
    assert BODY in screen.getvalue()
    assert "daughter-1" in screen.getvalue()


def test_the_fake_of_our_stories_keeps_the_same_promises() -> None:
    fake = Mailbag()
    fake.send(LETTER)
    assert [letter.body for letter in fake.letters] == [BODY]
    for mood, failure in (("refuses", ChannelRefused), ("out", ChannelUnavailable)):
        fake.mood = mood
        with pytest.raises(failure):
            fake.send(LETTER)
    assert len(fake.letters) == 1


def test_half_set_channels_are_not_there(tmp_path: Path) -> None:
    settings = plain_settings(tmp_path)
    assert senders_of(settings, HandClock(NOON), lambda _o, _e: None) == {}
