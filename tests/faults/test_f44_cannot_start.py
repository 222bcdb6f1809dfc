"""F44: a broken setting, a missing secret, a bad migration: one clear sentence, nothing changed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from responder.wiring import build
from telecare.errors import NotMigrated, SettingsError, StoreUnavailable, TelecareError
from telecare.settings import Settings, load_settings
from telecare.store import migrate as migrations
from telecare.store.migrate import migrate, open_database

BROKEN = {
    "TELECARE_HTTP_PORT": "eighty",
    "TELECARE_MQTTS_PORT": "70000",
    "TELECARE_DATABASE_URL": "mysql://somewhere/else",
    "TELECARE_LANE_NUMBER": "0",
    "TELECARE_SECRETS_DIR": "/nowhere/at/all",
    "TELECARE_SMTP_STARTTLS": "perhaps",
}


@pytest.mark.parametrize("variable", BROKEN)
def test_a_broken_setting_is_named_in_one_sentence(
    variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, BROKEN[variable])
    with pytest.raises(SettingsError, match=variable) as refused:
        load_settings()
    assert "\n" not in str(refused.value)


def test_a_key_that_is_no_key_is_refused(sqlite_settings: Settings) -> None:
    build(sqlite_settings, senders={}).close()
    (sqlite_settings.data_dir / "keys" / "register.key").write_bytes(b"half a key")
    with pytest.raises(TelecareError, match="restore it from backup"):
        build(sqlite_settings, senders={})


def test_a_database_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(NotMigrated, match="run `telecare migrate`"):
        build(Settings(data_dir=tmp_path), senders={})


def test_a_bad_migration_changes_nothing_and_the_old_version_keeps_running(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It fails in its middle, on both databases; the tables are those of before."""
    copied = tmp_path / "migrations"
    shutil.copytree(migrations.MIGRATIONS, copied)
    head = ScriptDirectory.from_config(migrations.migration_config("responder"))
    (copied / "responder" / "9999_bad.py").write_text(
        "from alembic import op\n"
        f'revision = "9999"\ndown_revision = "{head.get_current_head()}"\n'
        "branch_labels = None\ndepends_on = None\n"
        "def upgrade():\n"
        '    op.execute("ALTER TABLE staff ADD COLUMN nickname TEXT")\n'
        '    op.execute("ALTER TABLE no_such_table ADD COLUMN nickname TEXT")\n'
    )
    running = open_database(settings, "responder")
    with monkeypatch.context() as newer:
        newer.setattr(migrations, "MIGRATIONS", copied)
        with pytest.raises((SQLAlchemyError, StoreUnavailable)):
            migrate(settings, ("responder",))
    with running.begin() as connection:
        connection.execute(text("INSERT INTO staff (org, id, name) VALUES ('o', 'p', 'n')"))
        columns = connection.execute(text("SELECT * FROM staff")).keys()
        assert set(columns) == {"org", "id", "name"}
    running.close()
    open_database(settings, "responder").close()
