"""The migrations build exactly what the description says, on both databases."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from telecare.errors import NotMigrated
from telecare.settings import Settings
from telecare.store.migrate import has, metadata_of, migrate, open_database
from telecare.store.session import OWNERS, Database, make_engine


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
