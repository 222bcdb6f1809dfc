"""Bring an owner's tables to this version, and tell whether they are.

Each owner has its own line of migrations in `migrations/OWNER/` and its own version
table. The description of its tables is found by entry point (`telecare.tables`), so that
this package needs to import no service.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, text
from sqlalchemy.schema import SchemaItem

from telecare.errors import NotMigrated
from telecare.settings import Settings
from telecare.store import wall
from telecare.store.session import OWNERS, Database, database_url, driver_of, make_engine
from telecare.store.types import ONLY

MIGRATIONS = Path(__file__).parent / "migrations"


def metadata_of(owner: str) -> MetaData:
    """The one description of `owner`'s tables."""
    (entry,) = entry_points(group="telecare.tables", name=owner)
    metadata: MetaData = entry.load()
    return metadata


def has(database: str, described: SchemaItem) -> bool:
    """Whether this kind of database has what the description names: an index may be for one."""
    return bool(described.info.get(ONLY, database) == database)


def migration_config(owner: str) -> Config:
    """Alembic's configuration for one owner's line of migrations."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", str(MIGRATIONS / owner))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["owner"] = owner
    return config


def migrate(settings: Settings, owners: tuple[str, ...] = OWNERS) -> None:
    """Create or upgrade the tables of `owners`. Running it again changes nothing.

    Raises `NotMigrated` for tables of a newer version: there is no way back.
    """
    if settings.database_url is None:
        settings.make_data_dir()
    for owner in owners:
        database = Database(owner, make_engine(settings, owner, pooled=False))
        try:
            with database.begin() as connection:
                if not database.is_sqlite:
                    # One migrator at a time: everybody starts together after an upgrade.
                    connection.execute(text("SELECT pg_advisory_xact_lock(7316202)"))
                    connection.execute(text(f'CREATE SCHEMA IF NOT EXISTS "{owner}"'))
                config = migration_config(owner)
                config.attributes["connection"] = connection
                _require_known(connection, owner)
                command.upgrade(config, "heads")
                if not database.is_sqlite:
                    wall.build(connection, metadata_of(owner), owner)
        finally:
            database.close()


def _require_known(connection: Connection, owner: str) -> None:
    """Raise `NotMigrated` for tables that a version after this one has migrated."""
    script = ScriptDirectory.from_config(migration_config(owner))
    known = {each.revision for each in script.walk_revisions()}
    present = set(MigrationContext.configure(connection).get_current_heads())
    if not present <= known:
        raise NotMigrated(
            f"The {owner} database is of a newer version ({', '.join(sorted(present - known))}); "
            "start that version, or restore a backup from before it."
        )


def pending(database: Database) -> str:
    """Empty when the tables are those of this version, else what differs, in a few words."""
    wanted = _heads(database.owner)
    with database.read() as connection:
        present = set(MigrationContext.configure(connection).get_current_heads())
    if wanted == present:
        return ""
    if not present:
        return "it has no tables yet"
    return f"it is at {', '.join(sorted(present))}, this version needs {', '.join(sorted(wanted))}"


@contextmanager
def begin_as_ours(database: Database) -> Iterator[Connection]:
    """A write transaction on tables that are still this version's. Raises `NotMigrated`."""
    with database.begin() as connection:
        still_ours(connection, database.owner)
        yield connection


def still_ours(connection: Connection, owner: str) -> None:
    """Raise `NotMigrated` if another version has migrated `owner`'s tables since we began: a
    process of the old version stops, rather than misunderstand them. Costs one small query.
    """
    query = "SELECT version_num FROM alembic_version"
    if connection.dialect.name == "sqlite":  # asked for every commit: by the shortest way
        found = driver_of(connection).execute(query).fetchall()
    else:
        found = list(connection.exec_driver_sql(query))
    if _heads(owner) != {version for (version,) in found}:
        raise NotMigrated(
            f"The {owner} database was migrated for another version while this one ran: it stops "
            "here; start the version that migrated it."
        )


@cache
def _heads(owner: str) -> frozenset[str]:
    """Of this version. Read once, when the database is opened: an upgrade may replace the files
    under a process that runs.
    """
    return frozenset(ScriptDirectory.from_config(migration_config(owner)).get_heads())


def open_database(settings: Settings, owner: str) -> Database:
    """`owner`'s database, ready to use.

    Raises `NotMigrated` when its tables are missing or of another version, and
    `StoreUnavailable` when it does not answer.
    """
    url = database_url(settings, owner)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
        raise NotMigrated(f"There is no {owner} database yet; run `telecare migrate`.")
    database = Database(owner, make_engine(settings, owner))
    behind = pending(database)
    if behind:
        try:
            with database.read() as connection:
                _require_known(connection, owner)
        finally:
            database.close()
        raise NotMigrated(
            f"The {owner} database is not up to date ({behind}); run `telecare migrate`."
        )
    return database


def revise(settings: Settings, owner: str, message: str, revision: str) -> None:
    """Write a new migration for `owner` from the difference to its description."""
    database = Database(owner, make_engine(settings, owner, pooled=False))
    with database.begin() as connection:
        config = migration_config(owner)
        config.attributes["connection"] = connection
        command.revision(
            config,
            message,
            autogenerate=True,
            rev_id=revision,
            version_path=str(MIGRATIONS / owner),
            head="head" if any((MIGRATIONS / owner).glob("*.py")) else "base",
        )
    database.close()
