"""MQTT inside WebSocket frames, spoken by a WebSocket library of its own and by paho."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import suppress
from socket import create_connection

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.frames import Frame, Opcode
from websockets.sync.client import ClientConnection
from websockets.sync.client import connect as dial
from websockets.typing import Subprotocol

from gateway.sources.mqtt_endpoint.listener import Address
from gateway.sources.mqtt_endpoint.tls import DoorTls
from telecare.authority import own_tls
from telecare.clock import RealClock
from telecare.register.devices import IssuedCredential
from telecare.settings import Settings
from tests.harness.door import Door, World, open_door, world_of
from tests.harness.mqtt import connect, publish
from tests.harness.waiting import until

ALARM = "telecare/v1/oak/hub-7/up/alarm"
PRESS = b'{"id": "p-1", "type": "pendant"}'
MQTT = [Subprotocol("mqtt")]


@pytest.fixture
def world(sqlite_settings: Settings) -> Iterator[World]:
    with world_of(sqlite_settings, RealClock()) as made:
        yield made


@pytest.fixture
def hub(world: World) -> IssuedCredential:
    return world.hub("hub-7")


@pytest.fixture
def door(world: World, hub: IssuedCredential) -> Iterator[Door]:
    own = own_tls(world.settings.data_dir)
    tls = DoorTls(own.certificate, own.key)
    addresses = [
        Address("127.0.0.1", 0, is_websocket=True),
        Address("127.0.0.1", 0, tls, is_websocket=True),
    ]
    with open_door(world.settings, RealClock(), listen=addresses) as opened:
        yield opened


def reach(door: Door, path: str = "/mqtt", protocols: list[Subprotocol] = MQTT) -> ClientConnection:
    return dial(f"ws://127.0.0.1:{door.port}{path}", subprotocols=protocols, compression=None)


def test_packets_may_be_cut_across_frames(door: Door, hub: IssuedCredential, world: World) -> None:
    with reach(door) as socket:
        data = connect(hub.username, hub.password) + publish(ALARM, PRESS, 7)
        for start in range(0, len(data), 9):
            socket.send(data[start : start + 9])
        heard = b""
        while len(heard) < 8:
            heard += socket.recv(20, decode=False)
        assert heard == b"\x20\x02\x00\x00\x40\x02\x00\x07"
        socket.send(b"\xe0\x00")
        with pytest.raises(ConnectionClosed):
            socket.recv(20)
    assert [signal.type for signal in world.signals()] == ["pendant"]


def test_a_press_right_before_the_goodbye_is_heard(
    door: Door, hub: IssuedCredential, world: World
) -> None:
    """In one piece with it, and of QoS 0: nobody would send it again."""
    with reach(door) as socket:
        socket.send(connect(hub.username, hub.password))
        assert socket.recv(20, decode=False) == b"\x20\x02\x00\x00"
        press = Frame(Opcode.BINARY, publish(ALARM, PRESS, 0, qos=0)).serialize(mask=True)
        goodbye = Frame(Opcode.CLOSE, b"\x03\xe8").serialize(mask=True)
        socket.socket.sendall(press + goodbye)
        until(lambda: [signal.type for signal in world.signals()] == ["pendant"])


@pytest.mark.parametrize(
    ("path", "protocols", "status"), [("/", MQTT, 404), ("/mqtt", [Subprotocol("chat")], 400)]
)
def test_what_is_no_mqtt(door: Door, path: str, protocols: list[Subprotocol], status: int) -> None:
    with pytest.raises(InvalidStatus) as refused:
        reach(door, path, protocols)
    assert refused.value.response.status_code == status


OPENING = (
    b"GET /mqtt HTTP/1.1\r\nHost: door\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
)
SMUGGLED = b"GET /behind HTTP/1.1\r\nHost: door\r\n\r\n"


@pytest.mark.parametrize(
    "said",
    [
        OPENING + b"\r\n" + SMUGGLED,
        OPENING.replace(b"13", b"99") + b"\r\n" + SMUGGLED,
        OPENING.replace(b"GET", b"POST") + b"\r\n" + SMUGGLED,
        OPENING + b"Content-Length: 39\r\n\r\n" + SMUGGLED,
        OPENING + b"Content-Length: 0\r\nContent-Length: 39\r\n\r\n" + SMUGGLED,
        OPENING + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
        OPENING + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
        OPENING + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
        OPENING.replace(b"\r\n", b"\n") + b"\n" + SMUGGLED,
    ],
    ids=["bare", "version", "POST", "length", "two lengths", "TE", "TE obscured", "CL.TE", "LF"],
)
def test_no_second_request_is_smuggled_in_behind_the_first(
    door: Door, said: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever a proxy before us takes for its end: the line is closed, and nothing breaks."""
    with create_connection(("127.0.0.1", door.port), timeout=20) as socket:
        socket.sendall(said)
        heard = b""
        with suppress(ConnectionResetError):
            while more := socket.recv(65536):
                heard += more
    assert heard.count(b"HTTP/1.1 ") <= 1
    assert not caplog.records, "no traceback for each of them in the log"


def test_text_frames_are_not_mqtt(door: Door) -> None:
    with reach(door) as socket:
        socket.send("hello")
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(20)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1003
    until(lambda: not door.endpoint.connected)


def test_a_stranger_may_have_us_hold_little(door: Door, hub: IssuedCredential) -> None:
    with reach(door) as socket:
        socket.send(b"\x10" * 17_000)
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(20)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1009
    with create_connection(("127.0.0.1", door.port)) as raw, suppress(ConnectionError):
        raw.sendall(b"GET /mqtt HTTP/1.1\r\n" + b"X: " + b"y" * 8_000 + b"\r\n")
        raw.sendall((b"X: " + b"y" * 8_000 + b"\r\n") * 2)
        assert raw.recv(1) == b""
    until(lambda: not door.endpoint.connected)
    with reach(door) as socket:
        socket.send(connect(hub.username, hub.password))
        assert socket.recv(20, decode=False) == b"\x20\x02\x00\x00"
        socket.send(
            publish(ALARM, b'{"id": "p-1", "type": "pendant", "x": "%s"}' % (b"x" * 50_000))
        )
        assert socket.recv(20, decode=False) == b"\x40\x02\x00\x01", "and one we know, more"


def test_paho_over_tls(door: Door, hub: IssuedCredential, world: World) -> None:
    client = paho.Client(CallbackAPIVersion.VERSION2, "paho", transport="websockets")
    client.username_pw_set(hub.username, hub.password)
    authority = own_tls(world.settings.data_dir).authority
    client.tls_set_context(ssl.create_default_context(cafile=str(authority)))
    client.connect("127.0.0.1", door.endpoint.ports[1])
    client.loop_start()
    client.publish(ALARM, PRESS, qos=2).wait_for_publish(20)
    client.disconnect()
    client.loop_stop()
    assert [reading.id for reading in world.readings()] == ["p-1"]
