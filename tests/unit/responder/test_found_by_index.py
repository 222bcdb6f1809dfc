"""However long the past is: what the desk asks and what is forgotten is found, and not sought.

A large county has some 60,000 alerts a month, kept for seven years.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine, ForeignKeyConstraint, Table, event

from responder.store import Reads, tables
from telecare.settings import Settings
from telecare.store.migrate import open_database
from telecare.vocabulary import Outcome
from tests.harness.duty import ORG, Duty
from tests.harness.world import world
from tests.stories.test_keeping import keep, moves


def begins_an_index(table: Table, columns: set[str]) -> bool:
    whole = [each for each in table.indexes if each.dialect_options["sqlite"]["where"] is None]
    keys = [list(table.primary_key.columns), *(list(each.columns) for each in whole)]
    return any({part.name for part in key[: len(columns)]} == columns for key in keys)


def test_what_hangs_on_a_row_that_goes_is_found_by_an_index() -> None:
    """Both databases look for it with every row that is deleted; on SQLite nobody else writes
    meanwhile.
    """
    sought = [
        f"{table.name}: {', '.join(each.column_keys)}"
        for table in tables.metadata.tables.values()
        for each in table.constraints
        if isinstance(each, ForeignKeyConstraint)
        and not begins_an_index(table, set(each.column_keys))
    ]
    assert sought == []


def test_an_evening_and_a_night_look_through_no_table(sqlite_settings: Settings) -> None:
    """Of what grows with the years: whatever many homes say in one moment, and what is erased."""
    plans: dict[str, list[str]] = {}

    def explain(connection: Any, _cursor: Any, statement: str, values: Any, *rest: Any) -> None:
        many = rest[-1]
        if statement not in plans and not many and _GROWS.search(statement):
            driver = connection.connection.driver_connection
            found = driver.execute(f"EXPLAIN QUERY PLAN {statement}", values)
            plans[statement] = [row[3] for row in found]

    with world(sqlite_settings) as county:
        for number in (1, 2, 3):
            county.home(number, "daughter", at=(50.75, -2.44))
        county.team("valley", "ann", "bob", at=(50.76, -2.44))
        keep(county)
        event.listen(Engine, "before_cursor_execute", explain)
        county.leases.take_back(county.clock.now())  # every start begins with it
        for number in (1, 2, 3):
            moves(county, number)
            Duty.press(county, f"home-{number}")
        county.settle()
        county.forward(minutes=4)
        desk = county.operator()
        for number in (1, 2, 3):
            desk.claims(number)
            desk.sends(number)
            Duty.press(county, f"home-{number}")
        county.settle()
        for number in (1, 2, 3):
            desk.closes(number, Outcome.HELPED_BY_TALKING)
        county.days_pass(3000)
        keep(county)
        event.remove(Engine, "before_cursor_execute", explain)
    scans = {
        (line, statement)
        for statement, plan in plans.items()
        for line in plan
        if _SCAN.match(line) and "_ready" not in line and "_due" not in line
    }
    assert not scans


_TABLES = "alert|signal|wording|link|outbox|dispatch|record_entry|lane_record|lane_once|lane_home"
_GROWS, _SCAN = re.compile(rf"\b({_TABLES})\b"), re.compile(rf"SCAN ({_TABLES})\b")


@pytest.mark.parametrize(
    ("ask", "by"),
    [
        (lambda reads: reads.wordings(ORG, "alert-1"), "alert"),
        (lambda reads: reads.resolved(ORG, home="home-7"), "home"),
        (lambda reads: reads.home_alerts(ORG, "home-7"), "home"),
        (lambda reads: reads.all_home_signals(ORG, "home-7"), "home"),
        (lambda reads: reads.signals(ORG, "alert-1"), "alert"),
        (lambda reads: reads.messages(ORG, "alert-1"), "alert"),
        (lambda reads: reads.entries(ORG, alert="alert-1"), "alert"),
        (lambda reads: reads.resolved(ORG), "org"),
    ],
)
def test_what_the_desk_asks_is_found_by_an_index(
    sqlite_settings: Settings, ask: Callable[[Reads], Any], by: str
) -> None:
    plans: list[str] = []

    def explain(connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        driver = connection.connection.driver_connection
        plans.extend(row[3] for row in driver.execute(f"EXPLAIN QUERY PLAN {statement}", values))

    own = open_database(sqlite_settings, "responder")
    event.listen(own.engine, "before_cursor_execute", explain)
    ask(Reads(own))
    event.remove(own.engine, "before_cursor_execute", explain)
    own.close()
    assert f"{by}=?" in plans[0], plans
