"""Whatever a device does wrong, it is told in the protocol's own words or its bytes are kept.

Spoken byte by byte, and by the clients people really use. The connection of no other
device suffers: a neighbour stays connected through every one of these stories.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.reasoncodes import ReasonCode

from gateway.admission import Admitted, Denied, Doorkeeper
from gateway.sources.mqtt_endpoint.codec import PACKET_LIMIT
from telecare.clock import HandClock, RealClock
from telecare.register.devices import IssuedCredential
from telecare.settings import Settings
from telecare.vocabulary import QuarantineReason, SignalKind
from tests.harness.door import Door, World, open_door, world_of
from tests.harness.mqtt import MqttClient, publish
from tests.harness.waiting import until

UP = "telecare/v1/oak/hub-7/up/"
DOWN = "telecare/v1/oak/hub-7/down/"
FIVE_MEGABYTES = 5_000_000
PRESS = b'{"id": "p-1", "type": "pendant"}'

BOTH = pytest.mark.parametrize("version", [4, 5], ids=["mqtt-3.1.1", "mqtt-5"])


@pytest.fixture
def world(sqlite_settings: Settings) -> Iterator[World]:
    with world_of(sqlite_settings, RealClock()) as made:
        yield made


@pytest.fixture
def hub(world: World) -> IssuedCredential:
    return world.hub("hub-7")


@pytest.fixture
def door(world: World, hub: IssuedCredential) -> Iterator[Door]:
    with open_door(world.settings, RealClock()) as opened:
        yield opened


@pytest.fixture(autouse=True)
def neighbour(world: World, door: Door) -> Iterator[MqttClient]:
    """Another home's hub, connected all the while: it must not notice anything."""
    credential = world.hub("hub-1", org="elm")
    with MqttClient(door.port) as client:
        assert client.connect(credential.username, credential.password) == 0
        yield client
        assert client.publish("telecare/v1/elm/hub-1/up/alarm", b'{"id":"n","type":"smoke"}') == 0
    assert [signal.type for signal in world.signals() if signal.org == "elm"] == ["smoke"]


@pytest.fixture
def device(door: Door, hub: IssuedCredential, version: int) -> Iterator[MqttClient]:
    """hub-7 of oak, connected."""
    with MqttClient(door.port, version=version) as client:
        assert client.connect(hub.username, hub.password) == 0
        yield client


def kept(world: World) -> list[tuple[str, QuarantineReason, bytes]]:
    return [(row.kind, row.reason, row.payload) for row in world.quarantine()]


def oak(world: World) -> list[SignalKind]:
    return [signal.kind for signal in world.signals() if signal.org == "oak"]


@BOTH
@pytest.mark.parametrize("password", ["", "guess"])
def test_wrong_credentials(door: Door, hub: IssuedCredential, version: int, password: str) -> None:
    with MqttClient(door.port, version=version) as client:
        assert client.connect(hub.username, password) == {4: 4, 5: 134}[version]
        assert client.read() is None
    with MqttClient(door.port, version=version) as client:
        assert client.connect("oak.nobody", hub.password) == {4: 4, 5: 134}[version]


@BOTH
@pytest.mark.parametrize(
    "topic",
    ["telecare/v1/oak/hub-8/up/alarm", "telecare/v1/elm/hub-1/up/alarm", DOWN + "receipt", "a"],
)
def test_a_foreign_topic(device: MqttClient, world: World, version: int, topic: str) -> None:
    assert device.publish(topic, PRESS) == {4: None, 5: 135}[version]
    assert world.records() == []
    assert device.ping() is (version == 5)


@BOTH
def test_a_foreign_subscription(device: MqttClient, version: int) -> None:
    refused = {4: 128, 5: 135}[version]
    assert device.subscribe("telecare/v1/oak/+/down/#") == refused
    assert device.subscribe("#") == refused
    assert device.subscribe(DOWN + "#") == 1


@BOTH
@pytest.mark.parametrize(
    "data", [b"\x00\x00", b"\x32\x01\x00", b"\xc0\xff\xff\xff\xff\xff", b"\x36\x02ab"]
)
def test_a_malformed_packet(device: MqttClient, version: int, data: bytes) -> None:
    device.send(data)
    assert device.disconnect_reason() == {4: None, 5: 129}[version]


@BOTH
def test_a_sound_press_right_before_a_malformed_packet(
    device: MqttClient, world: World, version: int
) -> None:
    device.send(publish(UP + "alarm", PRESS, 1, version=version) + b"\x00\x00")
    device.disconnect_reason()
    until(lambda: oak(world) == [SignalKind.ALARM])


