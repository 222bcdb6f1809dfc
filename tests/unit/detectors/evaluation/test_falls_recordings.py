"""The shipped model on real people it was not made of."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from detectors.evaluation.fall_figures import figures
from detectors.evaluation.fall_protocols import People, judged_by
from detectors.evaluation.trials import load
from detectors.fall_shipped import Placement, shipped

DATA = Path(os.environ.get("TELECARE_TEST_RECORDINGS", "../shared/data"))


@pytest.mark.skipif(
    not (DATA / "wedafall").exists(),
    reason=f"recordings are absent: put WEDA-FALL's arrays and table into {DATA}/wedafall",
)
def test_falls_on_weda_fall_are_found_without_refitting() -> None:
    trials = load(DATA, "wedafall")["wedafall wrist"]
    some = sorted({trial.subject for trial in trials})[::4]
    people = People([trial for trial in trials if trial.subject in some])
    found = figures(judged_by(shipped(Placement.WRIST), people), people.fell, people.elder)
    assert (found["sensitivity"] or 0) > 0.97
    assert (found["auc"] or 0) > 0.98


@pytest.mark.skipif(
    not (DATA / "smartfallmm").exists(),
    reason=f"recordings are absent: put SmartFallMM's arrays and table into {DATA}/smartfallmm",
)
def test_the_worst_clocks_are_repaired() -> None:
    trials = load(DATA, "smartfallmm watch")["smartfallmm watch"]
    seconds = [len(t.window.g) / 32 for t in trials if t.window is not None]
    assert sum(t.window is None for t in trials) <= len(trials) / 100
    assert 7 < sum(seconds) / len(trials) < 10, "a trial is seconds, not the stamps' minutes"
