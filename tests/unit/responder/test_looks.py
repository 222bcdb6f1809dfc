"""Is somebody's look on record already?"""

from __future__ import annotations

from responder.web.looks import Looks
from telecare.clock import HandClock
from tests.harness.duty import operator


def test_a_card_that_follows_its_changes_is_one_look_and_after_an_hour_another(
    clock: HandClock,
) -> None:
    looks, me = Looks(clock), operator(1)
    known = []
    for minutes in (0, 30, 29, 2, 1):
        clock.forward(minutes=minutes)
        with looks.looking(me, "alert-1") as again:
            known.append(again)
    assert known == [False, True, True, False, True]
    with looks.looking(operator(2), "alert-1") as again:
        assert not again, "everybody's own look"
