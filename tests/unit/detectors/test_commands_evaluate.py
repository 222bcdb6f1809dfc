"""`telecare evaluate` and `telecare train falls`, as whoever types them meets them."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from detectors import commands_evaluate
from detectors.commands_evaluate import app as evaluate
from detectors.commands_train import app as train
from detectors.evaluation.report import Report, Row, Table
from telecare.errors import InvalidInput

COLUMNS = ("sensitivity", "specificity", "elder_specificity", "f1", "auc", "average_precision")
NAMES = ("naive: highest peak, threshold on the others", "boosted trees on 31 numbers of a moment")


def answered(*_: object) -> Report:
    figures: dict[str, float | None] = dict.fromkeys(COLUMNS, 0.123)
    rows = [Row(name=name, figures=figures, reached=True, note="by 0.02") for name in NAMES]
    return Report(title="A set", tables=[Table(title="People", columns=COLUMNS, rows=rows)])


@pytest.mark.parametrize(
    ("where", "says"),
    [("nowhere/page.html", "there is no folder"), ("a-folder", "is a folder; name the file")],
)
def test_where_nothing_can_be_written_it_is_said_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str, says: str
) -> None:
    (tmp_path / "a-folder").mkdir()
    monkeypatch.setattr(commands_evaluate, "_judged", lambda *_: pytest.fail("it worked"))
    out = str(tmp_path / where)
    for app, words in (
        (evaluate, ["wandering", "--report", out]),
        (train, ["train", "falls", "--data", str(tmp_path), "--out", out]),
    ):
        told = CliRunner().invoke(app, words)
        assert isinstance(told.exception, InvalidInput)
        assert says in str(told.exception)


def test_in_a_file_every_word_of_the_table_can_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands_evaluate, "_judged", answered)
    told = CliRunner().invoke(evaluate, ["wandering"])
    assert told.exit_code == 0, told.output
    for words in (*COLUMNS, "reached; by 0.02", *NAMES):
        for word in words.replace("_", " ").split():
            assert word in told.output, word
    assert "…" not in told.output
