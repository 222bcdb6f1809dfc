"""Who speaks on a topic of somebody else's broker."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gateway.brokers import Broker, Listen
from gateway.speakers import Speakers
from telecare.clock import HandClock
from telecare.register.devices import Device
from telecare.settings import Settings
from tests.harness.door import World, world_of
from tests.harness.ear import OAK, county

COUNTY = county(
    1883,
    OAK,
    Listen("application/+/device/+/event/+", "chirpstack", device_level=4),
    Listen("farm/zigbee2mqtt/#", "zigbee2mqtt", "farm/zigbee2mqtt/", device="hub-7"),
)
UP = "telecare/v1/oak/hub-7/up/"


@pytest.fixture
def world(sqlite_settings: Settings, clock: HandClock) -> Iterator[World]:
    with world_of(sqlite_settings, clock) as made:
        made.hub("hub-7")
        devices = made.register.devices
        devices.add(Device(org="oak", device="mat-3", home="home-hub-7", serial="70b3d57ed0"))
        setting = {"bridge": {"dialects": ["zigbee2mqtt"]}}
        devices.add(Device(org="oak", device="bridge-9", home="home-hub-7", settings=setting))
        made.hub("hub-7", org="elm")
        yield made


def speakers_of(world: World) -> Speakers:
    speakers = Speakers(world.register)
    speakers.refresh()
    return speakers


def test_our_own_contract(world: World) -> None:
    said = speakers_of(world).find(COUNTY, UP + "alarm")
    assert (said.identity.org, said.identity.device) == ("oak", "hub-7")
    assert (said.kind, said.dialect) == ("alarm", "")
    assert said.receipt_topic == "telecare/v1/oak/hub-7/down/receipt"


def test_a_bridge_below_its_own_topics(world: World) -> None:
    said = speakers_of(world).find(COUNTY, "telecare/v1/oak/bridge-9/up/zigbee2mqtt/hall/mat")
    assert (said.identity.device, said.dialect, said.kind) == (
        "bridge-9", "zigbee2mqtt", "hall/mat",
    )  # fmt: skip


def test_two_strangers_are_never_one(world: World) -> None:
    """Their addresses begin alike; one's press must not pass for a repetition of the other's."""
    find = speakers_of(world).find
    names = ("0x00158d0001234567", "0x00158d0001234599", "hub-1", "hub1", "åäö", "öäå", "7")
    devices = [find(COUNTY, f"telecare/v1/oak/{each}/up/alarm").identity.device for each in names]
    assert len(set(devices)) == len(names)
    assert devices[-1] == "stray-7"


def test_a_serial_number_in_the_topic(world: World) -> None:
    said = speakers_of(world).find(COUNTY, "application/1/device/70b3d57ed0/event/up")
    assert (said.identity.device, said.identity.home) == ("mat-3", "home-hub-7")
    assert said.kind == "application/1/device/70b3d57ed0/event/up"


def test_a_bridge_that_the_file_names(world: World) -> None:
    said = speakers_of(world).find(COUNTY, "farm/zigbee2mqtt/hall/door")
    assert (said.identity.device, said.kind) == ("hub-7", "hall/door")


@pytest.mark.parametrize(
    "topic", ["application/1/device/ffff/event/up", "telecare/v1/oak/hub-99/up/alarm"]
)
def test_whom_nobody_registered_is_a_stray_of_this_organisation(world: World, topic: str) -> None:
    said = speakers_of(world).find(COUNTY, topic)
    assert (said.identity.org, said.identity.home) == ("oak", "unknown-home")
    assert said.identity.device.startswith("stray-")


def test_a_button_on_file_that_never_asked_for_access_presses_for_its_home(world: World) -> None:
    """It is no hub: over the broker alone it speaks, so it cannot show the code of its sheet."""
    world.register.devices.expect(
        Device(org="oak", device="button-4", home="home-hub-7", serial="A84041000181C061")
    )
    for name in ("A84041000181C061", "a84041000181c061"):  # on its label, and in its topic
        said = speakers_of(world).find(COUNTY, f"application/1/device/{name}/event/up")
        assert (said.identity.home, said.identity.device) == ("home-hub-7", "button-4")
        assert (said.stray, said.is_withdrawn) == ("", False)


def test_whose_numbers_differ_in_their_letters_alone_are_never_taken_for_one_another(
    world: World,
) -> None:
    world.hub("hub-8")
    for device, home, serial in (("a-1", "home-hub-7", "AB"), ("a-2", "home-hub-8", "ab")):
        world.register.devices.expect(Device(org="oak", device=device, home=home, serial=serial))
    named = {
        serial: speakers_of(world).find(COUNTY, f"application/1/device/{serial}/event/up")
        for serial in ("AB", "ab", "Ab")
    }
    assert [each.identity.device for each in named.values()][:2] == ["a-1", "a-2"]
    assert named["Ab"].stray == "Ab"


def test_another_organisations_device_is_never_meant(world: World) -> None:
    """Planted in a session of the broker's: our filters would not let it through."""
    elms = Broker(name="elms", org="oak", host="", port=1, listen=(Listen("telecare/v1/#"),))
    said = speakers_of(world).find(elms, "telecare/v1/elm/hub-7/up/alarm")
    assert said.identity.org == "oak"


@pytest.mark.parametrize("topic", ["telecare/v1/oak/hub-7/down/x", "else", "telecare/v1/oak"])
def test_a_topic_nobody_mapped_is_the_brokers_own_word(world: World, topic: str) -> None:
    said = speakers_of(world).find(COUNTY, topic)
    assert (said.identity.device, said.dialect) == ("broker-county", "")


def test_of_a_withdrawn_device_only_a_call_for_help_is_taken(world: World) -> None:
    world.register.devices.revoke("oak", "hub-7")
    speakers = speakers_of(world)
    press, reading = speakers.find(COUNTY, UP + "alarm"), speakers.find(COUNTY, UP + "reading")
    assert (press.is_withdrawn, press.is_refused) == (True, False)
    assert (reading.is_withdrawn, reading.is_refused) == (True, True)


@pytest.mark.parametrize("by", ["revoke", "withdraw"])
def test_a_device_that_never_had_a_credential_is_withdrawn_like_any_other(
    world: World, by: str
) -> None:
    """The button is stolen, or another has its place: what it says is its thief's."""
    devices, topic = world.register.devices, "telecare/v1/oak/button-4/up/"
    devices.expect(Device(org="oak", device="button-4", home="home-hub-7"))
    getattr(devices, by)("oak", "button-4")
    speakers = speakers_of(world)
    press, reading = (
        speakers.find(COUNTY, topic + "alarm"),
        speakers.find(COUNTY, topic + "reading"),
    )
    assert (press.is_withdrawn, press.is_refused) == (True, False)
    assert (reading.is_withdrawn, reading.is_refused) == (True, True)
    assert not speakers.may_hear("oak", "button-4")
    devices.rotate("oak", "button-4")
    assert not speakers_of(world).find(COUNTY, topic + "alarm").is_withdrawn