@BOTH
@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"{help", QuarantineReason.NOT_JSON),
        (b'{"id": "a", "type": "\xff"}', QuarantineReason.NOT_JSON),
        (b'{"id": "a", "type": "pendant", "value": NaN}', QuarantineReason.NOT_JSON),
        (b'{"id": "a", "type": "pendant", "value": 1e999}', QuarantineReason.WRONG_TYPE),
        (b'{"id": 7, "type": "pendant"}', QuarantineReason.WRONG_TYPE),
        (b'{"type": "pendant"}', QuarantineReason.WRONG_TYPE),
        (b'{"id": "a", "type": "pendant", "x": ' + b"[" * 90_000, QuarantineReason.WRONG_TYPE),
    ],
    ids=["bad-json", "bad-utf-8", "nan", "infinite", "wrong-type", "no-id", "deep"],
)
def test_what_cannot_be_read(
    device: MqttClient, world: World, payload: bytes, reason: QuarantineReason
) -> None:
    assert device.publish(UP + "reading", payload) == 0, "acknowledged, it will not be resent"
    assert oak(world) == [SignalKind.EQUIPMENT], "the TEC team is told"
    assert device.publish(UP + "alarm", payload) == 0
    assert oak(world) == [SignalKind.EQUIPMENT, SignalKind.UNREADABLE_ALARM]
    assert [(row[0], row[1]) for row in kept(world)] == [("alarm", reason), ("reading", reason)]
    assert kept(world)[0][2] == payload[: 64 * 1024]
    assert device.publish(UP + "alarm", PRESS) == 0, "and the next message is heard"
    assert oak(world)[-1] is SignalKind.ALARM


@BOTH
def test_five_megabytes(device: MqttClient, world: World, version: int) -> None:
    answer = device.publish(UP + "alarm", b"x" * FIVE_MEGABYTES)
    if version == 5:
        assert answer is None
    else:
        assert answer == 0
        assert device.ping(), "a client that was never told a limit is not cut off"
    until(lambda: oak(world) == [SignalKind.UNREADABLE_ALARM])
    (row,) = world.quarantine()
    assert (row.reason, row.size) == (QuarantineReason.TOO_LARGE, FIVE_MEGABYTES)
    assert len(row.payload) <= 64 * 1024


def test_mqtt_5_is_told_why_five_megabytes_are_too_many(door: Door, hub: IssuedCredential) -> None:
    with MqttClient(door.port, version=5) as client:
        assert client.connect(hub.username, hub.password) == 0
        client.send(publish(UP + "reading", b"x" * (PACKET_LIMIT + 1), 1, version=5))
        assert client.disconnect_reason() == 149


@BOTH
def test_a_duplicate_id(device: MqttClient, world: World) -> None:
    assert device.publish(UP + "alarm", PRESS) == 0
    assert device.publish(UP + "alarm", PRESS) == 0
    assert [reading.id for reading in world.readings()] == ["p-1"]
    assert oak(world) == [SignalKind.ALARM]


@BOTH
def test_a_retained_alarm(device: MqttClient, world: World) -> None:
    assert device.publish(UP + "alarm", PRESS, retain=True) == 0
    assert oak(world) == [SignalKind.ALARM]


@BOTH
def test_an_unknown_kind(device: MqttClient, world: World) -> None:
    assert device.publish(UP + "weather", b"{}") == 0
    assert kept(world) == [("weather", QuarantineReason.UNKNOWN_KIND, b"{}")]


@BOTH
def test_qos_2_on_a_foreign_topic(device: MqttClient, world: World, version: int) -> None:
    topic = "telecare/v1/oak/hub-8/up/alarm"
    device.send(publish(topic, PRESS, 7, version=version, qos=2))
    assert device.read() == {4: None, 5: (0x50, b"\x00\x07\x87")}[version]
    assert world.records() == []


@BOTH
def test_the_same_client_again_takes_over(door: Door, hub: IssuedCredential, version: int) -> None:
    with MqttClient(door.port, version=version) as first:
        assert first.connect(hub.username, hub.password, client_id="c") == 0
        with MqttClient(door.port, version=version) as second:
            assert second.connect(hub.username, hub.password, client_id="c") == 0
            assert first.disconnect_reason() == {4: None, 5: 142}[version]
            assert second.ping()


@BOTH
def test_a_press_is_answered_with_a_receipt(device: MqttClient, version: int) -> None:
    assert device.subscribe(DOWN + "#") == 1
    for expected in (b'"duplicate":false', b'"duplicate":true'):
        device.send(publish(UP + "alarm", PRESS, 4, version=version))
        topic, payload = device.delivered()
        assert topic == DOWN + "receipt"
        assert payload.startswith(b'{"id":"p-1","stored_at":"')
        assert expected in payload


