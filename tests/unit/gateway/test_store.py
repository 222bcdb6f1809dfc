"""The one transaction that makes messages safe, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from gateway.clients.store import ClientReader
from gateway.decoders.native import decode
from gateway.dialects import Interpreter
from gateway.identity import Identity
from gateway.intake import Arrival, Intake, take_in, take_in_dialect
from gateway.sessions.notes import (
    Came,
    Ended,
    Gone,
    Held,
    KeptSession,
    Left,
    Owed,
    Posted,
    Received,
    SessionKey,
    Swept,
)
from gateway.sessions.store import SessionReader
from gateway.store import BrokerSession, BrokerSessions, GatewayStore, QuarantineReader
from gateway.store import commit as store_module
from gateway.store import set_aside as set_aside_module
from gateway.timestamps import Tolerance
from telecare.clock import HandClock
from telecare.settings import Settings
from telecare.store.migrate import open_database
from telecare.vocabulary import QuarantineReason, SignalKind
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
    return take_in(Arrival(HUB, kind, payload, moment), decode, Tolerance())


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
    assert store.commit([intake(first), intake(later, seconds=120)]) == [True, False]
    assert store.commit([intake(later, seconds=125)]) == [True]  # repeated until its receipt
    assert len(world.readings()) == 2
    assert [signal.why for signal in world.signals()] == [
        "Pendant pressed.",
        "Pendant pressed, with a number the device had used before.",
        "A device uses numbers of earlier messages again, as after a flat battery.",
    ]


def presses(world: World) -> list[str]:
    return [signal.type for signal in world.signals() if signal.explicit]


def test_without_a_device_time_only_a_long_pause_makes_it_another_press(
    store: GatewayStore, world: World
) -> None:
    store.commit([intake(PRESS)])
    store.commit([intake(PRESS, seconds=3600)])
    assert len(presses(world)) == 1
    store.commit([intake(PRESS, seconds=3 * 3600)])
    store.commit([intake(PRESS, seconds=3 * 3600 + 5)])
    assert len(presses(world)) == 2


def test_every_press_with_the_number_of_a_mere_reading_is_heard(
    store: GatewayStore, world: World
) -> None:
    """One counter for all that a device says, and a battery that was changed twice."""
    store.commit([intake(b'{"id": "5", "type": "motion"}', "reading")])
    for day in (10, 11):
        press = b'{"id": "5", "type": "pendant", "at": "2026-03-%dT03:00:00Z"}' % day
        moment = (day - 10) * 24 * 3600 + 400
        assert store.commit([intake(press, seconds=moment)]) == [False]
        assert store.commit([intake(press, seconds=moment + 5)]) == [True]
    assert presses(world) == ["pendant", "pendant"]
    assert len(world.readings()) == 3


@pytest.mark.parametrize("at", ["", ', "at": "2026-03-10T02:53:00Z"'])
def test_what_another_sensor_or_room_cries_is_another_call(
    store: GatewayStore, world: World, at: str
) -> None:
    pendant, smoke, upstairs = (
        f'{{"id": "1"{at}, {said}}}'.encode()
        for said in ('"type": "pendant"', '"type": "smoke"', '"type": "smoke", "room": "loft"')
    )
    store.commit([intake(pendant), intake(smoke), intake(upstairs)])
    assert store.commit([intake(each, seconds=9) for each in (upstairs, smoke, pendant)]) == [
        True,
        True,
        True,
    ]
    assert presses(world) == ["pendant", "smoke", "smoke"]


def test_a_window_of_another_time_is_another_window(store: GatewayStore, world: World) -> None:
    """A watch that began to count anew: what it says now must be judged for falls."""
    window = b'{"id": "5", "at": "2026-03-%dT02:53:00Z", "hz": 32, "xyz_mg": [[0, 0, 1000]]}'
    store.commit([intake(window % 10, "acceleration")])
    tomorrow = intake(window % 11, "acceleration", seconds=24 * 3600)
    assert store.commit([tomorrow, tomorrow]) == [False, True]
    assert store.commit([tomorrow]) == [True]
    assert [reading.at and reading.at.day for reading in world.readings()] == [10, 11]
    assert [signal.type for signal in world.signals()] == ["counts_anew"]


def test_a_unit_in_trouble_that_says_so_again_is_not_in_danger(
    store: GatewayStore, world: World
) -> None:
    """A careline unit's malfunction (TeleAlarm), with its reference of an hour ago."""
    trouble = b"<mrq><ref>l1</ref><cid>999998</cid><dty>2</dty><mty>ME</mty><stc>67</stc></mrq>"
    for seconds in (0, 7200):
        moment = RECEIVED + timedelta(seconds=seconds)
        arrival = Arrival(HUB, "message", trouble, moment, dialect="scaip")
        store.commit(take_in_dialect(arrival, Interpreter(), Tolerance()))
    assert {signal.kind for signal in world.signals()} == {SignalKind.EQUIPMENT}
    assert [signal.type for signal in world.signals()].count("malfunction") == 2


def test_a_withdrawn_pendant_is_shown_as_such_under_any_number(
    store: GatewayStore, world: World
) -> None:
    store.commit([intake(PRESS)])
    late = Arrival(HUB, "alarm", PRESS, RECEIVED + timedelta(hours=3), withdrawn=True)
    store.commit([take_in(late, decode, Tolerance())])
    assert "whose access was withdrawn" in world.signals()[1].why


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
    monkeypatch.setattr(set_aside_module, "KEPT_PER_DEVICE", 5)
    before = RECEIVED - timedelta(days=1)
    for other in (Identity("elm", "home-7", "hub-7"), Identity("oak", "home-7", "hub-8")):
        store.commit([take_in(Arrival(other, "reading", b"theirs", before), decode, Tolerance())])
    for second in range(12):
        store.commit([intake(b"nonsense %d" % second, "reading", seconds=second)])
    assert [row.payload for row in world.quarantine()] == [
        *(b"nonsense %d" % second for second in (11, 10, 9, 8, 7)), *[b"theirs"] * 2,
    ], "of it alone what is oldest gives way"  # fmt: skip


