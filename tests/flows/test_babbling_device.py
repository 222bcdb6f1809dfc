"""A device that says more than it may: its readings wait, its alarms do not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from telecare.clock import RealClock
from telecare.settings import Settings
from telecare.vocabulary import SignalKind
from tests.harness.door import World, open_door, world_of
from tests.harness.mqtt import MqttClient, publish
from tests.harness.waiting import until

UP = "telecare/v1/oak/hub-7/up/"
PRESS = b'{"id": "p-1", "type": "pendant"}'


@pytest.fixture
def world(sqlite_settings: Settings) -> Iterator[World]:
    with world_of(sqlite_settings, RealClock()) as made:
        yield made


def motion(number: int) -> bytes:
    body = b'{"id": "m-%d", "type": "motion", "room": "hall"}' % number
    return publish(UP + "reading", body, number)


def _answers_until(client: MqttClient, last: int) -> list[int]:
    """The numbers of the PUBACKs up to that of `last`."""
    numbers: list[int] = []
    while last not in numbers:
        answer = client.read()
        assert answer is not None
        numbers.append(int.from_bytes(answer[1], "big"))
    return numbers


@pytest.mark.parametrize("how", ["in one breath", "one by one"])
def test_its_press_overtakes_its_readings_and_the_desk_is_told(world: World, how: str) -> None:
    hub = world.hub("hub-7")
    said = [*map(motion, range(1, 201)), publish(UP + "alarm", PRESS, 500)]
    with (
        open_door(world.settings, RealClock(), messages_per_second=0.1) as door,
        MqttClient(door.port) as client,
    ):
        assert client.connect(hub.username, hub.password) == 0
        for data in [b"".join(said)] if how == "in one breath" else said:
            client.send(data)
        assert len(_answers_until(client, 500)) <= 30, (
            "the press did not wait for two hundred readings"
        )
        assert client.ping(), "it is not cut off"
        until(lambda: len(world.signals()) == 2)
    told = {each.kind: each for each in world.signals()}
    assert told.keys() == {SignalKind.ALARM, SignalKind.EQUIPMENT}
    assert told[SignalKind.EQUIPMENT].type == "babbling"


def test_of_what_it_may_not_say_nothing_is_acknowledged_and_what_waits_outlasts_its_line(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.sources.mqtt_endpoint.allowance.HELD", 5)
    hub, numbers = world.hub("hub-7"), []
    with open_door(world.settings, RealClock(), messages_per_second=0.1) as door:
        with MqttClient(door.port) as client:
            assert client.connect(hub.username, hub.password) == 0
            client.send(b"".join(map(motion, range(1, 101))) + publish(UP + "alarm", PRESS, 500))
            while 500 not in numbers:
                answer = client.read()
                assert answer is not None
                numbers.append(int.from_bytes(answer[1], "big"))
        safe = {f"m-{number}" for number in numbers} - {"m-500"}
        last = {f"m-{number}" for number in range(96, 101)}
        until(lambda: last <= {each.id for each in world.readings()})
        stored = {each.id for each in world.readings()}
    assert safe <= stored, "what gave way is the device's still: it was promised nothing"
    assert not safe & last, "nor was what waited"
    assert len(stored) < 40


def test_its_long_messages_count_for_what_they_weigh(world: World) -> None:
    """A hundred of 256 KiB a second kept everybody's press waiting for seconds."""
    hub = world.hub("hub-7")
    long = b'{"id": "m-%d", "type": "motion", "x": "' + b"x" * 100_000 + b'"}'
    said = [publish(UP + "reading", long % number, number) for number in range(1, 11)]
    with (
        open_door(world.settings, RealClock(), messages_per_second=1.0) as door,
        MqttClient(door.port) as client,
    ):
        assert client.connect(hub.username, hub.password) == 0
        for data in [*said, publish(UP + "alarm", PRESS, 500)]:
            client.send(data)
        answers = _answers_until(client, 500)
        assert len(answers) <= 3, "the press did not wait for a megabyte of readings"
        assert client.ping(), "it is not cut off"
        until(lambda: len(world.signals()) == 2)
    assert {each.type for each in world.signals()} == {"pendant", "babbling"}


def test_who_connects_again_and_again_is_asked_to_wait(world: World) -> None:
    hub, other = world.hub("hub-7"), world.hub("hub-8")
    with open_door(world.settings, RealClock()) as door:
        answers = []
        for _ in range(60):
            with MqttClient(door.port, version=5) as client:
                answers.append(client.connect(hub.username, hub.password))
            if answers[-1]:
                break
        assert answers[-1] == 0x9F, "connection rate exceeded"
        assert set(answers[:-1]) == {0}
        with MqttClient(door.port) as neighbour:
            assert neighbour.connect(other.username, other.password) == 0
        until(lambda: [each.type for each in world.signals()] == ["reconnecting"])