def _paho(
    door: Door, hub: IssuedCredential, protocol: MQTTProtocolVersion
) -> Iterator[tuple[paho.Client, list[ReasonCode]]]:
    refused: list[ReasonCode] = []
    client = paho.Client(CallbackAPIVersion.VERSION2, "paho", protocol=protocol)
    client.username_pw_set(hub.username, hub.password)

    def on_publish(*said: object) -> None:
        if isinstance(said[3], ReasonCode):
            refused.append(said[3])

    client.on_publish = on_publish
    client.connect("127.0.0.1", door.port)
    client.loop_start()
    yield client, refused
    client.disconnect()
    client.loop_stop()


@pytest.mark.parametrize("protocol", [MQTTProtocolVersion.MQTTv311, MQTTProtocolVersion.MQTTv5])
def test_with_paho(
    door: Door, hub: IssuedCredential, world: World, protocol: MQTTProtocolVersion
) -> None:
    talk = _paho(door, hub, protocol)
    client, reasons = next(talk)
    heard: list[bytes] = []
    client.on_message = lambda _client, _data, message: heard.append(bytes(message.payload))
    client.subscribe(DOWN + "#", qos=1)
    said = client.publish(UP + "alarm", PRESS, qos=1)
    said.wait_for_publish(20)
    assert said.rc == MQTTErrorCode.MQTT_ERR_SUCCESS
    until(lambda: bool(heard))
    assert heard[0].startswith(b'{"id":"p-1"')
    assert oak(world) == [SignalKind.ALARM]
    if protocol is MQTTProtocolVersion.MQTTv5:
        client.publish("telecare/v1/oak/hub-8/up/alarm", PRESS, qos=1).wait_for_publish(20)
        assert [code.value for code in reasons if code.value] == [135]
    for _ in talk:
        pass


@pytest.fixture
def mosquitto_pub(door: Door, hub: IssuedCredential) -> Callable[..., int]:
    binary = shutil.which("mosquitto_pub")
    if binary is None:
        pytest.skip("mosquitto_pub is missing: install Debian's mosquitto-clients")

    def run(version: str, topic: str, payload: bytes, password: str = hub.password) -> int:
        command = [binary, "-V", version, "-h", "127.0.0.1", "-p", str(door.port), "-q", "1"]
        command += ["-u", hub.username, "-P", password, "-t", topic, "-s"]
        return subprocess.run(command, input=payload, check=False, capture_output=True).returncode

    return run


@pytest.mark.parametrize("version", ["mqttv311", "mqttv5"])
def test_with_mosquitto_pub(mosquitto_pub: Callable[..., int], world: World, version: str) -> None:
    assert mosquitto_pub(version, UP + "alarm", PRESS) == 0
    assert mosquitto_pub(version, UP + "alarm", b"help") == 0
    assert mosquitto_pub(version, UP + "alarm", PRESS, password="guess") != 0
    foreign = mosquitto_pub(version, "telecare/v1/oak/hub-8/up/alarm", PRESS)
    assert (foreign != 0) is (version == "mqttv311"), "in 5 the refusal is the PUBACK's reason"
    assert oak(world) == [SignalKind.ALARM, SignalKind.UNREADABLE_ALARM]


@BOTH
def test_a_fault_of_ours_while_checking_one_device_ends_that_try_alone(
    door: Door, hub: IssuedCredential, version: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is told to come again, never that its credentials are wrong: it might give up."""
    check = Doorkeeper.check

    def stumbles(self: Doorkeeper, username: str, password: bytes) -> Admitted | Denied:
        if username == hub.username:
            raise RuntimeError(username)
        return check(self, username, password)

    with monkeypatch.context() as faulty, MqttClient(door.port, version=version) as client:
        faulty.setattr(Doorkeeper, "check", stumbles)
        assert client.connect(hub.username, hub.password) == (0x88 if version == 5 else 3)
    with MqttClient(door.port, version=version) as client:
        assert client.connect(hub.username, hub.password) == 0


def test_a_device_comes_in_the_moment_it_was_enrolled(
    world: World, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However short ago the register was looked at: not long enough to look again, at most."""
    remembered = door.endpoint._doorkeeper._remembered
    monkeypatch.setattr(remembered, "_clock", HandClock(datetime(2026, 11, 23, tzinfo=UTC)))
    remembered.anew()
    new = world.hub("hub-8")
    with MqttClient(door.port) as client:
        assert client.connect(new.username, new.password) == 0
