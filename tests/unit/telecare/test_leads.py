"""A hub says again what stands in sheaves among thousands of others'."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from telecare.messages import Reading, encode
from telecare.settings import Settings
from telecare.store import leads, sheaf
from telecare.store.lane import LaneReader, LaneWriter
from telecare.store.lane_rows import Key
from telecare.store.migrate import open_database
from telecare.store.session import Database, Seat
from telecare.store.tray import OWN, Tray
from tests.unit.telecare.test_filing import reading

OTHERS = 100


@pytest.fixture
def gateway(sqlite_settings: Settings) -> Iterator[Database]:
    database = open_database(sqlite_settings, "gateway")
    yield database
    database.close()


@pytest.fixture
def neighbour(sqlite_settings: Settings) -> Iterator[Database]:
    database = open_database(sqlite_settings, "gateway")
    yield database
    database.close()


class Storm:
    """A gateway's writer while sheaves come in and nothing is untied."""

    def __init__(self, gateway: Database, lane: str = "gateway-1") -> None:
        self.seat, self.writer = Seat(gateway, OWN), LaneWriter(lane, Tray(lane))
        self._number = 0

    def store(self, *records: Reading) -> list[bool]:
        with self.seat.begin() as connection:
            return [each is not None for each in self.writer.append(connection, records)]

    def others(self) -> list[Reading]:
        self._number += OTHERS
        return [reading(self._number + at) for at in range(OTHERS)]


def kept(number: int) -> Reading:
    return replace(reading(number), device="hub-7", id=f"kept-{number}")


@pytest.fixture
def taken_apart(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Every body that was read to see whose it is."""
    looked: list[bytes] = []

    def counted(body: bytes) -> Key:
        looked.append(body)
        return sheaf.key_of(body)

    monkeypatch.setattr("telecare.store.leads.key_of", counted)
    return looked


def test_a_repeat_is_found_without_reading_the_thousand_beside_it(
    gateway: Database, taken_apart: list[bytes]
) -> None:
    storm = Storm(gateway)
    for number in range(20):
        assert all(storm.store(kept(number), *storm.others()))
    assert not any(storm.store(*map(kept, range(20))))
    assert len(taken_apart) == 20


def test_many_repeats_of_one_sheaf_are_found_in_one_look(
    gateway: Database, taken_apart: list[bytes]
) -> None:
    storm = Storm(gateway)
    others = storm.others()
    assert all(storm.store(*others))
    assert not any(storm.store(*others))
    assert len(taken_apart) == OTHERS


def test_words_that_somebody_elses_fields_hold_are_not_the_message(gateway: Database) -> None:
    storm = Storm(gateway)
    mine = kept(1)
    forger = replace(kept(2), data={"x": {"device": mine.device, "id": mine.id, "y": 1}})
    assert leads.words_of(mine.device, mine.id) in encode(forger)
    assert all(storm.store(forger, mine, *storm.others()))
    assert storm.store(mine, forger) == [False, False]
    with storm.seat.begin() as connection:
        assert storm.writer.stored(connection, "dorset", mine.device, mine.id) == mine


def test_a_neighbours_message_of_the_same_device_and_id_is_another(gateway: Database) -> None:
    storm = Storm(gateway)
    mine = kept(1)
    neighbours = replace(mine, org="devon", room="bathroom")
    assert all(storm.store(neighbours, mine, *storm.others()))
    with storm.seat.begin() as connection:
        found = [
            storm.writer.stored(connection, org, mine.device, mine.id)
            for org in ("dorset", "devon", "somerset")
        ]
    assert found == [mine, neighbours, None]


def test_what_another_gateway_bound_or_wrote_is_found(
    gateway: Database, neighbour: Database
) -> None:
    storm, other = Storm(gateway), Storm(neighbour, "gateway-2")
    few = [kept(1), kept(2)]
    assert all(other.store(kept(0), *other.others()))
    assert all(other.store(*few))
    assert storm.store(kept(0), *few, kept(3)) == [False, False, False, True]
    assert len(LaneReader(gateway).read("gateway-1", 0, 9)) == 1


@given(device=st.text(min_size=1, max_size=9), id_=st.text(min_size=1, max_size=9))
def test_a_reading_holds_its_words_whatever_they_are(device: str, id_: str) -> None:
    assert leads.words_of(device, id_) in encode(replace(reading(1), device=device, id=id_))
