"""The migrations build exactly what the description says, on both databases."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from telecare.errors import NotMigrated
from telecare.settings import Settings
from telecare.store.migrate import has, metadata_of, migrate, migration_config, open_database
from telecare.store.session import OWNERS, Database, make_engine


class Place(NamedTuple):
    """A row of `lane_position`."""

    lane: str
    offset: int


@pytest.mark.parametrize("owner", OWNERS)
def test_migrations_and_description_agree(settings: Settings, owner: str) -> None:
    database = Database(owner, make_engine(settings, owner))
    with database.begin() as connection:
        kind = connection.dialect.name
        only = {"include_object": lambda each, *_: has(kind, each)}
        context = MigrationContext.configure(connection, opts=only)
        differences = compare_metadata(context, metadata_of(owner))
    database.close()
    assert differences == []


def test_migrating_again_changes_nothing(settings: Settings) -> None:
    migrate(settings)
    for owner in OWNERS:
        open_database(settings, owner).close()


def test_what_was_noted_of_lost_time_is_kept_there_and_back(settings: Settings) -> None:
    """An installation that stood still at the upgrade tells it afterwards."""
    noted = Place("time", 900), Place("time:lost-since", 600), Place("time:lost-until", 800)
    database = Database("responder", make_engine(settings, "responder"))
    config = migration_config("responder")
    with database.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0200")
        for lane, offset in noted:
            values = {"lane": lane, "at": offset}
            connection.execute(text("INSERT INTO lane_position VALUES (:lane, :at)"), values)
        command.upgrade(config, "head")
        kept = connection.execute(text("SELECT * FROM time_kept")).all()
        assert kept == [(1, 900_000_000, 600_000_000, 800_000_000)]
        assert connection.execute(text("SELECT * FROM lane_position")).all() == []
        command.downgrade(config, "0200")
        assert set(connection.execute(text("SELECT * FROM lane_position")).all()) == set(noted)
        command.upgrade(config, "head")
    database.close()


def test_an_empty_database_is_refused_in_plain_words(tmp_path: Path) -> None:
    with pytest.raises(NotMigrated, match="run `telecare migrate`"):
        open_database(Settings(data_dir=tmp_path), "gateway")


def test_tables_of_a_newer_version_are_left_alone_and_named(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    migrate(settings, ("register",))
    database = open_database(settings, "register")
    with database.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    for use in (lambda: migrate(settings, ("register",)),
                lambda: open_database(settings, "register")):  # fmt: skip
        with pytest.raises(NotMigrated, match=r"newer version \(9999\); start that version"):
            use()
