"""Figures in milliseconds from waits in seconds."""

from __future__ import annotations

from simulators.bench.percentiles import Latencies


def test_a_hundred_waits_tell_their_middle_their_tail_and_their_worst() -> None:
    latencies = Latencies()
    for milliseconds in range(1, 101):
        latencies.record(milliseconds / 1000)
    figures = latencies.figures()
    assert latencies.count == 100
    assert [round(figures[key] or 0) for key in ("p50", "p99", "max")] == [50, 99, 100]


def test_nothing_measured_is_no_figure_rather_than_zero() -> None:
    assert Latencies().figures() == {"p50": None, "p99": None, "max": None}
