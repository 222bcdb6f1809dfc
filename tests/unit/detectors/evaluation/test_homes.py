"""The home detectors in homes that were really recorded."""

from __future__ import annotations

import os
from itertools import islice
from pathlib import Path

import pytest

from detectors.evaluation.homes import listen, tihm
from tests.harness.diary import FIRST_DAY, Diary

DATA = Path(os.environ.get("TELECARE_TEST_RECORDINGS", "../shared/data")) / "tihm"


def test_ordinary_weeks_are_quiet_weeks() -> None:
    spoken = listen([("home-1", list(Diary().days(FIRST_DAY, 42)))])
    assert spoken.home_weeks == pytest.approx(6, abs=0.2)
    assert spoken.by_kind == {}
    assert spoken.most_state_bytes < 4096


@pytest.mark.skipif(
    not (DATA / "activity.parquet").exists(),
    reason=f"recordings are absent: put TIHM's activity.parquet into {DATA}",
)
def test_real_homes_get_few_signals_a_week() -> None:
    spoken = listen(islice(tihm(DATA), 0, None, 3))
    assert spoken.readings > 200_000
    assert spoken.per_home_week("wandering") <= 0.1
    assert spoken.by_kind["inactivity"] / spoken.home_weeks <= 0.3
    long_lies = spoken.by_kind["inactivity/bathroom"] + spoken.by_kind["inactivity/night_visit"]
    assert long_lies / spoken.home_weeks <= 0.65
    assert spoken.per_home_week("unjudged") <= 0.3
    assert spoken.per_home_week("routine") <= 0.25
    assert spoken.most_state_bytes < 4096
