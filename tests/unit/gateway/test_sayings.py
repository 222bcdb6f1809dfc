"""What devices behind somebody else's broker are told, and when it is said again."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest

from gateway.brokers import Listen
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
        self.sayings.take_over(world.clock.now())

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


PLUGS = county(1883, Listen("oak/#", "shelly", "oak/", "hub-7"))
SET = {"dialect": "shelly", "method": "Switch.Set", "params": {"id": 0, "on": True}}


class TellingPlugs(Telling):
    """A broker with Shellies, which one registered hub speaks for."""

    def heard(self, topic: str = "oak/plug-1/online") -> None:
        self.speakers.refresh()
        self.sayings.heard(self.speakers.find(PLUGS, topic))


def ordered(world: World, **more: str) -> None:
    world.register.orders.command("oak", "hub-7", "on", SET | more, by="tec-1", seconds=3600)


def test_another_makers_device_is_told_once_whatever_connection_it_speaks_on(
    world: World,
) -> None:
    telling = TellingPlugs(world)
    ordered(world)
    assert telling.told(0) == []
    telling.heard()
    assert telling.told(1) == ["oak/plug-1/rpc"]
    telling.sayings.begin()
    telling.heard()
    assert telling.told(2 * AGAIN_SECONDS) == []


def test_of_what_was_ordered_before_we_were_here_nobody_knows_whether_it_was_told(
    world: World, clock: HandClock
) -> None:
    ordered(world)
    clock.forward(seconds=1)
    telling = TellingPlugs(world)
    telling.heard()
    assert telling.told(1) == []


def test_of_several_behind_a_bridge_the_order_must_name_one(world: World) -> None:
    telling = TellingPlugs(world)
    ordered(world)
    for plug in ("plug-1", "plug-2"):
        telling.heard(f"oak/{plug}/online")
    assert telling.told(1) == []
    ordered(world, to="plug-2")
    assert telling.told(2) == ["oak/plug-2/rpc"]


def test_a_late_look_at_what_waits_does_not_have_it_told_again(world: World) -> None:
    """Sources of several brokers look on threads of their own, and one may be slow."""
    telling = TellingPlugs(world)
    downlink = Downlink(world.register, world.clock)
    telling.sayings = Sayings(downlink)
    telling.sayings.take_over(world.clock.now())
    telling.heard()
    look = world.register.orders.waiting
    before = look()
    ordered(world)
    assert telling.told(1) == ["oak/plug-1/rpc"]
    with pytest.MonkeyPatch.context() as slow:
        slow.setattr(world.register.orders, "waiting", lambda: before)
        downlink.refresh()
    assert telling.told(2) == []
