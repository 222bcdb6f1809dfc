"""Two organisations on PostgreSQL: where our queries forgot to ask whose, the database asks."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import psycopg
import pytest
from pydantic import SecretStr
from sqlalchemy import MetaData, insert, make_url, select, update
from sqlalchemy.exc import ProgrammingError

from responder.acting.desk import Desk
from responder.store import metadata as duty
from telecare.doctor import examine
from telecare.register import tables as register_tables
from telecare.settings import Settings
from telecare.store import wall
from telecare.store.migrate import metadata_of, migrate, open_database
from telecare.store.session import OWNERS, Database
from telecare.tenancy import Actor
from telecare.vocabulary import Role
from tests.browser.office import Office, open_office
from tests.flows.test_database_roles import OWNERS as ROLES_OF
from tests.flows.test_database_roles import ROLES
from tests.security.neighbours import NEIGHBOUR, OURS, settled

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True),
]


@pytest.fixture
def office(settings: Settings) -> Iterator[Office]:
    """Both organisations with something of everything, under the role of the responder."""
    assert settings.database_url is not None
    url = make_url(settings.database_url.get_secret_value())
    with psycopg.connect(
        url.set(drivername="postgresql").render_as_string(hide_password=False), autocommit=True
    ) as connection:
        connection.execute(ROLES.read_bytes())
        as_responder = url.set(username="telecare_responder").render_as_string(hide_password=False)
        try:
            with open_office(
                settings.model_copy(update={"database_url": SecretStr(as_responder)})
            ) as opened:
                yield opened
        finally:
            for owner in ROLES_OF:
                connection.execute(f"DROP OWNED BY telecare_{owner}".encode())
                connection.execute(f"DROP ROLE telecare_{owner}".encode())


def with_organisations(metadata: MetaData) -> list[str]:
    return [each.name for each in metadata.sorted_tables if "org" in each.c]


def organisations_in(database: Database, table: str) -> set[str]:
    with database.read() as connection:
        found = connection.exec_driver_sql(f'SELECT DISTINCT org FROM "{table}"').scalars()
        return set(found)


async def test_whoever_acts_for_one_sees_and_changes_rows_of_one(office: Office) -> None:
    settled(office)
    held = set()
    for metadata, database in (
        (register_tables.metadata, office.register.database), (duty, office.desk.database),
    ):  # fmt: skip
        for table in with_organisations(metadata):
            there = organisations_in(database, table)
            with wall.walled(NEIGHBOUR):
                assert organisations_in(database, table) <= {NEIGHBOUR}, table
            if OURS in there:
                held.add(table)
    assert {"resident", "contact", "person", "alert", "record_entry", "lane_record"} <= held
    homes = register_tables.home
    with wall.walled(NEIGHBOUR), office.register.database.read() as connection:
        seen = select(homes.c.org).distinct()
        with wall.opened(connection):
            assert set(connection.execute(seen).scalars()) == {OURS, NEIGHBOUR}
        assert set(connection.execute(seen).scalars()) == {NEIGHBOUR}, "closed again behind it"
    with wall.walled(NEIGHBOUR), office.register.database.begin() as connection:
        assert connection.execute(update(homes).values(address="x")).rowcount == 6, "their own"
        connection.rollback()
    organisation = register_tables.area
    row = {"org": OURS, "area": "a", "name": "A", "outline": []}
    with (
        pytest.raises(ProgrammingError, match="row-level security"),
        wall.walled(NEIGHBOUR),
        office.register.database.begin() as connection,
    ):
        connection.execute(insert(organisation).values(row))
    with office.register.database.read() as connection:
        assert not connection.execute(select(homes).where(homes.c.address == "x")).all()


async def test_a_route_that_forgets_whose_it_is_answers_with_nothing_of_the_neighbour(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    alert = office.raise_signal(home="home-3")
    queue, everybody = Desk.queue, Actor(org=OURS, id="x", role=Role.OPERATOR)
    monkeypatch.setattr(Desk, "queue", lambda desk, _actor: queue(desk, everybody))
    transport = httpx.ASGITransport(office.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://desk.test") as browser:
        for org, seen in ((NEIGHBOUR, False), (OURS, True)):
            answer = await browser.get("/api/v1/alerts", headers=office.token(org, Role.OPERATOR))
            assert answer.status_code == 200, answer.text
            assert (alert in answer.text) is seen, "the fault is real, and the wall holds it"
    assert wall.acting_for.get() == "", "a request leaves nothing behind"


async def test_the_whole_job_is_done_behind_the_wall(office: Office) -> None:
    transport = httpx.ASGITransport(office.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://desk.test") as browser:
        for org in (OURS, NEIGHBOUR, OURS):
            alert = office.raise_signal(org=org, home="home-2")
            headers = office.token(org, Role.OPERATOR)
            for act, said in (
                ("claim", {}), ("note", {"text": "She is well."}),
                ("resolve", {"outcome": "found_safe", "text": "All is well."}),
            ):  # fmt: skip
                done = await browser.post(
                    f"/api/v1/alerts/{alert}/{act}", headers=headers, json=said
                )
                assert done.status_code == 200, f"{act}: {done.text}"
    for org in (OURS, NEIGHBOUR):
        assert office.desk.verify_chain(org).whole


async def test_every_table_has_its_wall_and_the_doctor_says_where_it_does_not_hold(
    office: Office, settings: Settings
) -> None:
    for owner in OWNERS:
        database = open_database(settings, owner)
        with database.begin() as connection:
            assert wall.missing(connection, metadata_of(owner), owner) == []
        database.close()
    (well,) = (each for each in examine(office.settings) if "apart by" in each.sentence)
    assert well.well
    (past,) = (each for each in examine(settings) if "apart by" in each.sentence)
    assert not past.well
    assert "roles.sql" in past.sentence
    database = open_database(settings, "register")
    with database.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE home DISABLE ROW LEVEL SECURITY")
    (open_,) = (each for each in examine(office.settings) if "apart by" in each.sentence)
    assert (open_.well, "register.home" in open_.sentence) == (False, True)
    migrate(settings, ("register",))
    with database.begin() as connection:
        assert wall.missing(connection, metadata_of("register"), "register") == []
    database.close()
