"""Inside or outside, as far as an inaccurate fix can say."""

from __future__ import annotations

import pytest

from detectors.geofence import Side, Standing, Zone, fence_of, round_fence, step
from detectors.position import Ground
from telecare.errors import InvalidInput

GROUND = Ground(50.715, -2.437)
HOME = round_fence((0.0, 0.0), 60.0, 20.0)


def test_near_the_line_a_fix_says_nothing() -> None:
    assert HOME.side((0, 30), 10) is Side.INSIDE
    assert HOME.side((0, 75), 5) is Side.UNSURE
    assert HOME.side((0, 95), 5) is Side.OUTSIDE


def test_an_inaccurate_fix_must_be_farther_off() -> None:
    assert HOME.side((0, 140), 80) is Side.UNSURE
    assert HOME.side((0, 170), 80) is Side.OUTSIDE


def test_a_poor_fix_does_not_bring_anybody_home() -> None:
    assert HOME.side((0, 55), 120) is Side.UNSURE


def test_a_poor_fix_in_the_middle_of_a_wide_zone_is_inside_and_near_its_edge_it_may_not_be() -> (
    None
):
    village = round_fence((0.0, 0.0), 500.0, 20.0)
    assert village.side((0, 100), 300) is Side.INSIDE
    assert village.side((0, 300), 300) is Side.UNSURE


def test_one_wild_fix_changes_nothing() -> None:
    standing = Standing()
    sides = [Side.INSIDE, Side.OUTSIDE, Side.INSIDE, Side.OUTSIDE, Side.INSIDE]
    moments = range(0, 300, 60)
    changes = [step(standing, s, t, 2, 40) for s, t in zip(sides, moments, strict=True)]
    assert changes == [None] * 5
    assert standing.inside


def test_two_fixes_over_a_while_are_believed_and_so_is_the_return() -> None:
    standing = Standing()
    sides = [Side.INSIDE, Side.OUTSIDE, Side.UNSURE, Side.OUTSIDE, Side.INSIDE, Side.INSIDE]
    moments = range(0, 360, 60)
    changes = [step(standing, s, t, 2, 40) for s, t in zip(sides, moments, strict=True)]
    assert changes == [None, None, None, False, None, True]


def test_two_fixes_in_one_breath_are_not() -> None:
    standing = Standing(inside=True)
    assert [step(standing, Side.OUTSIDE, t, 2, 40) for t in (0.0, 5.0)] == [None, None]


def test_as_many_fixes_as_asked_for_must_agree() -> None:
    standing = Standing(inside=True)
    changes = [step(standing, Side.OUTSIDE, t, 3, 40) for t in (0.0, 60.0, 120.0)]
    assert changes == [None, None, False]


def test_a_polygon_is_drawn_in_degrees() -> None:
    corners = tuple(GROUND.position(p) for p in ((-200, -200), (200, -200), (200, 200)))
    fence = fence_of(Zone("the green", polygon=corners), GROUND, 20.0)
    assert fence.covers((150, 0))
    assert not fence.covers((-150, 0))


@pytest.mark.parametrize(
    "zone",
    [
        Zone("nothing"),
        Zone("a point", circle=(50.7, -2.4, 0.0)),
        Zone("a line", polygon=((50.7, -2.4), (50.8, -2.4))),
        Zone("a bow tie", polygon=((50.7, -2.4), (50.8, -2.3), (50.8, -2.4), (50.7, -2.3))),
    ],
    ids=lambda zone: zone.name,
)
def test_a_zone_that_encloses_nothing_is_refused_by_name(zone: Zone) -> None:
    with pytest.raises(InvalidInput, match=zone.name):
        fence_of(zone, GROUND, 20.0)
