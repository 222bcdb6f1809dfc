"""The figures can be had, and the ones that do not depend on the machine hold."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from detectors import bench
from detectors.commands_cli import bench_app


def test_it_prints_the_promised_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "_HOMES", 2)
    monkeypatch.setattr(bench, "_SNAPSHOTS", 20)
    printed = CliRunner().invoke(bench_app, ["--json"])
    assert printed.exit_code == 0, printed.output
    figures = json.loads(printed.output)
    assert set(figures) == {
        "readings_per_s_per_core",
        "state_bytes_per_resident",
        "acceleration_window_ms",
        "snapshot_10000_s",
        "restore_10000_s",
        "yardstick_ms",
    }
    assert figures["state_bytes_per_resident"] < 4096
