"""What the detectors may know of a home: no names, no addresses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from detectors.base import HomeProfile
from detectors.profiles import profiles
from detectors.watch import Watch
from telecare.messages import Reading
from telecare.register import Register
from telecare.register.classes import DeviceClass
from telecare.register.devices import Device
from telecare.register.homes import Home
from telecare.vocabulary import DeviceKind, ReadingKind


def device(name: str, heartbeat: int | None, **settings: object) -> Device:
    return Device(
        org="county", device=name, home="home-1", heartbeat_seconds=heartbeat, settings=settings
    )


def test_homes_with_the_hubs_that_promise_to_beat(register: Register) -> None:
    register.organisations.add_organisation("county", "The County")
    register.homes.add_home(
        Home(
            org="county",
            home="home-1",
            address="1 Secret Lane",
            time_zone="Europe/Dublin",
            rooms=["lounge"],
            settings={"falls": {"threshold": 0.7}, "note": "not a detector's"},
        )
    )
    register.devices.add(device("hub-1", 300))
    register.devices.add(device("pendant-1", None))
    known = profiles(register)
    profile = known[("county", "home-1")]
    assert profile.hubs == {"hub-1": 900.0}
    assert profile.timezone == "Europe/Dublin"
    assert profile.settings == {"falls": {"threshold": 0.7}}
    assert b"Secret" not in msgspec.json.encode(profile)


def test_a_hub_that_was_replaced_is_not_waited_for_but_the_last_one_is(register: Register) -> None:
    register.organisations.add_organisation("county", "The County")
    register.homes.add_home(
        Home(org="county", home="home-1", address="", time_zone="Europe/London")
    )
    pendant = Device(
        org="county", device="p-1", home="home-1", kind=DeviceKind.PENDANT, heartbeat_seconds=600
    )
    for each in (device("hub-1", 300), device("hub-2", 300), pendant):
        register.devices.add(each)

    def known() -> HomeProfile:
        return profiles(register)[("county", "home-1")]

    def waited_for(**heard: int) -> set[str]:
        words = {name.replace("_", "-"): at for name, at in heard.items()}
        return set(known().seen_through().waited_for(words))

    assert known().hubs.keys() == {"hub-1", "hub-2", "p-1"}
    register.devices.withdraw("county", "hub-1")
    register.devices.withdraw("county", "p-1")
    assert known().hubs.keys() == {"hub-2"}
    assert waited_for(hub_1=1) == {"hub-1", "hub-2"}, "the next one has not spoken yet"
    assert waited_for(hub_1=1, hub_2=2) == {"hub-2"}
    register.devices.withdraw("county", "hub-2")
    assert waited_for(hub_1=1, hub_2=2) == {"hub-2"}, "nobody sees the home: that is said"


def test_where_a_hub_that_promises_nothing_follows_nobody_waits_for_the_one_before(
    register: Register,
) -> None:
    register.organisations.add_organisation("county", "The County")
    register.homes.add_home(
        Home(org="county", home="home-1", address="", time_zone="Europe/London")
    )
    for each in (device("hub-1", 300), device("quiet-hub", None)):
        register.devices.add(each)
    register.devices.withdraw("county", "hub-1")
    hubs = profiles(register)[("county", "home-1")].seen_through()
    assert set(hubs.waited_for({"hub-1": 1.0})) == {"quiet-hub", "hub-1"}
    assert not hubs.are_dark({"hub-1": 1.0, "quiet-hub": 2.0}, 1e9)


@pytest.mark.parametrize(
    ("settings", "seconds"),
    [({}, 900.0), ({"silent_after_seconds": 120}, 120.0), ({"silent_after_seconds": "x"}, 900.0)],
)
def test_a_device_may_have_its_own_policy(settings: dict[str, object], seconds: float) -> None:
    assert device("hub-1", 300, **settings).silent_after == seconds


def test_a_pendant_is_silent_by_design(register: Register) -> None:
    register.organisations.add_organisation("county", "The County")
    register.homes.add_home(
        Home(org="county", home="home-1", address="", time_zone="Europe/London")
    )
    pendant = Device(org="county", device="p-1", home="home-1", kind=DeviceKind.PENDANT)
    register.devices.add(pendant)
    assert profiles(register)[("county", "home-1")].hubs == {}


def test_only_sensors_that_are_devices_can_see_a_home_without_a_hub(register: Register) -> None:
    register.organisations.add_organisation("county", "The County")
    register.homes.add_home(
        Home(org="county", home="home-1", address="", time_zone="Europe/London")
    )
    register.devices.add(device("hub-1", 300))
    for name, kind in (("p-1", DeviceKind.PENDANT), ("pir-1", DeviceKind.SENSOR),
                       ("pir-2", DeviceKind.SENSOR)):  # fmt: skip
        register.devices.add(Device(org="county", device=name, home="home-1", kind=kind))
    for gone in ("hub-1", "pir-2"):
        register.devices.withdraw("county", gone)
    (profile,) = profiles(register).values()
    assert profile.alone == {"pir-1"}
    assert profile.seen_through().takes_a_place("pir-1", "hallway")


def test_sensors_behind_a_hub_promise_by_their_own_word_or_their_models(register: Register) -> None:
    register.organisations.add_organisation("county", "The County")
    register.homes.add_home(
        Home(org="county", home="home-1", address="", time_zone="Europe/London")
    )
    register.classes.put(DeviceClass(org="county", model="SNZB-04", heartbeat_seconds=30_000))
    of_bridge = {"dialects": ["zigbee2mqtt"], "sensors": {
        "fridge": {"room": "kitchen", "model": "SNZB-04"}, "hall": {"room": "hall"},
    }}  # fmt: skip
    told = {
        "fridge": {"silent_after_seconds": 100_000}, "mat": {"heartbeat_seconds": 600},
        "odd": 7, "worse": {"heartbeat_seconds": "often"},
    }  # fmt: skip
    register.devices.add(device("bridge-1", None, bridge=of_bridge, sensors=told))
    assert profiles(register)[("county", "home-1")].sensors == {
        "bridge-1/fridge": 100_000.0, "bridge-1/mat": 1800.0,
    }  # fmt: skip


@pytest.mark.parametrize("endless", [10**400, 10**30, 3e11], ids=["400 digits", "30", "12"])
def test_a_promise_nobody_lives_to_see_ends_no_other_homes_watch(
    register: Register, endless: float
) -> None:
    """One slip of the keys at a sensor, and the detectors of every home did not start."""
    register.organisations.add_organisation("county", "The County")
    register.homes.add_home(
        Home(org="county", home="home-1", address="", time_zone="Europe/London")
    )
    sensors = {"fridge": {"heartbeat_seconds": endless, "silent_after_seconds": endless}}
    register.devices.add(device("hub-1", 300, silent_after_seconds=endless, sensors=sensors))
    (profile,) = profiles(register).values()
    watch = Watch(profile, timedelta(seconds=2), 1.0, None)
    now = datetime(2026, 3, 10, tzinfo=UTC)
    beat = Reading(
        org="county", home="home-1", device="hub-1", id="h-1", kind=ReadingKind.HEARTBEAT,
        type="heartbeat", occurred_at=now, received_at=now, sensor="fridge",
    )  # fmt: skip
    assert watch.observe("gateway-1", 1, beat, now) == []
    assert watch.failures() == []
