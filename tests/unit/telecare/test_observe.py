"""Beats tell the truth about a process, and logs tell nothing about a person."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from telecare.clock import HandClock, RealClock
from telecare.observe import Heart, beats, configure_logs, health_of, log


def test_a_service_that_never_started_is_named(tmp_path: Path) -> None:
    health = health_of(tmp_path, "gateway")
    assert not health.working
    assert health.detail == "gateway is not running."


def test_a_beat_proves_work_and_goes_stale(tmp_path: Path) -> None:
    Heart(tmp_path, "gateway-1").beat(figures={"stored": 3})
    assert health_of(tmp_path, "gateway").working
    assert health_of(tmp_path, "gateway").figures == {"stored": 3}
    later = HandClock(RealClock().now() + timedelta(seconds=10))
    assert not health_of(tmp_path, "gateway", later).working


def test_a_process_that_cannot_work_says_why(tmp_path: Path) -> None:
    heart = Heart(tmp_path, "gateway-1")
    heart.beat()
    heart.beat(working=False, detail="The disk is full.")
    assert health_of(tmp_path, "gateway").detail == "The disk is full."
    heart.stop()
    assert health_of(tmp_path, "gateway").detail == "gateway is not running."


def test_one_of_several_processes_is_enough(tmp_path: Path) -> None:
    Heart(tmp_path, "gateway-1").beat(working=False, detail="no")
    Heart(tmp_path, "gateway-2").beat()
    assert health_of(tmp_path, "gateway").working


def test_each_process_can_be_asked_for_alone(tmp_path: Path) -> None:
    Heart(tmp_path, "gateway-1").beat()
    assert health_of(tmp_path, "gateway-1").working
    assert health_of(tmp_path, "gateway-2").detail == "gateway-2 is not running."
    assert [beat.service for beat in beats(tmp_path)] == ["gateway-1"]


def test_a_log_line_withholds_what_could_be_personal(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs()
    log("test").warning("called", alert="alert-1", phone="01632 960001", text="fell in bath")
    line = json.loads(capsys.readouterr().err)
    assert line["alert"] == "alert-1"
    assert line["phone"] == line["text"] == "[withheld]"


def refused_by_a_database() -> None:
    detail = "DETAIL:  Key (name)=(Mrs Ada Smith) already exists."
    raise ValueError(detail) from LookupError(detail)


def test_of_an_error_the_kinds_and_the_places_are_told_and_never_its_words(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logs()
    try:
        refused_by_a_database()
    except ValueError:
        log("test").exception("stumbled", row="row-1")
    said = capsys.readouterr().err
    line = json.loads(said)
    assert (line["error"], line["row"]) == ("ValueError < LookupError", "row-1")
    assert line["at"].startswith("test_observe.py:")
    assert "Smith" not in said


def test_what_ends_a_process_is_told_without_its_words() -> None:
    story = (
        "from telecare.observe import configure_logs\n"
        "from tests.unit.telecare.test_observe import refused_by_a_database\n"
        "configure_logs()\n"
        "refused_by_a_database()\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", story], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 1
    assert json.loads(ended.stderr)["error"] == "ValueError < LookupError"
    assert "Smith" not in ended.stderr
