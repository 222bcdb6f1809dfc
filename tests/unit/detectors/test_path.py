"""To somewhere, to and fro, round and round, hither and thither."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.path import Cell, PathKind, cells_of, circles_of, path_of
from detectors.position import Point

CELL_M = 30.0
LAP_M = 600.0


def walked(*corners: Point, step: float = 30.0) -> list[Point]:
    """Points every `step` metres along straight lines between the corners."""
    points = [corners[0]]
    for (ax, ay), (bx, by) in pairwise(corners):
        length = ((bx - ax) ** 2 + (by - ay) ** 2) ** 0.5
        pieces = max(round(length / step), 1)
        points += [
            (ax + (bx - ax) * i / pieces, ay + (by - ay) * i / pieces) for i in range(1, pieces + 1)
        ]
    return points


def kind(*corners: Point) -> PathKind:
    return path_of(walked(*corners), CELL_M, LAP_M).kind


def test_a_way_with_corners_is_direct() -> None:
    path = path_of(walked((0, 0), (300, 0), (300, 300), (600, 300)), CELL_M, LAP_M)
    assert path.kind is PathKind.DIRECT
    assert path.turns == 2
    assert path.again_share == 0


def test_to_and_fro_is_pacing_however_long_the_stretch() -> None:
    for end in (90, 200, 400):
        assert kind((0, 0), (end, 0), (0, 0), (end, 0), (0, 0)) is PathKind.PACING


def test_round_and_round_is_lapping() -> None:
    block = [(0, 0), (120, 0), (120, 90), (0, 90)]
    assert kind(*block, *block, (0, 0)) is PathKind.LAPPING


def test_a_round_longer_than_any_lap_is_random() -> None:
    wide = [(0, 0), (400, 0), (400, 400), (0, 400)]
    assert kind(*wide, *wide, (0, 0)) is PathKind.RANDOM


def test_a_walk_there_and_back_leads_over_nothing_twice_in_the_same_direction() -> None:
    path = path_of(walked((0, 0), (600, 0), (0, 0)), CELL_M, LAP_M)
    assert path.kind is PathKind.PACING
    assert path.again_share == 0
    assert path.turns == 1


def test_the_third_length_of_pacing_and_the_second_lap_do() -> None:
    third = path_of(walked((0, 0), (150, 0), (0, 0), (150, 0)), CELL_M, LAP_M)
    block = [(0.0, 0.0), (120.0, 0.0), (120.0, 90.0), (0.0, 90.0)]
    lapping = path_of(walked(*block, *block), CELL_M, LAP_M)
    assert third.again_share > 0.2
    assert lapping.again_share > 0.3


def test_a_receiver_that_trembles_on_a_border_does_not_pace() -> None:
    trembling = [(30.0 + (8 if i % 2 else -8), 15.0) for i in range(40)]
    assert len(cells_of(trembling, CELL_M)) == 1


def test_circles_are_taken_out_once_closed() -> None:
    a, b, c, d = ((n, 0) for n in range(4))
    assert circles_of([a, b, c, d, c, b, a]) == [0, 0, 0, 2, 2, 2]
    assert circles_of([a, b, c, a, b, c, a]) == [0, 0, 3, 0, 0, 3]


cells = st.lists(st.tuples(st.integers(-4, 4), st.integers(-4, 4)), min_size=1, max_size=60)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(cells)
def test_only_paths_without_any_cell_twice_close_no_circle(path: list[Cell]) -> None:
    assert any(circles_of(path)) == (len(set(path)) < len(path))


points = st.lists(
    st.tuples(st.floats(-2000, 2000), st.floats(-2000, 2000)), min_size=2, max_size=40
)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(points)
def test_any_points_have_a_judgement_within_its_bounds(path: list[Point]) -> None:
    judged = path_of(path, CELL_M, LAP_M)
    assert 0 <= judged.again_share <= 1
    assert judged.efficiency >= 0
    assert judged.turns <= max(len(path) - 2, 0)


@pytest.mark.parametrize("count", [2, 3])
def test_standing_still_is_direct(count: int) -> None:
    assert path_of([(5.0, 5.0)] * count, CELL_M, LAP_M).kind is PathKind.DIRECT
