"""The evaluation of wandering: the same people for the same seed, and honest about chance."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from detectors.evaluation import wandering
from detectors.evaluation.lives import DAY_S, day_of, person
from detectors.evaluation.receiver import Cover, Leg, Receiver, receive
from detectors.evaluation.report import Request
from detectors.evaluation.walks import Lost, strayed
from detectors.path import path_of
from detectors.position import apart


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wandering, "PEOPLE", 3)
    monkeypatch.setattr(wandering, "DAYS", 5)
    monkeypatch.setattr(wandering, "_WARM_UP_DAYS", 6)
    monkeypatch.setattr(wandering, "_HOURS", {"by day": (14.0,), "at night": (2.0,)})


@pytest.mark.usefixtures("small")
def test_the_same_seed_gives_the_same_report_and_every_figure_asked_for() -> None:
    request = Request(protocol="simulated", seed=4)
    report = wandering.evaluate(request)
    assert report.for_machines() == wandering.evaluate(request).for_machines()
    assert set(report.parts) == {kind.value for kind in Lost}
    assert {"recall", "sensitivity", "false_alerts_per_person_30_days"} <= set(report.figures)
    assert any("simulated" in remark for remark in report.remarks)
    at_night = [row for row in report.tables[0].rows if row.name.endswith("at night")]
    assert [row.figures["recall"] for row in at_night] == [1.0] * len(Lost)


@pytest.mark.parametrize("kind", list(Lost))
def test_a_stray_leaves_home_and_its_way_has_no_gaps(kind: Lost) -> None:
    stray = strayed(kind, 0.0, 30, random.Random(kind.value))
    assert stray.legs[0].start == (0.0, 0.0)
    assert all(a.end == b.start and a.ends == b.begins for a, b in pairwise(stray.legs))
    lost = [leg for leg in stray.legs if leg.begins >= stray.onset]
    points = [leg.end for leg in lost]
    displacement = apart(points[0], points[-1])
    path = path_of(points, 30, 600)
    assert (displacement > 500) if kind is Lost.AWAY else (path.reach_m < 700)


def test_a_day_begins_and_ends_at_home_and_is_always_the_same() -> None:
    for number in range(5):
        who = person(number)
        for day in range(5):
            legs = day_of(who, day, day * DAY_S)
            assert legs == day_of(who, day, day * DAY_S)
            assert legs[0].start == (0.0, 0.0)
            assert apart(legs[-1].end, (0.0, 0.0)) < 1


def test_errors_are_as_large_as_they_say() -> None:
    rests = [Leg(0, 40_000, (0, 0), (0, 0), Cover.OPEN)]
    told = Receiver(resting_s=60, reflected=0, lies=0, mistakes_a_week=0, gaps_a_day=0)
    errors = [
        heard.point[0]
        for heard in receive(rests, told, random.Random(1))
        if heard.point is not None
    ]
    spread = (sum(e * e for e in errors) / len(errors)) ** 0.5
    assert len(errors) > 500
    assert spread == pytest.approx(told.open_m, rel=0.15)


def test_some_claims_lie_and_some_fixes_are_reflected() -> None:
    rests = [Leg(0, 40_000, (0, 0), (0, 0), Cover.OPEN)]
    heard = list(receive(rests, Receiver(resting_s=60), random.Random(2)))
    wild = [h for h in heard if h.point is not None and apart(h.point, (0, 0)) > 60]
    assert 0.005 < len(wild) / len(heard) < 0.04
    assert any(h.accuracy_m < 20 for h in wild), "a reflection may claim to be good"
