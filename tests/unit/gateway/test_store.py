"""The one transaction that makes messages safe, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from gateway import store as store_module
from gateway.decoders.native import decode
from gateway.dialects import Interpreter
from gateway.identity import Identity
from gateway.intake import Arrival, Intake, take_in, take_in_dialect
from gateway.sessions.notes import Held, KeptSession, Received, SessionKey
from gateway.store import GatewayStore, QuarantineReader
from gateway.timestamps import TOLERANCE
from telecare.clock import HandClock
from telecare.settings import Settings
from telecare.store.migrate import open_database
from telecare.vocabulary import QuarantineReason
from tests.harness.door import World, world_of

RECEIVED = datetime(2026, 3, 10, 2, 53, 10, tzinfo=UTC)
HUB = Identity("oak", "home-7", "hub-7")


@pytest.fixture
def world(settings: Settings, clock: HandClock) -> Iterator[World]:
    with world_of(settings, clock) as made:
        yield made


@pytest.fixture
def store(settings: Settings) -> Iterator[GatewayStore]:
    database = open_database(settings, "gateway")
    yield GatewayStore(database, "gateway-1")
    database.close()


def intake(payload: bytes, kind: str = "alarm", *, seconds: int = 0) -> Intake:
    moment = RECEIVED + timedelta(seconds=seconds)
    return take_in(Arrival(HUB, kind, payload, moment), decode, TOLERANCE)


PRESS = b'{"id": "p-1", "type": "pendant"}'


def test_reading_signal_and_quarantine_are_safe_together(store: GatewayStore, world: World) -> None:
    assert store.commit([intake(PRESS), intake(b"nonsense")]) == [False, False]
    assert [type(record).__name__ for record in world.records()] == ["Reading", "Signal", "Signal"]
    (row,) = world.quarantine()
    assert (row.org, row.device, row.home, row.kind) == ("oak", "hub-7", "home-7", "alarm")
    assert (row.reason, row.payload, row.size) == (QuarantineReason.NOT_JSON, b"nonsense", 8)


def test_a_repeat_is_told_and_changes_nothing(store: GatewayStore, world: World) -> None:
    other = intake(b'{"id": "m-1", "type": "motion"}', "reading")
    assert store.commit([intake(PRESS)]) == [False]
    assert store.commit([other, intake(PRESS), other]) == [False, True, True]
    assert len(world.readings()) == 2
    assert len(world.signals()) == 1


def test_a_press_with_the_number_of_an_earlier_one_is_heard(
    store: GatewayStore, world: World
) -> None:
    """A pendant that counts from one again after its battery was changed."""
    first = b'{"id": "1", "type": "pendant", "at": "2026-03-10T02:53:00Z"}'
    later = b'{"id": "1", "type": "pendant", "at": "2026-03-10T02:55:00Z"}'
    assert store.commit([intake(first)]) == [False]
    assert store.commit([intake(first), intake(later, seconds=120)]) == [True, True]
    assert store.commit([intake(later, seconds=125)]) == [True]  # repeated until its receipt
    assert len(world.readings()) == 1
    assert [signal.why for signal in world.signals()] == [
        "Pendant pressed.",
        "Pendant pressed, with the number of an earlier alarm.",
    ]


def test_without_a_device_time_only_a_long_pause_makes_it_another_press(
    store: GatewayStore, world: World
) -> None:
    store.commit([intake(PRESS)])
    store.commit([intake(PRESS, seconds=3600)])
    assert len(world.signals()) == 1
    store.commit([intake(PRESS, seconds=3 * 3600)])
    store.commit([intake(PRESS, seconds=3 * 3600 + 5)])
    assert len(world.signals()) == 2


def test_a_press_with_the_number_of_a_mere_reading_is_heard(
    store: GatewayStore, world: World
) -> None:
    store.commit([intake(b'{"id": "p-1", "type": "motion"}', "reading")])
    store.commit([intake(PRESS)])
    assert len(world.signals()) == 1


def test_unreadable_bytes_are_another_call_when_they_come_again_later(
    store: GatewayStore, world: World
) -> None:
    store.commit([intake(b"nonsense"), intake(b"nonsense", seconds=20)])
    assert len(world.signals()) == 1
    store.commit([intake(b"nonsense", seconds=24 * 3600)])
    assert len(world.signals()) == 2


def test_the_same_bytes_are_counted_and_kept_once(store: GatewayStore, world: World) -> None:
    for second in range(3):
        store.commit([intake(b"nonsense", seconds=second)])
    (row,) = world.quarantine()
    assert row.times == 3
    assert row.last_at - row.first_at == timedelta(seconds=2)
    assert len(world.signals()) == 1


def test_one_babbling_device_cannot_fill_the_disk(
    store: GatewayStore, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "KEPT_PER_DEVICE", 5)
    for second in range(12):
        store.commit([intake(b"nonsense %d" % second, "reading", seconds=second)])
    assert [row.payload for row in world.quarantine()] == [
        b"nonsense %d" % second for second in (11, 10, 9, 8, 7)
    ]


def test_quarantine_is_looked_at_by_organisation(store: GatewayStore, settings: Settings) -> None:
    elm = Identity("elm", "home-1", "hub-1")
    store.commit([intake(b"a"), take_in(Arrival(elm, "alarm", b"b", RECEIVED), decode, TOLERANCE)])
    database = open_database(settings, "gateway")
    assert [row.payload for row in QuarantineReader(database).newest("elm")] == [b"b"]
    assert [row.payload for row in QuarantineReader(database).newest("ash")] == []
    database.close()


def test_nothing_of_a_failed_commit_is_there(
    store: GatewayStore, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: str) -> None:
        raise RuntimeError

    monkeypatch.setattr(store_module, "crash_at", fail)
    with pytest.raises(RuntimeError):
        store.commit([intake(PRESS), intake(b"nonsense")])
    assert world.records() == []
    assert world.quarantine() == []


def test_what_a_qos_2_message_states_is_stored_together_and_once(
    store: GatewayStore, world: World
) -> None:
    """A smoke alarm that also tells the temperature: two statements, one number."""
    session = KeptSession(SessionKey("oak", "hub-7", "c"), "epoch-1", 3600)
    store.commit([Intake(note=Held(session, "holder-1", RECEIVED, is_new=True))])
    came = Received(session.key, session.epoch, 9)
    payload = b'{"smoke": true, "temperature": 21.5}'
    arrival = Arrival(HUB, "kitchen", payload, RECEIVED, dialect="zigbee2mqtt", note=came)
    stated = take_in_dialect(arrival, Interpreter(), TOLERANCE)
    assert store.commit(stated) == [False, False]
    again = take_in_dialect(arrival, Interpreter(), TOLERANCE)
    assert store.commit(again) == [True, True]
    assert [reading.type for reading in world.readings()] == ["smoke", "temperature"]
    assert [signal.type for signal in world.signals()] == ["smoke"]
