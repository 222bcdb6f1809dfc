"""Ground a person knows, in half a kilobyte."""

from __future__ import annotations

from detectors.places import SQUARE_M, Places


def test_ground_is_known_from_another_day_on() -> None:
    places = Places()
    places.walked((400, 0), 100)
    assert places.days((400, 0), 100) == 0
    assert places.days((400, 0), 101) == 1
    assert places.days((400, 60), 101) == 1, "the other side of the street is the same ground"
    assert places.days((400, 400), 101) == 0


def test_many_walks_on_a_day_are_one_day() -> None:
    places = Places()
    for _ in range(9):
        places.walked((0, 300), 5, circling=True)
    assert (places.days((0, 300), 6), places.circling((0, 300), 6)) == (1, 1)


def test_circling_is_remembered_apart_from_walking() -> None:
    places = Places()
    for day in range(5):
        places.walked((500, 500), day, circling=day % 2 == 0)
    assert (places.days((500, 500), 9), places.circling((500, 500), 9)) == (5, 3)


def test_what_was_not_walked_for_half_a_year_is_forgotten() -> None:
    places = Places()
    places.walked((900, 0), 10)
    assert places.days((900, 0), 190) == 1
    assert places.days((900, 0), 191) == 0


def test_a_busy_life_keeps_the_usual_ways_and_stays_small() -> None:
    places = Places()
    for day in range(60):
        places.walked((300, 0), day)
        for n in range(4):  # and four new places a day
            places.walked((2 * SQUARE_M * day + 1000, 2 * SQUARE_M * n + 1000), day)
    assert places.days((300, 0), 60) == 60
    assert len(places.packed()) <= 110 * 6


def test_a_snapshot_in_the_middle_of_a_day_counts_the_day_once() -> None:
    places = Places()
    places.walked((0, 300), 5, circling=True)
    again = Places(places.packed())
    again.walked((0, 300), 5, circling=True)
    assert again.packed() == places.packed()


def test_what_lies_beyond_the_map_is_on_its_edge() -> None:
    places = Places()
    places.walked((1e6, -1e6), 1)
    assert places.days((2e6, -2e6), 2) == 0, "its own square is far from the point"
    assert len(places) == 1
