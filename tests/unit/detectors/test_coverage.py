"""Which hubs a home is seen through, and since when one is silent."""

from __future__ import annotations

from detectors.coverage import Hubs


def test_an_older_word_told_late_neither_ends_a_silence_nor_begins_one() -> None:
    hubs = Hubs({"hub": 600.0}, {}, frozenset())
    heard: dict[str, float] = {}
    for moment in (1000.0, 5000.0, 2000.0):
        hubs.hear(heard, "hub", moment, "")
    assert heard == {"hub": 5000.0}
    assert hubs.hear(heard, "hub", 5700.0, ""), "after eleven minutes"
