"""Stories of calls that must be found again: by whom, for which alert, under which reference."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from responder.outgoing.call_references import CallWay
from telecare.errors import InvalidInput, NotFound
from telecare.messages import Evidence
from telecare.vocabulary import Outcome
from tests.harness.duty import ORG
from tests.harness.duty import operator as actor
from tests.harness.world import World


def test_each_call_of_an_alert_is_found_again(county: World) -> None:
    """The unit called, the operator rang the daughter, and the son rang the centre."""
    county.home(7, "daughter", "son")
    called = county.press("pendant-7")
    unit = replace(called, id="press-unit", evidence=Evidence(facts={"call": "1193308443"}))
    county.signal(unit)
    county.settle()
    desk, me = county.operator(1), actor(1)
    desk.claims(7)
    alert = county.alert(7).id
    county.desk.note_call(me, alert, CallWay.MADE, " REC-2026/0417 ", "daughter-7")
    desk.closes(7, Outcome.HELPED_BY_TALKING)
    county.desk.note_call(me, alert, CallWay.TAKEN, "REC-2026/0418")
    (closed,) = county.desk.history(me)
    assert [(each.way, each.reference, each.contact) for each in closed.calls] == [
        (CallWay.UNIT, "1193308443", None),
        (CallWay.MADE, "REC-2026/0417", "daughter-7"),
        (CallWay.TAKEN, "REC-2026/0418", None),
    ]
    shown = county.desk.open_alert(me, alert)
    assert shown.calls == closed.calls
    said = [each.sentence for each in shown.timeline]
    assert "Call made, reference REC-2026/0417." in said
    assert any(each.endswith("Its call: 1193308443.") for each in said)
    entries = county.reads.entries(ORG, alert=alert)
    assert "REC-2026" not in str([each.detail for each in entries]), "what was typed can be erased"


def test_what_is_no_reference_or_not_ours_is_refused(county: World) -> None:
    county.home(7)
    county.press("pendant-7")
    alert, note = county.alert(7).id, county.desk.note_call
    for way, reference in ((CallWay.MADE, "<b>"), (CallWay.MADE, " "), (CallWay.UNIT, "1")):
        with pytest.raises(InvalidInput):
            note(actor(1), alert, way, reference)
    with pytest.raises(NotFound):
        note(actor(1, org="south"), alert, CallWay.MADE, "REC-1")
    with pytest.raises(NotFound):
        note(actor(1), alert, CallWay.MADE, "REC-1", "son-9")
