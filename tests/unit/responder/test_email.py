"""Does a letter leave by a real mail server, and is every kind of failure told apart?"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from responder.channels import base
from responder.channels.base import Letter
from responder.channels.email import EmailSender
from responder.whom.people import Channel
from telecare.authority import own_tls
from telecare.clock import HandClock
from telecare.errors import ChannelRefused, ChannelUnavailable
from telecare.register import open_register
from telecare.settings import Settings
from tests.harness.duty import Duty, Mailbag, furnish
from tests.harness.post import MailServer, mail_server
from tests.harness.postgres import free_port

LETTER = Letter(
    key="0123abcd", address="daughter@family.example", subject="Can you go and see?",
    body="Grüße from us.\n",
)  # fmt: skip


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as made:
        yield made


def sender(port: int, clock: HandClock, **more: object) -> EmailSender:
    settings = Settings(smtp_host="127.0.0.1", smtp_port=port, smtp_sender="duty@north.example")
    return EmailSender(settings.model_copy(update=more), clock)


def test_a_letter_arrives_as_it_was_written(server: MailServer, clock: HandClock) -> None:
    sender(server.port, clock).send(LETTER)
    (letter,) = server.letters
    assert server.recipients == ["daughter@family.example"]
    assert letter["From"] == "duty@north.example"
    assert letter["Subject"] == LETTER.subject
    assert letter["Message-ID"] == "<0123abcd@north.example>"
    payload = letter.get_payload(decode=True)
    assert isinstance(payload, bytes)
    assert payload.decode().strip() == "Grüße from us."


def test_starttls_is_used_where_it_is_set(tmp_path: Path, clock: HandClock) -> None:
    files = own_tls(tmp_path)
    theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    theirs.load_cert_chain(files.certificate, files.key)
    with mail_server(theirs) as server:
        settings = Settings(smtp_host="127.0.0.1", smtp_port=server.port, smtp_starttls=True)
        ours = ssl.create_default_context(cafile=str(files.authority))
        EmailSender(settings, clock, tls=ours).send(LETTER)
        assert server.encrypted == [True]
        with pytest.raises(ChannelUnavailable):
            EmailSender(settings, clock).send(LETTER)  # an authority nobody trusts


def test_an_unknown_address_is_refused_for_good(server: MailServer, clock: HandClock) -> None:
    server.answer = "550 No such mailbox"
    with pytest.raises(ChannelRefused, match="knows no such address"):
        sender(server.port, clock).send(LETTER)


@pytest.mark.parametrize(("answer", "after"), [("451 Later", "250 OK"), ("250 OK", "452 Full")])
def test_a_busy_server_is_tried_again(
    server: MailServer, clock: HandClock, answer: str, after: str
) -> None:
    server.answer, server.after = answer, after
    with pytest.raises(ChannelUnavailable):
        sender(server.port, clock).send(LETTER)


def test_a_letter_that_is_not_wanted_is_refused_for_good(
    server: MailServer, clock: HandClock
) -> None:
    server.after = "554 We do not take this"
    with pytest.raises(ChannelRefused, match="554"):
        sender(server.port, clock).send(LETTER)


def test_what_it_took_it_has_whatever_it_says_as_we_leave(
    server: MailServer, clock: HandClock
) -> None:
    """Taken for refused, the daughter would count as not reached while she reads the letter."""
    server.farewell = "500 What is that?"
    sender(server.port, clock).send(LETTER)
    assert server.recipients == ["daughter@family.example"]


def test_one_address_it_wants_to_hear_of_again_keeps_no_other_waiting(
    sqlite_settings: Settings, server: MailServer, clock: HandClock
) -> None:
    """The server greylists the daughters of three homes; the fourth home's letter does not wait."""
    mail = sender(server.port, HandClock(clock.now(), is_real=True))
    register = open_register(sqlite_settings, clock)
    furnish(register, homes=4)
    register.close()
    world = Duty(sqlite_settings, clock, HandClock(clock.now()), Mailbag(), {Channel.EMAIL: mail})
    for home in range(1, 4):
        world.press(f"home-{home}")
    world.settle()
    clock.forward(seconds=1)
    world.press("home-4")
    world.settle()
    clock.forward(seconds=179)
    server.answer = "451 Greylisted, try again later"
    world.settle()
    server.answer = "250 OK"
    clock.forward(seconds=1)
    world.settle()
    assert server.recipients == ["daughter4@family.example"]
    clock.forward(seconds=1)
    world.settle()
    assert len(server.recipients) == 4, "and the others are tried again in their time"
    world.responder.close()


def test_no_server_at_all_is_tried_again(clock: HandClock) -> None:
    with pytest.raises(ChannelUnavailable, match="does not answer"):
        sender(free_port(), clock).send(LETTER)


def test_a_server_that_is_silent_is_given_up(
    clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base, "TIMEOUT_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(ChannelUnavailable, match="does not answer"):
            sender(port, clock).send(LETTER)


def test_on_a_clock_that_is_not_real_nothing_leaves(server: MailServer) -> None:
    story = HandClock(datetime(2026, 3, 10, tzinfo=UTC), is_real=False)
    with pytest.raises(ChannelRefused, match="clock is not real"):
        sender(server.port, story).send(LETTER)
    assert server.letters == []


def test_an_address_that_is_none_and_a_line_break_in_it_are_refused(
    server: MailServer, clock: HandClock
) -> None:
    with pytest.raises(ChannelRefused):
        sender(server.port, clock).send(replace(LETTER, address="a@b.example\r\nBcc: x@y.example"))
    assert server.letters == []
