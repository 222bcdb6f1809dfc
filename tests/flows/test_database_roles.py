"""Services under the roles of `deploy/postgresql/roles.sql`: each does its work, and no more."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr
from sqlalchemy import make_url
from sqlalchemy.exc import ProgrammingError

from telecare.clock import HandClock
from telecare.messages import Signal
from telecare.register import open_register
from telecare.settings import Settings
from telecare.store.lane import LaneReader, LaneWriter
from telecare.store.migrate import open_database
from telecare.vocabulary import Outcome, SignalKind
from tests.harness.duty import ORG, Duty, Mailbag, furnish, operator

ROLES = Path(__file__).parents[2] / "deploy" / "postgresql" / "roles.sql"
OWNERS = ("gateway", "detectors", "responder")

pytestmark = pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)


def plain(settings: Settings) -> str:
    """The database's URL as psycopg itself reads it."""
    assert settings.database_url is not None
    url = make_url(settings.database_url.get_secret_value())
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


@pytest.fixture
def as_owner(settings: Settings, clock: HandClock) -> Iterator[dict[str, Settings]]:
    """The installation as each service sees it, by owner."""
    assert settings.database_url is not None
    url = make_url(settings.database_url.get_secret_value())
    register = open_register(settings, clock)
    furnish(register)
    register.close()
    with psycopg.connect(plain(settings), autocommit=True) as connection:
        connection.execute(ROLES.read_bytes())
        try:
            yield {
                owner: settings.model_copy(
                    update={
                        "database_url": SecretStr(
                            url.set(username=f"telecare_{owner}").render_as_string(
                                hide_password=False
                            )
                        )
                    }
                )
                for owner in OWNERS
            }
        finally:
            for owner in OWNERS:
                connection.execute(f"DROP OWNED BY telecare_{owner}".encode())
                connection.execute(f"DROP ROLE telecare_{owner}".encode())


def test_what_an_upgrade_adds_is_granted_by_running_the_roles_again(
    as_owner: dict[str, Settings], settings: Settings
) -> None:
    with psycopg.connect(plain(settings), autocommit=True) as connection:
        connection.execute("CREATE TABLE gateway.added_by_an_upgrade (id integer)")
        connection.execute(ROLES.read_bytes())
    gateway = open_database(as_owner["gateway"], "gateway")
    with gateway.begin() as connection:
        connection.exec_driver_sql("INSERT INTO added_by_an_upgrade VALUES (1)")
    gateway.close()


def said(settings: Settings, owner: str, clock: HandClock) -> None:
    """The owner writes a signal into its own lane."""
    database = open_database(settings, owner)
    signal = Signal(
        id=f"{owner}-1", org=ORG, home="home-1", kind=SignalKind.ALARM, type="pendant",
        occurred_at=clock.now(), raised_at=clock.now(), why="Pressed.", source=owner,
        explicit=True,
    )  # fmt: skip
    with database.begin() as connection:
        LaneWriter(f"{owner}-1").append(connection, [signal])
    database.close()


def test_a_press_is_heard_closed_learnt_from_and_in_time_forgotten(
    as_owner: dict[str, Settings], clock: HandClock
) -> None:
    for owner in ("gateway", "detectors"):
        said(as_owner[owner], owner, clock)
    world = Duty(as_owner["responder"], clock, HandClock(clock.now()), Mailbag())
    world.settle()
    alert = world.only().id
    world.desk.claim(operator(), alert)
    world.desk.resolve(operator(), alert, Outcome.TEST_CALL, "All is well.")
    learns = open_database(as_owner["detectors"], "responder")
    assert [record.lane for record in LaneReader(learns).read("responder-1", 0, 10)]
    keeping = world.responder.keeping
    keeping.step()
    world.days_pass(4000)
    while keeping.step():
        pass
    for database in world.responder.databases[1:]:
        (lane,) = LaneReader(database).lanes()
        assert not LaneReader(database).read(lane, 0, 10), "forgotten"
    assert world.desk.verify_chain(ORG).whole
    for statement in ("UPDATE record_entry SET actor = 'x'", "DELETE FROM record_entry"):
        with pytest.raises(ProgrammingError, match="permission denied"), world.own.begin() as c:
            c.exec_driver_sql(statement)
    with pytest.raises(ProgrammingError, match="permission denied"), learns.read() as connection:
        connection.exec_driver_sql("SELECT * FROM alert")
    learns.close()
    world.responder.close()