def test_quarantine_is_looked_at_by_organisation(store: GatewayStore, settings: Settings) -> None:
    elm = Identity("elm", "home-1", "hub-1")
    store.commit(
        [intake(b"a"), take_in(Arrival(elm, "alarm", b"b", RECEIVED), decode, Tolerance())]
    )
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


def test_clients_brokers_and_hubs_of_one_name_in_two_organisations_have_nothing_of_one_another(
    store: GatewayStore, settings: Settings
) -> None:
    database = open_database(settings, "gateway")
    reader, brokers = SessionReader(database), BrokerSessions(database)
    oak, elm = (
        KeptSession(SessionKey(org, "hub-7", "c"), f"epoch-{org}", 3600) for org in ("oak", "elm")
    )
    for lane, each in (("gateway-1", oak), ("gateway-2", elm)):
        holder = f"{lane}-c"
        store.commit([Intake(note=Held(each, holder, RECEIVED, is_new=True))])
        store.commit([Intake(note=Came(each.key, holder, RECEIVED))])
        assert ClientReader(database, lane).session_here(each.key) == each.epoch
    assert ClientReader(database, "gateway-1").ousted() == []
    receipt = Owed(1, "down/receipt", b"{}", RECEIVED + timedelta(hours=1))
    store.commit([Intake(note=Posted(oak.key, oak.epoch, receipt))])
    found = [reader.find(each.key, RECEIVED) for each in (oak, elm)]
    assert [each and (each.session, each.owed) for each in found] == [(oak, (receipt,)), (elm, ())]
    store.commit([Intake(note=Gone(oak.key, "gateway-1-c")), Intake(note=Ended(oak.key, RECEIVED))])
    assert reader.find(elm.key, RECEIVED)
    assert ClientReader(database, "gateway-2").session_here(elm.key) == elm.epoch
    for org, lost in (("oak", 3), ("elm", 8)):
        brokers.put(org, "county", BrokerSession(RECEIVED, {"dropped": lost}))
    assert brokers.forget("oak", "county")
    kept = brokers.get("elm", "county")
    assert kept is not None
    assert kept.dropped == {"dropped": 8}
    database.close()


def test_a_line_that_is_cut_late_ends_no_session_that_another_has_by_now(
    store: GatewayStore, settings: Settings
) -> None:
    """The client came in anew over a second line; the first was half open until now."""
    session = KeptSession(SessionKey("oak", "hub-7", "c"), "epoch-1", 3600)
    for note in (
        Held(session, "older", RECEIVED, is_new=True),
        Held(session, "newer", RECEIVED, is_new=False),
        Left(session, "older", RECEIVED),
    ):
        store.commit([Intake(note=note)])
    database = open_database(settings, "gateway")
    reader, tomorrow = SessionReader(database), RECEIVED + timedelta(days=1)
    assert reader.find(session.key, tomorrow), "its client is there"
    store.commit([Intake(note=Left(session, "newer", RECEIVED))])
    assert reader.find(session.key, tomorrow) is None
    database.close()


def test_what_a_gateway_left_at_its_start_is_its_own_and_not_that_of_one_whose_name_begins_alike(
    store: GatewayStore, settings: Settings
) -> None:
    """Eleven gateways on one port: the first begins anew beside the tenth."""
    session = KeptSession(SessionKey("oak", "hub-7", "c"), "epoch-1", 3600)
    tenth, first = "gateway-10-c1", "gateway-1-c2"
    notes = (
        Held(session, tenth, RECEIVED, is_new=True),
        Came(session.key, tenth, RECEIVED),
        Swept(RECEIVED, "gateway-1"),
    )
    for note in notes:
        store.commit([Intake(note=note)])
    database = open_database(settings, "gateway")
    tomorrow = RECEIVED + timedelta(days=1)
    assert SessionReader(database).find(session.key, tomorrow), "its client is still there"
    store.commit([Intake(note=Came(session.key, first, RECEIVED))])
    ousted = {
        lane: [each.parted.holder for each in ClientReader(database, lane).ousted()]
        for lane in ("gateway-10", "gateway-1")
    }
    database.close()
    assert ousted == {"gateway-10": [tenth], "gateway-1": []}


def test_what_a_qos_2_message_states_is_stored_together_and_once(
    store: GatewayStore, world: World
) -> None:
    """A smoke alarm that also tells the temperature: two statements, one number."""
    session = KeptSession(SessionKey("oak", "hub-7", "c"), "epoch-1", 3600)
    store.commit([Intake(note=Held(session, "holder-1", RECEIVED, is_new=True))])
    came = Received(session.key, session.epoch, 9)
    payload = b'{"smoke": true, "temperature": 21.5}'

    def stated(at: datetime) -> list[Intake]:
        arrival = Arrival(HUB, "kitchen", payload, at, dialect="zigbee2mqtt", note=came)
        return take_in_dialect(arrival, Interpreter(), Tolerance())

    assert store.commit(stated(RECEIVED)) == [False, False]
    assert store.commit(stated(RECEIVED + timedelta(minutes=3))) == [True, True]
    assert [reading.type for reading in world.readings()] == ["smoke", "temperature"]
    assert [signal.type for signal in world.signals()] == ["smoke"]
