"""`telecare report`: figures only from a record that holds."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from responder import commands_report
from telecare.clock import HandClock
from telecare.errors import InvalidInput
from telecare.settings import Settings
from tests.harness.duty import ORG, Duty, duty


@pytest.fixture
def county(
    sqlite_settings: Settings, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Duty]:
    monkeypatch.setenv("TELECARE_DATA_DIR", str(sqlite_settings.data_dir))
    monkeypatch.setattr(commands_report, "clock_of", lambda _: clock)
    with duty(sqlite_settings, clock, HandClock(clock.now())) as made:
        made.press()
        made.settle()
        yield made


def run(*arguments: str) -> str:
    words = ["--org", ORG, "--month", "2026-03", *arguments]
    result = CliRunner().invoke(commands_report.app, words, catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


def test_the_month_on_the_terminal_and_in_files(county: Duty, tmp_path: Path) -> None:
    (opened,) = [
        row
        for row in csv.DictReader(io.StringIO(run()))
        if (row["section"], row["name"]) == ("alerts", "opened")
    ]
    assert opened["count"] == "1"
    assert '"within_180_s"' in run("--format", "json")
    file = tmp_path / "march.parquet"
    said = run("--format", "parquet", "--to", str(file))
    with duckdb.connect() as connection:
        ((count,),) = connection.execute(f"SELECT count(*) FROM '{file}'").fetchall()
    assert said == f"{count} figures of 2026-03 written to {file}.\n"


def test_parquet_is_not_poured_on_a_terminal(county: Duty) -> None:
    with pytest.raises(InvalidInput, match="name it with --to"):
        run("--format", "parquet")


def test_a_record_that_was_tampered_with_gives_no_figures(county: Duty) -> None:
    with county.own.begin() as connection:
        connection.execute(text("DROP TRIGGER record_entry_no_update"))
        connection.execute(text("UPDATE record_entry SET actor = 'nobody' WHERE sequence = 1"))
    with pytest.raises(InvalidInput, match="does not hold at entry 1"):
        run()
