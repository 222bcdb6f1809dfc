"""Fixtures every test may use: settings on SQLite and PostgreSQL, and a clock told by hand."""

from __future__ import annotations

import gc
import itertools
import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import hypothesis
import psycopg
import pytest
from pydantic import SecretStr

from telecare.clock import HandClock
from telecare.register import Register, open_register
from telecare.settings import Settings
from telecare.store.migrate import migrate, open_database
from telecare.store.session import Database
from tests.browser.office import furnished
from tests.harness.examples import TIMES, at_length
from tests.harness.postgres import free_port, postgres_server

NIGHT = datetime(2026, 3, 10, 2, 53, 10, tzinfo=UTC)
_numbers = itertools.count(1)

# An example that took 0.2 s says how busy the machine is; what hangs meets pytest's own timeout.
hypothesis.settings.register_profile("any machine", deadline=None)
hypothesis.settings.load_profile("any machine")


DATA_ABSENT = "recordings are absent"
"""Words in the reason of a skip that is no fault: the real data are not given to everybody."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """In a hunt (`make hunt`) each property test runs at length."""
    for item in items:
        if TIMES and isinstance(item, pytest.Function) and hypothesis.is_hypothesis_test(item.obj):
            test: Any = getattr(item.obj, "__func__", item.obj)
            chosen = test._hypothesis_internal_use_settings  # it has no public name
            test._hypothesis_internal_use_settings = at_length(chosen or hypothesis.settings())


def pytest_collection_finish() -> None:
    """Modules and tests stay to the end: a collector that looks through all of them again and again
    takes an eighth of the processor time of the unit tests.
    """
    gc.collect()
    gc.freeze()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """With TELECARE_TEST_NO_SKIP set, a part that is missing is a failure, not a silence."""
    if not os.environ.get("TELECARE_TEST_NO_SKIP"):
        return
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None:  # a worker of pytest-xdist: the run that started it counts for all
        return
    skipped = reporter.stats.get("skipped", [])
    missing = [each for each in skipped if DATA_ABSENT not in str(each.longrepr)]
    if missing and session.exitstatus == pytest.ExitCode.OK:
        reporter.write_line(f"{len(missing)} skipped for a missing part: a failure here.", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def office_pattern(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """An installation with two organisations on file, to be copied: `copy_of` in the office."""
    return furnished(Settings(data_dir=tmp_path_factory.mktemp("pattern") / "var"))


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str | None]:
    with postgres_server() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_kind(request: pytest.FixtureRequest) -> str:
    kind: str = request.param
    return kind


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty data folder: copying it is quicker than migrating for each test."""
    folder = tmp_path_factory.mktemp("template")
    migrate(_settings(folder, None))
    return folder / "var"


@pytest.fixture(scope="session")
def postgres_template(
    postgres_url: str | None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Name of a migrated, empty database to copy."""
    if postgres_url is None:
        pytest.skip(
            "PostgreSQL is missing: install Debian's postgresql, or set TELECARE_TEST_POSTGRES_URL"
        )
    name = f"telecare_{os.getpid()}_template"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
        migrate(_settings(tmp_path_factory.mktemp("postgres"), _at(postgres_url, name)))
        yield name
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


@pytest.fixture
def settings(
    database_kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Settings]:
    """A migrated, empty installation on each kind of database, with ports of its own."""
    if database_kind == "sqlite":
        yield request.getfixturevalue("sqlite_settings")
        return
    template: str = request.getfixturevalue("postgres_template")
    server: str = request.getfixturevalue("postgres_url")
    name = f"telecare_{os.getpid()}_{next(_numbers)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'.encode())
        yield _settings(tmp_path, _at(server, name))
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


@pytest.fixture
def sqlite_settings(tmp_path: Path, sqlite_template: Path) -> Settings:
    """A migrated, empty installation on SQLite, for what does not depend on the database."""
    made = _settings(tmp_path, None)
    shutil.copytree(sqlite_template, made.data_dir, dirs_exist_ok=True)
    return made


@pytest.fixture
def database(settings: Settings) -> Iterator[Callable[[str], Database]]:
    """Opens an owner's database; all are closed when the test ends."""
    opened: list[Database] = []

    def open_owner(owner: str) -> Database:
        opened.append(open_database(settings, owner))
        return opened[-1]

    yield open_owner
    for each in opened:
        each.close()


@pytest.fixture
def register(settings: Settings, clock: HandClock) -> Iterator[Register]:
    """The register of the `settings` installation, closed when the test ends."""
    opened = open_register(settings, clock)
    yield opened
    opened.close()


@pytest.fixture
def clock() -> HandClock:
    """02:53:10 on a Tuesday night; a real clock as far as channels are concerned."""
    return HandClock(NIGHT, is_real=True)


def _settings(folder: Path, url: str | None) -> Settings:
    return Settings(
        data_dir=folder / "var",
        database_url=SecretStr(url) if url else None,
        http_port=free_port(),
        mqtt_port=free_port(),
        mqtts_port=free_port(),
    )


def _at(server: str, database: str) -> str:
    return f"{server.rsplit('/', 1)[0]}/{database}"
