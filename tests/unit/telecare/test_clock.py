"""One clock for everybody, real or virtual, that agrees between processes."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from telecare.clock import HandClock, RealClock, clock_of, start_virtual_clock
from telecare.errors import SettingsError

START = datetime(2019, 4, 1, tzinfo=UTC)


def test_without_a_line_the_clock_is_real(tmp_path: Path) -> None:
    assert clock_of(tmp_path).is_real
    assert isinstance(clock_of(tmp_path), RealClock)


def test_two_processes_agree_on_the_virtual_time(tmp_path: Path) -> None:
    mine = start_virtual_clock(tmp_path, START, 3600)
    program = (
        "import sys; from pathlib import Path; from telecare.clock import clock_of\n"
        "print(clock_of(Path(sys.argv[1])).now().isoformat())"
    )
    before = mine.now()
    told = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert before <= datetime.fromisoformat(told.stdout.strip()) <= mine.now()
    assert not mine.is_real


def test_a_virtual_hour_is_a_real_second_at_speed_3600(tmp_path: Path) -> None:
    clock = start_virtual_clock(tmp_path, START, 3600)
    assert clock.real_seconds(3600) == 1.0


def test_time_that_was_lived_is_not_rewritten(tmp_path: Path) -> None:
    start_virtual_clock(tmp_path, START, 60)
    assert start_virtual_clock(tmp_path, START, 60).speed == 60  # going on is fine
    with pytest.raises(ValueError, match="already runs on a clock"):
        start_virtual_clock(tmp_path, START, 61)


def test_a_start_without_a_zone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="time zone"):
        start_virtual_clock(tmp_path, START.replace(tzinfo=None), 1)


def test_a_told_clock_moves_only_when_told() -> None:
    clock = HandClock(START)
    assert clock.now() == START
    assert clock.forward(minutes=3) == START + timedelta(minutes=3)
    assert clock.monotonic() == 180
    clock.jump_wall(hours=-3)
    assert clock.now() == START + timedelta(minutes=3, hours=-3)
    assert clock.monotonic() == 180


@pytest.mark.parametrize("speed", [0.0, -1.0])
def test_a_clock_that_cannot_run_is_refused_before_it_is_kept(tmp_path: Path, speed: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        start_virtual_clock(tmp_path / "var", START, speed)
    assert clock_of(tmp_path / "var").is_real


@pytest.mark.parametrize(
    "written",
    [
        b"",
        b"{}",
        b'{"start":"2026-03-10T00:00:00Z","anchor":"2026-03-10T00:00:00Z","speed":-1.0}',
    ],
)
def test_a_damaged_line_is_named_with_what_to_do(tmp_path: Path, written: bytes) -> None:
    (tmp_path / "clock.json").write_bytes(written)
    with pytest.raises(SettingsError, match="restore it from a backup"):
        clock_of(tmp_path)
