"""F22: what a home's detectors remember is lost, or was written by another version.

It is rebuilt from the readings in the lanes: same readings, same signals, same ids.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from detectors.store import Store
from telecare.clock import HandClock
from telecare.store.session import Database
from tests.harness.judging import LANE, Homes, Judging
from tests.harness.weeks import eventful_weeks, undisturbed

CUT = 1500
"""In the third week: plenty has been learnt, little has been said."""


def played(database: Callable[[str], Database], damage: Callable[[Judging], None]) -> list[str]:
    profile, story = eventful_weeks()
    judging = Judging(database, HandClock(story[0].received_at), Homes(profile))
    judging.arrive(story[:CUT], clock_moves=False)
    judging.work()
    judging.runner.checkpoint()
    damage(judging)
    judging.start()
    judging.arrive(story[CUT:], clock_moves=False)
    judging.work()
    return [signal.id for signal in judging.signals()]


def another_version(judging: Judging) -> None:
    store = Store(judging.own, LANE)
    states = store.states()
    for key, state in states.items():
        assert state is not None
        foreign = dict.fromkeys(state.detectors, b"\x92c\xc0")
        store.commit([], {key: msgspec.structs.replace(state, detectors=foreign)}, {})


def garbage(judging: Judging) -> None:
    with judging.own.begin() as connection:
        mark = "X'00'" if judging.own.is_sqlite else "'\\x00'::bytea"
        connection.exec_driver_sql(f"UPDATE home_state SET state = {mark}")


def everything_lost(judging: Judging) -> None:
    store = Store(judging.own, LANE)
    store.commit([], {}, dict.fromkeys(store.positions(), 0))
    with judging.own.begin() as connection:
        connection.exec_driver_sql("DELETE FROM home_state")


@pytest.mark.parametrize(
    "damage", [another_version, garbage, everything_lost], ids=lambda f: f.__name__
)
def test_rebuilt_it_says_what_it_would_have_said(
    database: Callable[[str], Database], damage: Callable[[Judging], None]
) -> None:
    assert played(database, damage) == [signal.id for signal in undisturbed()]
