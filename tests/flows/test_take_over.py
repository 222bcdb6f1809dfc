"""One client, several gateways on one port: the newest connection has it, wherever it came."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from gateway.clients.store import ClientReader
from gateway.sessions.notes import SessionKey
from gateway.sources.mqtt_endpoint.tls import DoorTls
from responder.devices.equipment import heard
from telecare.authority import own_tls
from telecare.clock import HandClock
from telecare.register.devices import IssuedCredential
from telecare.settings import Settings
from tests.harness.door import Door, World, open_door, world_of
from tests.harness.mqtt import MqttClient, connect, field, packet
from tests.harness.waiting import until

TAKEN_OVER = 142
DELAY = 3
"""Seconds a will waits: long enough to come back in, on a machine with much else to do."""
ON_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
UP, DOWN = "telecare/v1/oak/hub-7/up/", "telecare/v1/oak/hub-7/down/"


@pytest.fixture
def world(settings: Settings, clock: HandClock) -> Iterator[World]:
    with world_of(settings, clock) as made:
        yield made


@pytest.fixture
def hub(world: World) -> IssuedCredential:
    return world.hub("hub-7")


@pytest.fixture
def doors(world: World, clock: HandClock) -> Iterator[list[Door]]:
    with ExitStack() as leave:
        lanes = ("gateway-1", "gateway-2")
        yield [leave.enter_context(open_door(world.settings, clock, lane=each)) for each in lanes]


def test_the_older_connection_ends_and_its_session_has_moved(
    world: World, hub: IssuedCredential, doors: list[Door]
) -> None:
    first, second = doors
    with MqttClient(first.port, version=5) as before, MqttClient(second.port, version=5) as after:
        assert not before.resume(hub.username, hub.password, "c")
        assert before.subscribe(DOWN + "#") == 1
        assert after.resume(hub.username, hub.password, "c"), "the session is where the client is"
        assert before.disconnect_reason() == TAKEN_OVER
        assert after.publish(UP + "alarm", b'{"id": "a-1", "type": "pendant"}') == 0
        assert after.delivered()[0] == DOWN + "receipt", "what it asked for over there holds here"
        with MqttClient(first.port, version=5) as again:
            assert again.resume(hub.username, hub.password, "c")
            assert after.disconnect_reason() == TAKEN_OVER
            assert again.ping(), "and what ended is not the newest"
    assert [each.type for each in world.signals()] == ["pendant"]


def test_a_client_that_keeps_nothing_and_knows_no_reasons_is_taken_over_too(
    hub: IssuedCredential, doors: list[Door], clock: HandClock
) -> None:
    first, second = doors
    with MqttClient(first.port) as before, MqttClient(second.port) as after:
        assert before.connect(hub.username, hub.password, client_id="c") == 0
        clock.forward(seconds=1)
        with MqttClient(first.port) as other:
            assert other.connect(hub.username, hub.password, client_id="d") == 0
            assert after.connect(hub.username, hub.password, client_id="c") == 0
            assert before.read() is None
            assert other.ping(), "another client of the device stays"
            assert after.ping()
    until(lambda: first.endpoint.connected == second.endpoint.connected == 0)


def comes(port: int, hub: IssuedCredential, client: str, delay: int = DELAY) -> MqttClient:
    """With a session that is kept, and a will that waits."""
    mine = MqttClient(port, version=5)
    body = field("MQTT") + b"\x05\xc4\x00\x3c\x05\x11" + (3600).to_bytes(4, "big")
    body += field(client) + b"\x05\x18" + delay.to_bytes(4, "big")
    body += field(UP + "status") + field(f'{{"id": "will-of-{client}"}}')
    mine.send(packet(0x10, body + field(hub.username) + field(hub.password)))
    assert mine.read() is not None
    return mine


def wills(world: World) -> list[str]:
    return [each.id for each in world.readings()]


@ON_SQLITE
def test_nobody_is_said_to_be_gone_who_came_back_over_a_half_open_line(
    world: World, hub: IssuedCredential, clock: HandClock
) -> None:
    with (
        open_door(world.settings, clock) as door,
        comes(door.port, hub, "back") as before,
        comes(door.port, hub, "back") as after,
    ):
        assert before.disconnect_reason() == TAKEN_OVER
        comes(door.port, hub, "gone").close()
        until(lambda: "will-of-gone" in wills(world))
        assert after.ping()
        assert wills(world) == ["will-of-gone"]


def test_nobody_is_said_to_be_gone_who_went_to_another_gateway(
    world: World, hub: IssuedCredential, doors: list[Door]
) -> None:
    first, second = doors
    comes(first.port, hub, "moved").close()
    with comes(second.port, hub, "moved") as after:
        comes(first.port, hub, "gone").close()
        until(lambda: "will-of-gone" in wills(world))
        assert after.ping()
        assert wills(world) == ["will-of-gone"]


def test_who_begins_anew_at_another_gateway_ends_the_session_whose_will_waits(
    world: World, hub: IssuedCredential, doors: list[Door], clock: HandClock
) -> None:
    """What it wished to have said of its end is said as of when it went: it is here by now."""
    first, second = doors
    comes(first.port, hub, "c").close()
    until(lambda: first.endpoint.connected == 0)
    clock.forward(seconds=1)
    with MqttClient(second.port, version=5) as after:
        assert after.connect(hub.username, hub.password, client_id="c") == 0
        assert after.publish(UP + "status", b'{"id": "here"}') == 0
        until(lambda: "will-of-c" in wills(world))
        gone, here = sorted(world.readings(), key=lambda each: each.received_at)
        assert (gone.id, here.id) == ("will-of-c", "here")


@ON_SQLITE
def test_whoever_comes_back_over_a_half_open_tls_line_is_said_to_be_gone_before_and_not_after(
    world: World, hub: IssuedCredential, clock: HandClock
) -> None:
    """The older line never answers our goodbye and takes its time to close: its will does not."""
    own = own_tls(world.settings.data_dir)
    with (
        open_door(world.settings, clock, tls=DoorTls(own.certificate, own.key)) as door,
        MqttClient(door.tls_port) as before,
        MqttClient(door.port) as after,
    ):
        before.secure()
        will = UP + "status", b'{"id": "will", "type": "offline"}'
        assert before.connect(hub.username, hub.password, client_id="c", will=will) == 0
        assert after.connect(hub.username, hub.password, client_id="c") == 0
        assert after.publish(UP + "status", b'{"id": "here", "type": "online"}') == 0
        until(lambda: door.endpoint.connected == 1)
        assert wills(world) == ["will", "here"]


@ON_SQLITE
@pytest.mark.parametrize("is_there", [False, True])
def test_who_begins_anew_ends_the_session_whose_will_waits(
    world: World, hub: IssuedCredential, clock: HandClock, is_there: bool
) -> None:
    """MQTT 5, 3.1.3.2.2: a will waits for its delay or for the end of its session."""
    with open_door(world.settings, clock) as door, MqttClient(door.port, version=5) as after:
        before = comes(door.port, hub, "c", delay=3000)
        if not is_there:
            before.close()
            until(lambda: door.endpoint.connected == 1)
        assert after.connect(hub.username, hub.password, client_id="c") == 0
        assert after.publish(UP + "status", b'{"id": "here"}') == 0
        assert wills(world) == ["will-of-c", "here"]
        before.close()


def test_whoever_is_at_another_gateway_was_gone_before_and_not_after(
    world: World, hub: IssuedCredential, doors: list[Door], clock: HandClock
) -> None:
    """Its older gateway hears of it a moment later than its newer one hears it say it is here."""
    first, second = doors
    with MqttClient(first.port) as before, MqttClient(second.port) as after:
        will = UP + "status", b'{"id": "will", "type": "offline"}'
        assert before.connect(hub.username, hub.password, client_id="c", will=will) == 0
        clock.forward(seconds=10)
        assert after.connect(hub.username, hub.password, client_id="c") == 0
        clock.forward(seconds=1)
        assert after.publish(UP + "status", b'{"id": "here", "type": "online"}') == 0
        until(lambda: {"will", "here"} <= set(wills(world)))
        said = None
        for reading in sorted(world.readings(), key=lambda each: each.id):  # the will is read last
            said = heard(said, reading)
        assert said is not None
        assert not said.is_gone


@ON_SQLITE
def test_f38_while_nobody_can_say_who_has_a_client_the_silent_and_the_withdrawn_are_noticed(
    world: World, hub: IssuedCredential, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer, asked, plain = threading.Event(), threading.Event(), ClientReader.session_here

    def session_here(reader: ClientReader, key: SessionKey) -> str | None:
        found = plain(reader, key)
        asked.set()
        answer.wait()
        return found

    monkeypatch.setattr(ClientReader, "session_here", session_here)
    other = world.hub("hub-8")
    with (
        open_door(world.settings, clock, lane="gateway-1") as door,
        MqttClient(door.port) as silent,
        MqttClient(door.port) as withdrawn,
    ):
        try:
            comes(door.port, hub, "back").close()
            assert asked.wait(20)
            silent.send(connect(hub.username, hub.password, client_id="silent", keepalive=1))
            assert silent.read() is not None
            assert silent.read() is None, "its silence is noticed"
            assert withdrawn.connect(other.username, other.password) == 0
            world.register.devices.revoke("oak", "hub-8")
            assert withdrawn.read() is None, "and that it may not stay"
            back = comes(door.port, hub, "back")
        finally:
            answer.set()
        with back:
            comes(door.port, hub, "gone").close()
            until(lambda: "will-of-gone" in wills(world))
            assert back.ping()
        assert wills(world) == ["will-of-gone"], "who came back meanwhile is not said to be gone"
