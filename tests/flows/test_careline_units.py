"""Careline units call over UDP, TCP and TLS; what they say is safe before they are told so."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator

import pytest

from gateway.service import Service
from simulators.nowip import Scheme
from simulators.sip import Account
from telecare.authority import own_tls
from telecare.clock import HandClock
from telecare.settings import Settings
from telecare.vocabulary import ReadingKind, SignalKind
from tests.harness.careline import (
    LOOPBACK_TRUSTED,
    SECRET_ONLY,
    STRAYS_TO_OAK,
    scaip_unit,
    sip_line,
    unit_account,
)
from tests.harness.door import World, open_door, world_of
from tests.harness.waiting import until

pytestmark = pytest.mark.anyio
DESK = "sip:desk@arc.example.org"
CID = "10149471"


@pytest.fixture
def world(sqlite_settings: Settings, clock: HandClock) -> Iterator[World]:
    with world_of(sqlite_settings, clock) as made:
        yield made


@pytest.mark.parametrize("transport", ["UDP", "TCP", "TLS"])
async def test_a_press_is_safe_and_the_unit_told_whom_to_call(
    settings: Settings, clock: HandClock, transport: str
) -> None:
    with world_of(settings, clock) as world:
        account = unit_account(world, "unit-7", CID)
        tls = None
        with open_door(settings, clock, sip=SECRET_ONLY, call_target=DESK) as door:
            if transport == "TLS":
                tls = ssl.create_default_context(cafile=str(own_tls(settings.data_dir).authority))
                tls.check_hostname = False
            port = door.sip_ports[1 if tls else 0]
            async with scaip_unit(port, account, transport=transport, tls=tls) as unit:
                mrs = await unit.press("1193308443")
        assert mrs is not None
        assert mrs.fields == {"ref": "1193308443", "snu": "0", "mre": "1", "cre": "62", "tnu": DESK}
        (signal,) = world.signals()
        assert (signal.kind, signal.type, signal.device) == (SignalKind.ALARM, "pendant", "unit-7")
        assert signal.why == "Pendant pressed."


async def test_a_heartbeat_is_answered_and_starts_no_call(world: World, clock: HandClock) -> None:
    account = unit_account(world, "unit-7", CID)
    with open_door(world.settings, clock, sip=SECRET_ONLY, call_target=DESK) as door:
        async with scaip_unit(door.sip_ports[0], account) as unit:
            mrs = await unit.beat("00001A85")
    assert mrs is not None
    assert mrs.fields == {"ref": "00001A85", "snu": "0"}
    assert [each.kind for each in world.readings()] == [ReadingKind.HEARTBEAT]


async def test_without_a_plan_the_unit_calls_its_preset_receiver(
    world: World, clock: HandClock
) -> None:
    account = unit_account(world, "unit-7", CID)
    with open_door(world.settings, clock, sip=SECRET_ONLY) as door:
        async with scaip_unit(door.sip_ports[0], account) as unit:
            mrs = await unit.press("1")
    assert mrs is not None
    assert (mrs.fields["mre"], mrs.fields["cre"]) == ("1", "61")


async def test_each_organisation_has_its_own_desk(world: World, clock: HandClock) -> None:
    account = unit_account(world, "unit-7", CID)
    world.register.organisations.change_settings(
        "oak", lambda _: {"call_target": "tel:+441632960001"}
    )
    with open_door(world.settings, clock, sip=SECRET_ONLY, call_target=DESK) as door:
        async with scaip_unit(door.sip_ports[0], account) as unit:
            mrs = await unit.press("1")
    assert mrs is not None
    assert mrs.fields["tnu"] == "tel:+441632960001"


async def test_a_repeated_call_is_one_alarm_and_answered_again(
    world: World, clock: HandClock
) -> None:
    account = unit_account(world, "unit-7", CID)
    with open_door(world.settings, clock, sip=SECRET_ONLY) as door:
        async with scaip_unit(door.sip_ports[0], account) as unit:
            for _ in range(3):
                mrs = await unit.press("1193308443")
                assert mrs is not None
                assert mrs.is_safe
            # Another button under a used reference is another call.
            assert await unit.call("1193308443", mty="ME", dty="0005", stc="0010")
    assert [each.type for each in world.signals()] == ["pendant", "fall"]


@pytest.mark.parametrize(
    "account", [Account(), Account("oak.unit-7", "guessed"), Account("oak.nobody", "x")]
)
async def test_who_cannot_prove_itself_is_not_heard(
    world: World, clock: HandClock, account: Account
) -> None:
    unit_account(world, "unit-7", CID)
    with open_door(world.settings, clock, sip=SECRET_ONLY) as door:
        async with sip_line(door.sip_ports[0], account) as line:
            body = b"<mrq><ref>1</ref><cid>10149471</cid><dty>3</dty></mrq>"
            response = await line.message(body, "application/scaip+xml")
    assert response.code == 401
    assert world.records() == []


async def test_on_a_trusted_network_the_number_is_enough(world: World, clock: HandClock) -> None:
    unit_account(world, "unit-7", CID)
    with open_door(world.settings, clock, sip=LOOPBACK_TRUSTED) as door:
        async with scaip_unit(door.sip_ports[0]) as unit:
            assert await unit.press("1")
        async with scaip_unit(door.sip_ports[0], controller="999998") as stranger:
            refused = await stranger.press("2")
    assert [each.device for each in world.signals()] == ["unit-7"]
    assert refused is not None
    assert refused.fields == {"ref": "2", "snu": "3"}


async def test_a_call_of_an_unregistered_unit_is_shown_all_the_same(
    world: World, clock: HandClock
) -> None:
    unit_account(world, "unit-7", CID)
    with open_door(world.settings, clock, sip=STRAYS_TO_OAK) as door:
        async with scaip_unit(door.sip_ports[0], controller="999998") as stranger:
            mrs = await stranger.press("2")
    assert mrs is not None
    assert mrs.is_safe
    (signal,) = world.signals()
    assert (signal.org, signal.home, signal.device) == ("oak", "unknown-home", "stray-999998")


async def test_f47_a_withdrawn_units_press_is_shown_as_such(world: World, clock: HandClock) -> None:
    account = unit_account(world, "unit-7", CID)
    world.register.devices.revoke("oak", "unit-7")
    with open_door(world.settings, clock, sip=SECRET_ONLY) as door:
        async with scaip_unit(door.sip_ports[0], account) as unit:
            assert await unit.press("1")
            assert await unit.call("2", mty="PI", dty="2", tries=1, patience=0.5) is None
    (signal,) = world.signals()
    assert signal.why == "Pendant pressed, on a device whose access was withdrawn."
    assert len(world.readings()) == 1, "its heartbeat is not heard"


async def test_a_number_that_was_a_withdrawn_units_is_whose_it_is_now(
    world: World, clock: HandClock
) -> None:
    unit_account(world, "unit-7", CID)
    world.register.devices.revoke("oak", "unit-7")
    unit_account(world, "unit-9", CID)
    with open_door(world.settings, clock, sip=LOOPBACK_TRUSTED) as door:
        async with scaip_unit(door.sip_ports[0]) as unit:
            assert await unit.press("1")
    assert [(each.device, each.why) for each in world.signals()] == [("unit-9", "Pendant pressed.")]


async def test_an_unreadable_call_is_kept_and_asked_about(world: World, clock: HandClock) -> None:
    account = unit_account(world, "unit-7", CID)
    broken = b"<mrq><ref>77</ref><cid>10149471</cid><dty>3</mrq>"
    with open_door(world.settings, clock, sip=SECRET_ONLY) as door:
        async with sip_line(door.sip_ports[0], account) as line:
            assert (await line.message(broken, "application/scaip+xml")).code == 200
            answer = await line.heard.get()
    assert answer.body == b"<mrs><ref>77</ref><snu>2</snu></mrs>"
    assert [each.kind for each in world.signals()] == [SignalKind.UNREADABLE_ALARM]
    assert [row.payload for row in world.quarantine()] == [broken]


async def test_a_flat_battery_is_work_for_the_tec_team_and_no_call_for_help(
    world: World, clock: HandClock
) -> None:
    account = unit_account(world, "unit-7", CID)
    with open_door(world.settings, clock, sip=SECRET_ONLY) as door:
        async with scaip_unit(door.sip_ports[0], account) as unit:
            assert await unit.call("1", mty="ME", dty="0003", stc="0016", crd="no-voice:")
    (signal,) = world.signals()
    assert (signal.kind, signal.type) == (SignalKind.EQUIPMENT, "battery_low")
    assert not signal.explicit


async def test_options_is_a_keepalive_and_needs_no_secret(world: World, clock: HandClock) -> None:
    with open_door(world.settings, clock, sip=SECRET_ONLY) as door:
        async with sip_line(door.sip_ports[0]) as line:
            response = await line.request("OPTIONS")
            unheard = await line.request("REGISTER")
            other = await line.request("MESSAGE", b"hello", "text/plain")
    assert response.code == 200
    assert "MESSAGE" in (response.headers.get("Allow") or "")
    assert (unheard.code, other.code) == (405, 415)


async def test_a_unit_that_calls_us_is_sent_to_the_desk(world: World, clock: HandClock) -> None:
    unit_account(world, "unit-7", CID)
    with open_door(world.settings, clock, sip=LOOPBACK_TRUSTED, call_target=DESK) as door:
        async with sip_line(door.sip_ports[0], user=CID) as line:
            response = await line.request("INVITE")
        async with sip_line(door.sip_ports[0], user="999998") as line:
            nowhere = await line.request("INVITE")
    assert (response.code, response.headers.get("Contact")) == (302, f"<{DESK}>")
    assert nowhere.code == 480


async def test_a_scheme_speaks_for_its_dwellings(world: World, clock: HandClock) -> None:
    account = unit_account(world, "scheme", "12345678", home="the-limes")
    unit_account(world, "flat-7", "12345678", unit="0007", home="flat-7")
    with open_door(world.settings, clock, sip=SECRET_ONLY) as door:
        async with sip_line(door.sip_ports[0], account, user="scheme") as line:
            scheme = Scheme(line, "12345678")
            assert await scheme.beat("02:53:00") == "A"
            assert await scheme.alarm(7, 19, "02:53:10", location=7) == "A"
            assert await scheme.alarm(7, 19, "02:53:10", location=7) == "A", "a repeat"
            assert await scheme.alarm(8, 21, "02:53:12") == "A"
            assert await scheme.alarm(0, 51, "02:53:14") == "A"
    told = [(each.home, each.kind, each.type, each.room) for each in world.signals()]
    assert told == [
        ("flat-7", SignalKind.ALARM, "pendant", "bedroom"),
        ("the-limes", SignalKind.ALARM, "fall", None),  # nobody registered flat 8
        ("the-limes", SignalKind.EQUIPMENT, "mains_failure", None),
    ]


async def test_f47_a_withdrawn_scheme_speaks_for_a_dwelling_as_what_it_is(
    world: World, clock: HandClock
) -> None:
    account = unit_account(world, "scheme", "12345678", home="the-limes")
    unit_account(world, "flat-7", "12345678", unit="0007", home="flat-7")
    world.register.devices.revoke("oak", "scheme")
    with open_door(world.settings, clock, sip=SECRET_ONLY) as door:
        async with sip_line(door.sip_ports[0], account, user="scheme") as line:
            assert await Scheme(line, "12345678").alarm(7, 19, "02:53:10") == "A"
    (signal,) = world.signals()
    assert signal.home == "flat-7"
    assert signal.why.endswith("on a device whose access was withdrawn.")


async def test_a_scheme_speaks_for_no_other_and_for_no_dwelling_of_a_neighbour(
    world: World, clock: HandClock
) -> None:
    """Whatever number it says: the secret it showed is its own."""
    account = unit_account(world, "scheme", "12345678", home="the-limes")
    unit_account(world, "other", "87654321", home="the-oaks")
    unit_account(world, "flat-7", "12345678", unit="0007", home="flat-7", org="elm")
    with open_door(world.settings, clock, sip=SECRET_ONLY) as door:
        async with sip_line(door.sip_ports[0], account, user="scheme") as line:
            assert await Scheme(line, "12345678").alarm(7, 19, "02:53:10") == "A"
            assert await Scheme(line, "87654321").alarm(0, 21, "02:53:12") == "A"
    assert [(each.org, each.home) for each in world.signals()] == [("oak", "the-limes")] * 2


BEAT = b"<mrq><ref>2</ref><cid>10149471</cid><mty>PI</mty><dty>02</dty><stc>102</stc></mrq>"
PRESS = b"<mrq><ref>1</ref><cid>10149471</cid><dty>3</dty></mrq>"


class Full(Service):
    """So much waits for the disk that senders are held back."""

    is_full = True


class FullOfCalls(Full):
    """And so many calls for help that there is room for none."""

    is_full_for_calls = True


@pytest.mark.parametrize(
    ("full", "body", "code"), [(Full, BEAT, 503), (Full, PRESS, 200), (FullOfCalls, PRESS, 503)]
)
async def test_while_the_door_is_full_a_unit_is_told_to_come_again_but_with_a_call_for_help(
    world: World, clock: HandClock, full: type[Service], body: bytes, code: int
) -> None:
    """A hub's line can be held back, a unit's datagram only refused: it would ring elsewhere."""
    account = unit_account(world, "unit-7", CID)
    with open_door(world.settings, clock, sip=SECRET_ONLY, service_class=full) as door:
        async with sip_line(door.sip_ports[0], account) as line:
            said = await line.message(body, "application/scaip+xml")
            assert said.code == code
            if code == 200:
                await asyncio.to_thread(until, lambda: len(world.signals()) == 1)
    assert len(world.signals()) == (code == 200)
