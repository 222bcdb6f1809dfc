"""When is another setting proposed, and when never?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from detectors.base import HomeProfile
from detectors.falls import FallsSettings
from detectors.inactivity import InactivitySettings
from detectors.late_exits import WanderingSettings
from detectors.rehearsal import Rehearsed
from detectors.routine import RoutineSettings
from detectors.suggestions import LEAST_FALSE, suggest, worth_a_look
from telecare.dials import DIALS, Dial, dial
from telecare.errors import InvalidInput
from telecare.messages import Fired, Verdict
from telecare.vocabulary import FalseAlarmCause, Outcome, SignalKind, Truth

NOW = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
FALLS = dial("falls", "threshold")
SETTINGS: dict[str, type[msgspec.Struct]] = {
    "falls": FallsSettings,
    "wandering": WanderingSettings,
    "inactivity": InactivitySettings,
    "routine": RoutineSettings,
}


def judged(
    truths: str, cause: FalseAlarmCause = FalseAlarmCause.USER, kind: SignalKind = SignalKind.FALL
) -> list[Verdict]:
    meaning = {"r": Truth.REAL, "f": Truth.FALSE, "u": Truth.UNKNOWN}
    return [
        Verdict(
            id=f"signal-{n}", org="north", home="home-1", alert=f"alert-{n}", source="falls",
            kind=kind, truth=meaning[letter],
            outcome=Outcome.FALSE_ALARM if letter == "f" else Outcome.AMBULANCE,
            cause=cause if letter == "f" else None, occurred_at=NOW, at=NOW - timedelta(days=n),
        )
        for n, letter in enumerate(truths)
    ]  # fmt: skip


def fired(verdicts: list[Verdict], *, without: str = "") -> list[Fired]:
    return [
        Fired(id=v.id, at=NOW, kind=v.kind, truth=v.truth)
        for v in verdicts
        if v.id.removeprefix("signal-") not in without
    ]


@pytest.mark.parametrize("each", DIALS, ids=lambda d: d.key)
def test_a_dials_usual_is_the_detectors_own_default(each: Dial) -> None:
    kind = SETTINGS[each.detector]
    default = getattr(msgspec.convert({}, kind), each.setting)
    assert default == each.usual
    assert isinstance(default, int) or not each.whole
    msgspec.convert({each.setting: each.setting_of(each.most)}, kind)
    assert each.least <= each.usual <= each.most
    assert each.kind is None or each.usual < each.floor <= each.most


def test_nothing_that_saves_lives_by_itself_has_a_dial() -> None:
    proposed = {each.kind for each in DIALS if each.kind}
    assert SignalKind.ALARM not in proposed
    assert SignalKind.UNREADABLE_ALARM not in proposed
    assert SignalKind.HUB_SILENT not in proposed
    assert {each.detector for each in DIALS} == set(SETTINGS)


def test_what_was_false_of_the_kitchen_turns_no_dial_of_the_bathroom() -> None:
    false = [
        msgspec.structs.replace(each, source="routine", type="kitchen_day")
        for each in judged("fff", kind=SignalKind.ROUTINE)
    ]
    assert [each.setting for each in worth_a_look(false)] == ["kitchen_threshold"]


def test_a_wrong_value_is_refused_with_its_range() -> None:
    with pytest.raises(InvalidInput, match=r"from 0\.2 to 0\.8"):
        FALLS.checked(0.95)
    with pytest.raises(InvalidInput, match="whole number"):
        dial("wandering", "night_from_hour").checked(22.5)
    with pytest.raises(InvalidInput):
        FALLS.checked(float("nan"))
    with pytest.raises(InvalidInput, match="no setting"):
        dial("gateway", "pendant")


def test_two_false_falls_are_no_reason_three_are() -> None:
    assert worth_a_look(judged("ff")) == []
    assert worth_a_look(judged("f" * LEAST_FALSE)) == [FALLS]


def test_a_detector_that_is_mostly_right_is_left_alone() -> None:
    assert worth_a_look(judged("fff" + "rrrr")) == []


@pytest.mark.parametrize("cause", [FalseAlarmCause.SENSOR, FalseAlarmCause.INSTALLATION])
def test_faulty_equipment_is_repaired_not_tuned_away(cause: FalseAlarmCause) -> None:
    assert worth_a_look(judged("fffff", cause)) == []


def test_false_presses_never_lead_to_anything() -> None:
    assert worth_a_look(judged("fffff", kind=SignalKind.ALARM)) == []


def test_the_smallest_step_that_spares_half_is_proposed_with_its_reason() -> None:
    verdicts = judged("ffffr")
    asked: list[float] = []

    def rehearse(_dial: Dial, value: float) -> Rehearsed:
        asked.append(value)
        spared = {0.55: "0", 0.6: "01"}[value]
        return Rehearsed(100, fired(verdicts), fired(verdicts, without=spared))

    found = suggest(FALLS, 0.5, verdicts, rehearse)
    assert found is not None
    assert (found.value, asked) == (0.6, [0.55, 0.6])
    assert found.reason.startswith("4 of these signals were false in the last 28 days. With 0.6")


def test_a_setting_that_would_have_missed_a_real_fall_is_not_proposed() -> None:
    verdicts = judged("fffr")

    def rehearse(_dial: Dial, _value: float) -> Rehearsed:
        return Rehearsed(100, fired(verdicts), [])

    assert suggest(FALLS, 0.5, verdicts, rehearse) is None


@pytest.mark.parametrize("unjudged", [Truth.UNKNOWN, None])
def test_nor_one_that_would_have_missed_what_nobody_has_judged(unjudged: Truth | None) -> None:
    verdicts = judged("fff")
    more = Fired(id="open", at=NOW, kind=SignalKind.FALL, truth=unjudged)

    def rehearse(_dial: Dial, _value: float) -> Rehearsed:
        return Rehearsed(100, [*fired(verdicts), more], [])

    assert suggest(FALLS, 0.5, verdicts, rehearse) is None


def test_no_proposal_goes_past_the_floor_however_many_were_false() -> None:
    verdicts = judged("f" * 40)
    tried: list[float] = []

    def rehearse(_dial: Dial, value: float) -> Rehearsed:
        tried.append(value)
        return Rehearsed(100, fired(verdicts), fired(verdicts))

    assert suggest(FALLS, 0.6, verdicts, rehearse) is None
    assert tried == [FALLS.floor]
    assert suggest(FALLS, FALLS.floor, verdicts, rehearse) is None
    assert len(tried) == 1, "at the floor nothing is even tried"


def test_a_homes_own_value_is_where_it_begins() -> None:
    profile = HomeProfile(org="north", home="home-1", settings={"falls": {"threshold": 0.55}})
    assert FALLS.value_in(profile.settings) == 0.55
    assert FALLS.value_in({}) == 0.5
    assert FALLS.value_in({"falls": "nonsense"}) == 0.5
