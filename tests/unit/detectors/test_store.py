"""Signals, states and positions are kept together or not at all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from detectors.store import HomeState, Lessons, Store
from telecare.messages import Signal, Verdict
from telecare.store.lane import LaneReader
from telecare.store.session import Database
from telecare.vocabulary import Outcome, SignalKind, Truth

AT = datetime(2026, 3, 10, 2, 53, tzinfo=UTC)
STATE = HomeState({"gateway-1": 7}, {"falls": b"\x01"})
HOME = ("county", "home-1")


def signal(number: int) -> Signal:
    return Signal(
        id=f"s-{number}", org="county", home="home-1", kind=SignalKind.FALL, occurred_at=AT,
        raised_at=AT, why="Because.", source="falls",
    )  # fmt: skip


def test_all_of_a_commit_is_there_afterwards(database: Callable[[str], Database]) -> None:
    own = database("detectors")
    store = Store(own, "detectors-1")
    assert store.positions() == {}
    held = HomeState(STATE.positions, STATE.detectors, [signal(9)])
    assert store.commit([signal(1), signal(2)], {HOME: held}, {"gateway-1": 12}) == 2
    assert store.states() == {HOME: held}
    assert store.positions() == {"gateway-1": 12}
    assert LaneReader(own).head("detectors-1") == 2


def test_what_is_kept_again_replaces_what_was(database: Callable[[str], Database]) -> None:
    store = Store(database("detectors"), "detectors-1")
    store.commit([], {HOME: STATE}, {"gateway-1": 12})
    store.commit([], {HOME: HomeState({}, {})}, {"gateway-1": 13})
    assert store.states() == {HOME: HomeState({}, {})}
    assert store.positions() == {"gateway-1": 13}


def test_what_was_erased_meanwhile_is_not_written_back_and_begins_anew(
    database: Callable[[str], Database],
) -> None:
    own, other = database("detectors"), ("county", "home-2")
    Store(own, "detectors-1").commit([], {HOME: STATE, other: STATE}, {})
    store = Store(own, "detectors-1")
    store.states()
    with own.begin() as connection:
        connection.exec_driver_sql("DELETE FROM home_state WHERE home = 'home-1'")
    newer = HomeState({"gateway-1": 8}, {})
    assert store.commit([signal(1)], {HOME: newer, other: newer}, {"gateway-1": 8}) == 1
    assert store.states() == {other: newer}, "the signal is kept, the state is not"
    store.commit([], {HOME: newer}, {})
    with own.begin() as connection:
        connection.exec_driver_sql("DELETE FROM home_state WHERE home = 'home-2'")
    assert store.erased() == {other}
    assert store.erased() == set()
    store.commit([], {other: newer}, {})
    assert store.states() == {HOME: newer, other: newer}


def test_a_signal_said_before_is_not_said_again(database: Callable[[str], Database]) -> None:
    own = database("detectors")
    store = Store(own, "detectors-1")
    store.commit([signal(1)], {}, {})
    assert store.commit([signal(1), signal(2)], {}, {}) == 1
    assert LaneReader(own).head("detectors-1") == 2


def test_nothing_of_a_commit_that_failed(
    database: Callable[[str], Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    own = database("detectors")
    store = Store(own, "detectors-1")

    def stumble(_: str) -> None:
        raise RuntimeError("struck by lightning")

    monkeypatch.setattr("detectors.store.crash_at", stumble)
    with pytest.raises(RuntimeError, match="lightning"):
        store.commit([signal(1)], {HOME: STATE}, {"gateway-1": 12})
    assert (store.states(), store.positions(), LaneReader(own).head("detectors-1")) == ({}, {}, 0)


def test_what_was_learnt_of_a_neighbours_home_of_the_same_name_is_not_this_homes(
    database: Callable[[str], Database],
) -> None:
    lessons = Lessons(database("detectors"), "rehearsals-1")
    ours = Verdict(
        id="s-1", org="county", home="home-1", alert="alert-1", source="falls", at=AT,
        kind=SignalKind.FALL, truth=Truth.FALSE, outcome=Outcome.FALSE_ALARM, occurred_at=AT,
    )  # fmt: skip
    theirs = replace(ours, org="town", truth=Truth.REAL, outcome=Outcome.AMBULANCE)
    lessons.commit("responder-1", 2, [ours, theirs], [], AT)
    assert lessons.verdicts("county", "home-1", AT) == [ours]
    assert lessons.verdicts("town", "home-1", AT) == [theirs]


def test_a_state_that_cannot_be_read_is_known_to_be_so(database: Callable[[str], Database]) -> None:
    own = database("detectors")
    store = Store(own, "detectors-1")
    store.commit([], {HOME: STATE, ("county", "home-2"): STATE}, {})
    with own.begin() as connection:
        mark = "X'00'" if own.is_sqlite else "'\\x00'::bytea"
        connection.exec_driver_sql(f"UPDATE home_state SET state = {mark} WHERE home = 'home-1'")
    assert store.states() == {HOME: None, ("county", "home-2"): STATE}
