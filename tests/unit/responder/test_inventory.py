"""The TEC team's list: what stands on it, and what they are told in time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from responder.devices.equipment import Equipment, Presence, heard, presence
from responder.devices.inventory import Enrolment, Row, Shown, lines, rows, shown, strays
from responder.devices.warnings import warnings
from telecare.messages import Reading
from telecare.register.claims import Claim, Press
from telecare.register.classes import DeviceClass, policy_of
from telecare.register.credentials import Admission, Credential
from telecare.register.device import Device
from telecare.register.devices import Service
from telecare.register.homes import Home
from telecare.store.inbox import UnknownDevice
from telecare.vocabulary import CredentialKind, ReadingKind

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
DAY = timedelta(days=1)
HUB = Device(org="oak", device="hub-7", home="home-7", model="Hub 5", heartbeat_seconds=300)


def reading(number: int = 1, at: datetime = NOON, **more: object) -> Reading:
    told: dict[str, object] = {
        "org": "oak", "home": "home-7", "device": "hub-7", "id": f"r-{number}",
        "kind": ReadingKind.STATUS, "type": "status", "occurred_at": at, "received_at": at,
    } | more  # fmt: skip
    return Reading(**told)  # type: ignore[arg-type]


def row(
    now: datetime = NOON,
    *,
    device: Device = HUB,
    claim: Claim | None = None,
    said: Equipment | None = None,
    ends_at: datetime | None = None,
    withdrawn_at: datetime | None = None,
    classes: dict[tuple[str, str], DeviceClass] | None = None,
) -> Row:
    credential = Credential(
        digest=b"d", kind=CredentialKind.CERTIFICATE, issued_at=NOON, expires_at=ends_at
    )
    admission = Admission(
        username="oak.hub-7", digest=b"d", revoked_at=withdrawn_at, device=device,
        credential=credential,
    )  # fmt: skip
    service = Service(
        device=device, added_at=NOON - DAY, began_at=NOON - DAY, withdrawn_at=withdrawn_at
    )
    words = {device.device: said} if said else {}
    claims = [claim] if claim else []
    (found,) = rows([service], [admission], claims, classes or {}, words, now)
    return found


@pytest.mark.parametrize(
    ("silent", "expected"),
    [
        (timedelta(seconds=599), Presence.PRESENT),
        (timedelta(seconds=601), Presence.UNKNOWN),
        (timedelta(seconds=900), Presence.UNKNOWN),
        (timedelta(seconds=901), Presence.SILENT),
        (timedelta(days=400), Presence.SILENT),
    ],
)
def test_f17_silence_is_never_called_well(silent: timedelta, expected: Presence) -> None:
    policy = policy_of(HUB, {})
    assert presence(policy, NOON, NOON + silent) is expected
    assert presence(policy, None, NOON) is Presence.NEVER
    quiet = policy_of(replace(HUB, heartbeat_seconds=None), {})
    assert presence(quiet, NOON, NOON + silent) is Presence.QUIET


def test_a_class_speaks_for_devices_that_say_nothing_themselves() -> None:
    known = {("oak", "Hub 5"): DeviceClass(
        org="oak", model="Hub 5", heartbeat_seconds=60, silent_after_seconds=600, battery_low=35,
        test_days=7, supported_until="2026-03-09",
    )}  # fmt: skip
    silent = replace(HUB, heartbeat_seconds=None)
    assert policy_of(silent, known).silent_after == 600.0
    assert policy_of(HUB, known).heartbeat_seconds == 300, "its own word goes first"
    own = replace(HUB, settings={"silent_after_seconds": 4000})
    assert policy_of(own, known).silent_after == 4000.0
    said = heard(None, reading(battery=34.0))
    found = row(device=silent, said=said, classes=known)
    assert found.battery_low
    assert found.unsupported
    assert not row(device=HUB, said=said).battery_low
    assert not row(NOON + 6 * DAY, device=HUB, classes=known).test_due
    assert row(NOON + 7 * DAY, device=HUB, classes=known).test_due


def test_a_sensor_that_missed_its_check_in_is_work_and_one_behind_a_dark_hub_is_not() -> None:
    promised = replace(HUB, settings={"sensors": {
        "fridge": {"heartbeat_seconds": 600}, "new": {"model": "SNZB-04"},
    }})  # fmt: skip
    said = heard(heard(None, reading(sensor="fridge")), reading(2, sensor="door"))
    gone = reading(
        3, NOON + timedelta(minutes=31), sensor="fridge", type="availability", value=False
    )
    told = heard(said, gone)
    assert told.heard_at == NOON, "that it is gone is no word of its own"
    alive = heard(told, reading(4, NOON + timedelta(minutes=31)))
    found = row(NOON + timedelta(minutes=31), device=promised, said=alive)
    assert found.sensors == {
        "door": Presence.QUIET, "fridge": Presence.SILENT, "new": Presence.NEVER,
    }  # fmt: skip
    assert (found.missing_sensors, found.wants_somebody) == (["fridge"], True)
    dark = row(NOON + DAY, device=promised, said=alive)
    assert (dark.presence, dark.missing_sensors) == (Presence.SILENT, [])


def test_who_is_said_to_be_gone_is_not_called_well_until_the_next_word() -> None:
    minute = NOON + timedelta(minutes=1)
    there = heard(heard(None, reading()), reading(2, sensor="fridge"))
    will = reading(3, minute, type="availability", value=False)
    found = row(minute, said=heard(there, will))
    assert (found.presence, found.wants_somebody) == (Presence.UNKNOWN, True)
    back = heard(heard(there, will), reading(4, minute))
    assert row(minute, said=back).presence is Presence.PRESENT
    by_bridge = heard(there, replace(will, sensor="fridge"))
    named = replace(HUB, settings={"bridge": {"sensors": {"fridge": {"room": "kitchen"}}}})
    assert row(minute, said=by_bridge, device=named).missing_sensors == ["fridge"]
    assert row(minute, said=by_bridge).missing_sensors == [], "nobody put it on file"
    again = heard(by_bridge, reading(5, minute, sensor="fridge"))
    assert row(minute, said=again, device=named).sensors == {"fridge": Presence.QUIET}


def test_what_came_late_says_nothing_of_who_is_there_now() -> None:
    minute = NOON + timedelta(minutes=1)
    there = heard(heard(None, reading(at=minute)), reading(2, minute, sensor="fridge"))
    will = reading(3, minute, type="availability", value=False)
    assert heard(there, replace(will, received_at=NOON)) == there
    assert heard(there, replace(will, sensor="fridge", received_at=NOON)) == there
    gone = heard(there, will)
    assert heard(gone, reading(4, NOON)).is_gone, "an old word, sent again"


def test_what_a_device_says_is_folded_by_receipt_and_its_sensors_stand_apart() -> None:
    first = reading(battery=80.0, at=NOON, data={"mains": True, "rssi": -61, "firmware": "5.1"})
    later = NOON + timedelta(minutes=5)
    of_sensor = reading(2, later, sensor="fridge", room="kitchen", battery=9.0)
    old = reading(3, NOON - DAY, battery=12.0)
    said = heard(heard(heard(None, first), of_sensor), old)
    assert (said.battery, said.mains, said.signal, said.firmware) == (80.0, True, -61.0, "5.1")
    assert said.heard_at == later
    assert said.sensors["fridge"].battery == 9.0
    pressed = heard(said, reading(4, later, kind=ReadingKind.ALARM, type="pendant"))
    assert pressed.pressed_at == later
    withdrawn = heard(said, reading(5, later, kind=ReadingKind.ALARM, type="cancel"))
    assert withdrawn.pressed_at is None, "a withdrawal is no test"
    gone = heard(said, reading(6, later + DAY, data={"will": True}))
    assert gone == replace(said, is_gone=True), "said for it, it is no word of its own"
    for number in range(200):
        said = heard(said, reading(10 + number, later, sensor=f"s-{number}"))
    assert len(said.sensors) == 64


def test_enrolment_is_told_as_it_stands() -> None:
    claim = Claim(
        org="oak", claim="c", device="hub-7", made_at=NOON, made_by="tec-1", expires_at=NOON + DAY
    )
    used = replace(claim, used_at=NOON)
    done = replace(used, presses=(Press("t", NOON),), completed_at=NOON)
    pressed = heard(None, reading(kind=ReadingKind.ALARM, type="pendant"))
    assert row().enrolment is Enrolment.BY_HAND
    assert row(said=pressed).enrolment is Enrolment.COMPLETE, "a real activation counts"
    assert row(claim=claim).enrolment is Enrolment.WAITING
    assert row(NOON + DAY, claim=claim).enrolment is Enrolment.LAPSED
    assert row(claim=used, said=pressed).enrolment is Enrolment.TESTING, "its receipt is missing"
    assert row(claim=done).enrolment is Enrolment.COMPLETE
    gone = row(claim=done, withdrawn_at=NOON)
    assert gone.enrolment is Enrolment.WITHDRAWN
    assert shown([gone], Shown.WORK, NOON) == []
    assert shown([gone], Shown.ALL, NOON) == [gone]


def test_a_credential_that_ends_is_told_at_60_30_7_days_and_when_it_has() -> None:
    ends_at = NOON + 61 * DAY
    told: dict[str, int] = {}
    for day in range(80):
        now = NOON + day * DAY
        said = heard(None, reading(kind=ReadingKind.ALARM, type="pendant", at=now))
        for signal in warnings("oak", [row(now, ends_at=ends_at, said=said)], now):
            told.setdefault(signal.id, day)
    assert list(told.values()) == [1, 31, 54, 61]
    (last,) = warnings("oak", [row(ends_at=NOON, said=said)], NOON)
    assert last.why == (
        "The certificate of hub-7 has ended (2026-03-10): it is still heard; issue a new one now."
    )


def test_test_calls_are_asked_for_once_a_week_and_any_activation_counts() -> None:
    asked = {
        signal.id
        for day in range(60)
        for signal in warnings("oak", [row(NOON + day * DAY)], NOON + day * DAY)
    }
    assert sorted(asked) == ["tests-due-2026-17", "tests-due-2026-18", "tests-due-2026-19"]
    lately = NOON + 20 * DAY
    pressed = heard(None, reading(at=lately, kind=ReadingKind.ALARM, type="smoke"))
    assert warnings("oak", [row(NOON + 59 * DAY, said=pressed)], NOON + 59 * DAY) == []


def test_the_inbox_holds_what_nobody_took_in() -> None:
    bridge = replace(HUB, settings={
        "bridge": {"dialects": ["zigbee2mqtt"], "sensors": {"fridge": {}}}, "adopted": {"0x2": "b"},
    })  # fmt: skip
    offers = [
        UnknownDevice(
            org="oak", device="hub-7", id=name, home="home-7", name=name, type="contact",
            model="", maker="", first_at=NOON, last_at=NOON, times=1,
        )
        for name in ("fridge", "0x2", "0x3")
    ]  # fmt: skip
    stray = Equipment(org="oak", device="stray-55", home="unknown-home", heard_at=NOON)
    found = strays([bridge], offers, {"stray-55": stray})
    assert [each.id for each in found.offers] == ["0x3"]
    assert found.units == [stray]
    unit = replace(HUB, device="unit-5", settings={"careline": {"controller": "55"}})
    assert strays([bridge, unit], [], {"stray-55": stray}).units == []


def test_what_is_left_to_convert_by_scheme_and_exchange() -> None:
    homes = [
        Home(org="oak", home=f"home-{n}", address="", time_zone="Europe/London", scheme=scheme)
        for n, scheme in enumerate(("elms", "elms", None))
    ]
    services = [
        Service(
            device=replace(HUB, device=f"d-{n}", home=f"home-{n % 3}", line=line, exchange="Poole"),
            added_at=NOON, began_at=NOON, withdrawn_at=None,
        )
        for n, line in enumerate(("analogue", "digital", None, "analogue", "digital"))
    ]  # fmt: skip
    found = lines([*services, replace(services[0], withdrawn_at=NOON)], homes)
    assert [(each.scheme, each.analogue, each.digital, each.unknown, each.homes_left)
            for each in found] == [("", 0, 0, 1, 1), ("elms", 2, 2, 0, 1)]  # fmt: skip
