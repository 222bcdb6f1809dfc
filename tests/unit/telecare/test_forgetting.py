"""What is forgotten or erased is one home's: not the neighbour's, not what is younger, not what the
law holds.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import Boolean, Column, LargeBinary, insert, select

from telecare.clock import HandClock
from telecare.messages import Reading
from telecare.register import Register
from telecare.register.people import Person
from telecare.retention import CLASSES, DAYS, DataClass
from telecare.store import forgetting, stones
from telecare.store.forgetting import Databases
from telecare.store.lane import LaneWriter
from telecare.store.migrate import metadata_of
from telecare.store.session import OWNERS, Database
from telecare.store.types import Json, UtcTime
from telecare.vocabulary import ReadingKind, Role
from tests.conftest import NIGHT

OURS, NEIGHBOUR = "north", "south"
CUT_OFFS = dict.fromkeys(DAYS, NIGHT + timedelta(days=1))
OF_LANES = {"lane_record", "lane_once", "lane_home", "lane_mark", "lane_sheaf"}
LASTING = {DataClass.RECORD, DataClass.PLATFORM, DataClass.ON_FILE}


class Kept:
    """What one home of one organisation left in one night, in every table."""

    def __init__(
        self, databases: Databases, org: str, home: str, later: timedelta = timedelta()
    ) -> None:
        self.org, self.home, self.at = org, home, NIGHT + later
        self.mark = f"{org}.{home}.{self.at:%d-%H}"
        self._databases = databases

    def fill(self, register: Register) -> None:
        said = Reading(
            org=self.org, home=self.home, device=self.mark, id=self.mark, type="motion",
            kind=ReadingKind.READING, occurred_at=self.at, received_at=self.at,
        )  # fmt: skip
        for owner in ("gateway", "detectors", "responder"):
            with self._databases[owner].begin() as connection:
                LaneWriter(f"{owner}-1").append(connection, [said])
                for table in metadata_of(owner).sorted_tables:
                    if "org" not in table.c or table.name in OF_LANES:
                        continue
                    row = {each.name: self._value(each) for each in table.c}
                    key = [each == row[each.name] for each in table.primary_key]
                    if connection.execute(select(table).where(*key)).first() is None:
                        connection.execute(insert(table).values(row))
                    if table.name in ("signal", "outbox"):  # of no alert
                        row |= {"alert": None, [*table.primary_key][-1].name: f"{self.mark}.alone"}
                        connection.execute(insert(table).values(row))
        person = Person(
            org=self.org, person=self.mark.replace(".", "-"), username=self.mark, name="Ann",
            role=Role.OPERATOR,
        )  # fmt: skip
        register.people.add(person, "quiet river under the bridge")
        register.sessions.begin(person, proved=False)
        register.known_browsers.remember(person)

    def _value(self, column: Column[Any]) -> Any:  # noqa: PLR0911 - one for each type
        if column.name in ("org", "home"):
            return getattr(self, column.name)
        if column.name == "next_due_at":
            return None  # all of it is over
        if column.name == "body":
            return msgspec.json.encode({"of": self.mark, "ended_at": self.at})
        if isinstance(column.type, UtcTime):
            return self.at
        if isinstance(column.type, Json):
            return {}
        if isinstance(column.type, LargeBinary):
            return self.mark.encode()
        if isinstance(column.type, Boolean):
            return True
        return self.mark if column.type.python_type is str else 1

    def left(self) -> dict[str, list[str]]:
        """By table, what bears its mark."""
        found = {}
        for owner in OWNERS:
            for table in metadata_of(owner).sorted_tables:
                with self._databases[owner].read() as connection:
                    rows = map(str, connection.execute(select(table)))
                    theirs = sorted(row for row in rows if self._is_mine(row))
                if theirs and table.name not in OF_LANES - {"lane_record"}:
                    found[f"{owner}.{table.name}"] = theirs
        return found

    def _is_mine(self, row: str) -> bool:
        return self.mark in row or self.mark.replace(".", "-") in row


@pytest.fixture
def databases(database: Callable[[str], Database]) -> Databases:
    return {owner: database(owner) for owner in OWNERS}


@pytest.fixture
def county(
    databases: Databases, register: Register, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> dict[str, Kept]:
    """Two organisations with homes of the same names; what is ours and old is to go."""
    for org in (OURS, NEIGHBOUR):
        register.organisations.add_organisation(org, org)
    monkeypatch.setattr(forgetting, "BATCH", 1)
    monkeypatch.setattr(stones, "BATCH", 1)
    kept = {
        "gone": Kept(databases, OURS, "home-1"),
        "gone too": Kept(databases, OURS, "home-1", later=timedelta(hours=1)),
        "held": Kept(databases, OURS, "home-2"),
        "the neighbour's": Kept(databases, NEIGHBOUR, "home-1"),
        "young": Kept(databases, OURS, "home-1", later=timedelta(days=2)),
    }
    for each in sorted(kept.values(), key=lambda kept: kept.at):
        clock.forward(seconds=(each.at - clock.now()).total_seconds())
        each.fill(register)
    return kept


def test_a_night_takes_what_is_old_of_one_organisation_and_of_no_home_the_law_holds(
    databases: Databases, county: dict[str, Kept]
) -> None:
    before = {name: each.left() for name, each in county.items()}
    for _ in forgetting.aged(databases, OURS, CUT_OFFS, {"home-2"}):
        pass
    after = {name: each.left() for name, each in county.items()}
    gone = {name for name in before["gone"] if CLASSES[name] in DAYS}
    assert {CLASSES[name] for name in gone} == set(DAYS), "something of every class was there"
    left = [name for name in gone if name in after["gone"] or name in after["gone too"]]
    assert sorted(left) == []
    for name in ("the neighbour's", "young"):
        assert after[name] == before[name], name
    assert after["held"] == {
        name: rows
        for name, rows in before["held"].items()
        if CLASSES[name] is not DataClass.SIGN_INS
    }, "sign-ins are of no home"


def test_an_erasure_takes_one_home_and_not_the_neighbours_of_the_same_name(
    databases: Databases, county: dict[str, Kept]
) -> None:
    before = {name: each.left() for name, each in county.items()}
    for _ in forgetting.home(databases, OURS, "home-1", NIGHT + timedelta(days=2)):
        pass
    after = {name: each.left() for name, each in county.items()}
    for name in ("gone", "gone too", "young"):
        lasting = {*LASTING, DataClass.SIGN_INS}
        assert {table for table in after[name] if CLASSES[table] not in lasting} == set(), name
    for name in ("the neighbour's", "held"):
        assert after[name] == before[name], name
