"""Where a message stands that is not filed: a hint, dropped when the files know it."""

from __future__ import annotations

import pytest

from telecare.store import pointers
from telecare.store.pointers import Pointers


def test_a_number_leads_to_the_newest_stretch() -> None:
    known = Pointers()
    known.add(("gateway-1", 1, 3), [11, 12, 13])
    known.add(("gateway-1", 4, 5), [14, 12])
    assert known.stretches([12, 99]) == {("gateway-1", 4, 5)}
    assert known.stretches([11, 14]) == {("gateway-1", 1, 3), ("gateway-1", 4, 5)}
    assert known.stretches([99]) == set()


def test_the_oldest_are_dropped_together_once_every_lane_has_filed_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pointers, "GENERATION", 2)
    known = Pointers()
    known.add(("gateway-1", 1, 2), [11, 12])
    known.add(("gateway-1", 3, 3), [13])
    known.add(("gateway-2", 1, 1), [21])
    known.drop({"gateway-1": 1, "gateway-2": 1})
    assert len(known.stretches([11, 13, 21])) == 3
    known.drop({"gateway-1": 2, "gateway-2": 1})
    assert known.stretches([11, 12]) == set()
    assert len(known.stretches([13, 21])) == 2
    known.drop({"gateway-1": 3})
    assert known.stretches([21]) == {("gateway-2", 1, 1)}
    known.drop({"gateway-1": 3, "gateway-2": 1})
    assert known.stretches([11, 12, 13, 21]) == set()
    known.add(("gateway-1", 4, 4), [14])
    assert known.stretches([14]) == {("gateway-1", 4, 4)}
