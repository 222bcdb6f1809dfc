"""Beats tell the truth about a process, and logs tell nothing about a person."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from telecare.clock import HandClock, RealClock
from telecare.observe import Heart, configure_logs, health_of, log


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


def test_a_log_line_withholds_what_could_be_personal(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs()
    log("test").warning("called", alert="alert-1", phone="01632 960001", text="fell in bath")
    line = json.loads(capsys.readouterr().err)
    assert line["alert"] == "alert-1"
    assert line["phone"] == line["text"] == "[withheld]"
