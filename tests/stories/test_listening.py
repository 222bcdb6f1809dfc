"""Stories of calls that are listened to: drawn by a seed, scored by a supervisor, on record."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from responder.learning import quality
from responder.learning.listening import Listening
from responder.learning.quality import Handled, Question, Wanted, draw
from responder.outgoing.call_references import CallWay
from telecare.errors import Conflict, Forbidden, InvalidInput, NotFound
from telecare.vocabulary import Outcome, Role
from tests.harness.duty import ORG, operator
from tests.harness.world import World

CHIEF = operator(9, role=Role.SUPERVISOR)
MARCH = "2026-03"


def calls_of_march(county: World) -> Listening:
    """Three alerts of operator 1, two of operator 2, one of them an ambulance; then April."""
    for home in range(1, 6):
        county.home(home)
        county.press(f"pendant-{home}")
        who = 1 if home <= 3 else 2
        desk, alert = county.operator(who), county.alert(home).id
        desk.claims(home)
        county.desk.note_call(operator(who), alert, CallWay.MADE, f"REC-{home}")
        ended = Outcome.AMBULANCE if home == 5 else Outcome.HELPED_BY_TALKING
        desk.closes(home, ended)
    county.home(9)
    county.press("pendant-9")  # closed without any call
    county.operator(2).claims(9)
    county.operator(2).closes(9, Outcome.TEST_CALL)
    county.clock.forward(days=25)
    return Listening(county.works, county.register, county.clock)


def test_two_calls_of_each_operator_are_drawn_and_scored(county: World) -> None:
    listening = calls_of_march(county)
    sample = listening.sample(CHIEF, MARCH)
    assert sample.handled == 5
    assert [each.operator for each in sample.drawn] == ["person-1", "person-1", "person-2",
                                                        "person-2"]  # fmt: skip
    assert sample.drawn[2].outcome is Outcome.AMBULANCE, "a call to the emergency services first"
    first = sample.drawn[0]
    sheet = listening.one(CHIEF, MARCH, first.alert, "person-1")
    assert sheet.calls[0].reference.startswith("REC-")
    scores = dict.fromkeys(Question, 2) | {Question.PLAN: None, Question.NEXT: 1}
    listening.listened(CHIEF, MARCH, first.alert, "person-1", scores, "Warm and clear.")
    after = listening.sample(CHIEF, MARCH)
    assert [e.alert for e in after.drawn] == [e.alert for e in sample.drawn], "the same draw"
    review = after.drawn[0].review
    assert review is not None
    assert (review.points, review.of, review.by) == (9, 10, CHIEF.id)
    shown = listening.one(CHIEF, MARCH, first.alert, "person-1").review
    assert shown is not None
    assert shown.text == "Warm and clear."
    figures = {
        (each.name, each.group): (each.count, each.of)
        for each in county.responder.reports.of(ORG, MARCH).figures
        if each.section == "quality"
    }
    assert figures == {
        ("listened_to", ""): (1, 4), ("score", ""): (9, 10),
        ("listened_to_by_handler", "person-1"): (1, 2),
        ("listened_to_by_handler", "person-2"): (0, 2),
    }  # fmt: skip
    entries = county.reads.entries(ORG, alert=first.alert)
    assert "Warm" not in str([each.detail for each in entries])
    assert county.desk.verify_chain(ORG).whole


def test_nobody_picks_the_calls_hears_their_own_or_looks_from_elsewhere(county: World) -> None:
    listening = calls_of_march(county)
    drawn = listening.sample(CHIEF, MARCH).drawn
    others = {each.id for each in county.desk.history(CHIEF)} - {each.alert for each in drawn}
    good = dict.fromkeys(Question, 2)
    with pytest.raises(NotFound, match="was not drawn"):
        listening.listened(CHIEF, MARCH, others.pop(), "person-1", good)
    themselves = operator(1, role=Role.SUPERVISOR)
    with pytest.raises(Conflict, match="Somebody else listens"):
        listening.listened(themselves, MARCH, drawn[0].alert, "person-1", good)
    with pytest.raises(InvalidInput, match="when their month is over"):
        listening.sample(CHIEF, "2026-04")
    with pytest.raises(InvalidInput, match="at least one"):
        listening.listened(CHIEF, MARCH, drawn[0].alert, "person-1", dict.fromkeys(Question))
    with pytest.raises(Forbidden):
        listening.sample(operator(1), MARCH)
    with pytest.raises(NotFound):
        listening.sample(operator(9, org="south", role=Role.SUPERVISOR), MARCH)


def test_the_draw_is_the_seeds_and_drawing_more_keeps_what_was_drawn() -> None:
    found = [
        Handled(
            alert=f"alert-{n}", operator="person-1", kind=("alarm.pendant", "fall")[n > 15],
            outcome=Outcome.HELPED_BY_TALKING, closed_at=datetime(2026, 3, 10, tzinfo=UTC),
            calls=[],
        )
        for n in range(20)
    ]  # fmt: skip
    two = draw("seed", found, Wanted())
    assert draw("seed", reversed(found), Wanted()) == two
    assert {each.kind for each in two} == {"alarm.pendant", "fall"}, "in turn across the kinds"
    assert draw("another", found, Wanted()) != two
    assert draw("seed", found, Wanted(share=0.5))[:2] == two
    assert len(draw("seed", found, Wanted(share=0.5))) == 10
    assert quality.wanted_of({"quality": {"calls": 3}}) == Wanted(calls=3)
    with pytest.raises(InvalidInput, match="is written like"):
        quality.wanted_of({"quality": {"calls": "many"}})
