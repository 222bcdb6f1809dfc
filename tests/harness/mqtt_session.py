"""One session of the MQTT endpoint, let in and asked what it wants done."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from gateway.identity import Identity
from gateway.sessions.notes import Held
from gateway.sources.mqtt_endpoint.actions import Action, CheckCredentials, Keep, Refused, Send
from gateway.sources.mqtt_endpoint.packets import Reason
from gateway.sources.mqtt_endpoint.session import Session
from gateway.sources.mqtt_endpoint.talk import OPENING
from gateway.sources.mqtt_endpoint.welcome import Visit
from tests.harness.mqtt import connect, packet

NOW = datetime(2026, 3, 10, 2, 53, tzinfo=UTC)
VISIT = Visit(NOW, "given")
HUB = Identity("oak", "home-7", "hub-7", timedelta(days=7))
UP = "telecare/v1/oak/hub-7/up/"
DOWN = "telecare/v1/oak/hub-7/down/"
MINE = UP + "alarm"


def sent(actions: list[Action]) -> bytes:
    return b"".join(action.data for action in actions if isinstance(action, Send))


def refusal(actions: list[Action]) -> Reason | None:
    return next((action.reason for action in actions if isinstance(action, Refused)), None)


def admitted(version: int = 4, *, keepalive: int = 60) -> Session:
    session = Session(10_000)
    data = connect("u", "p", version=version, client_id="c", keepalive=keepalive)
    (asked,) = session.receive(data)
    assert isinstance(asked, CheckCredentials)
    welcome = sent(session.admitted(HUB, VISIT))
    assert (welcome[0], welcome[2:4]) == (0x20, b"\x00\x00")
    return session


PUBREL = packet(0x62, b"\x00\x05")


def kept(version: int = 5) -> Session:
    """A session that outlives its connection."""
    session = Session(10_000)
    data = connect("u", "p", version=version, client_id="c", clean=False, expiry=60)
    session.receive(data)
    (keep,) = session.admitted(HUB, VISIT)
    assert isinstance(keep, Keep)
    assert isinstance(keep.note, Held)
    assert keep.token == OPENING
    assert session.receive(b"\xc0\x00") == [], "what comes before the welcome waits for it"
    assert sent(session.opened()).endswith(b"\xd0\x00")
    return session
