"""What devices behind somebody else's broker are told, and when it is said again."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest

from gateway.downlink import Downlink
from gateway.sources.mqtt_broker.sayings import AGAIN_SECONDS, Sayings
from gateway.speakers import Speakers
from telecare.clock import HandClock
from telecare.settings import Settings
from tests.harness.door import World, world_of
from tests.harness.ear import county

COUNTY = county(1883)
UP, DOWN = "telecare/v1/oak/hub-7/up/heartbeat", "telecare/v1/oak/hub-7/down/"


@pytest.fixture
def world(sqlite_settings: Settings, clock: HandClock) -> Iterator[World]:
    with world_of(sqlite_settings, clock) as made:
        made.hub("hub-7")
        made.hub("hub-8")
        made.register.orders.command("oak", "hub-7", "self-test", {}, by="tec-1", seconds=600)
        made.register.orders.configure("oak", "hub-7", {"volume": 3}, by="tec-1")
        yield made


class Telling:
    """A broker's side of our downlink, at moments told by hand."""

    def __init__(self, world: World) -> None:
        self.speakers = Speakers(world.register)
        self.sayings = Sayings(Downlink(world.register, world.clock))

    def heard(self, topic: str = UP) -> None:
        self.speakers.refresh()
        self.sayings.heard(self.speakers.find(COUNTY, topic))

    def told(self, at: float) -> list[str]:
        self.sayings.refresh()
        found = list(self.sayings.due(at, self.speakers.may_hear))
        return [each.topic.removeprefix(DOWN) for each in found]


def test_it_is_told_when_it_was_heard_and_again_while_it_speaks_and_does_not_answer(
    world: World,
) -> None:
    telling = Telling(world)
    assert telling.told(0) == [], "nobody knows yet behind which broker it is"
    telling.heard("telecare/v1/oak/hub-8/up/heartbeat")
    assert telling.told(0) == [], "and what is for one is for no other"
    telling.heard()
    assert telling.told(1) == ["config", "command"]
    telling.heard()
    assert telling.told(AGAIN_SECONDS) == []
    assert telling.told(AGAIN_SECONDS + 1) == [], "it has not spoken since"
    telling.heard()
    assert telling.told(AGAIN_SECONDS + 2) == ["command"]
    telling.sayings.begin()
    assert telling.told(AGAIN_SECONDS + 3) == ["config", "command"], "a new connection"


def test_for_as_long_as_it_means_anything(world: World, clock: HandClock) -> None:
    telling = Telling(world)
    telling.heard()
    telling.sayings.refresh()
    (_, command) = telling.sayings.due(0, telling.speakers.may_hear)
    assert command.seconds == 600
    assert msgspec.json.decode(command.payload)["name"] == "self-test"
    telling.sayings.begin()
    clock.forward(seconds=601)
    assert telling.told(1) == ["config"]


def test_the_withdrawn_and_the_unknown_are_told_nothing(world: World) -> None:
    telling = Telling(world)
    telling.heard("telecare/v1/oak/nobody/up/heartbeat")
    telling.heard()
    world.register.devices.revoke("oak", "hub-7")
    telling.speakers = Speakers(world.register)  # half a second later
    telling.speakers.refresh()
    assert telling.told(0) == []
