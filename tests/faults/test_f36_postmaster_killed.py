"""F36: PostgreSQL itself is killed in the midst of our work: it is done once, or not begun."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, event
from sqlalchemy.exc import DBAPIError

from responder.seeing.looks import chain_report
from telecare.errors import StoreUnavailable
from telecare.settings import Settings
from telecare.store.migrate import migrate, open_database
from telecare.store.session import OWNERS
from tests.harness.duty import ORG
from tests.harness.postgres import Cluster
from tests.harness.world import World, world
from tests.stories.test_keeping import case, keep, moves, nights, readings


@contextmanager
def killed(cluster: Cluster, at: str, number: int) -> Iterator[Callable[[], bool]]:
    """At the `number`th statement (or the `number`th commit) from now on the server is killed;
    yields whether that has happened.
    """
    left = number

    def one(*_: Any) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            cluster.kill()

    event.listen(Engine, at, one)
    try:
        yield lambda: left <= 0
    finally:
        event.remove(Engine, at, one)


@pytest.mark.parametrize("at", ["before_cursor_execute", "commit"])
def test_a_night_of_forgetting_goes_on_where_it_was(
    cluster: Cluster, sqlite_settings: Settings, at: str
) -> None:
    settings = sqlite_settings.model_copy(update={"database_url": SecretStr(cluster.url)})
    migrate(settings)
    with world(settings) as county:
        county.home(7, "daughter")
        moves(county, 7)
        alert = case(county, 7)
        keep(county)
        deaths = 0
        for number in (3, 6, 12, 24, 48):
            with killed(cluster, at, number) as happened:
                tries = 0
                while not happened() and tries < 3:
                    tries += 1
                    try:
                        nights(county, 900)
                    except StoreUnavailable:
                        keep(county)
                deaths += happened()
        assert deaths >= 3, "it was killed in the midst of it"
        nights(county, 900)
        assert readings(county, 7) == 0
        assert county.reads.alerts(ORG, [alert]) == []
        told = [e.detail for e in county.reads.entries(ORG) if e.act == "forgotten"]
        assert sum(int(each.get("cases") or 0) for each in told) == 1
        assert chain_report(county.reads, ORG).whole
        county.home(8, "son")
        county.press("pendant-8")
        assert len(county.alerts(8)) == 1, "and the duty goes on as the process it is"


def test_tables_half_migrated_are_migrated_by_the_next_try(
    cluster: Cluster, sqlite_settings: Settings
) -> None:
    settings = sqlite_settings.model_copy(update={"database_url": SecretStr(cluster.url)})
    for number in (2, 40, 120, 300):
        with (
            killed(cluster, "before_cursor_execute", number) as happened,
            pytest.raises((StoreUnavailable, DBAPIError)),
        ):
            migrate(settings)
        assert happened()
    migrate(settings)
    for owner in OWNERS:
        open_database(settings, owner).close()
    with world(settings) as county:
        assert isinstance(county, World)
        county.home(7, "daughter")
        county.press("pendant-7")
        assert len(county.alerts(7)) == 1
