"""How soon must somebody act, and does anything ever get lost in a group?"""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.arriving import triage
from responder.arriving.triage import Standing, Track
from telecare.messages import Signal
from telecare.vocabulary import AlarmType, Priority, SignalKind
from tests.unit.responder.signals import judged, press


def standing(*signals: Signal, answered: bool = False) -> Standing:
    judgement = triage.judge(signals[0])
    return Standing(judgement, answered, signals)


def test_a_second_press_rises_and_says_why() -> None:
    after = triage.join(standing(press("p1")), press("p2", minute=4))
    assert after.judgement.priority is Priority.EMERGENCY
    assert after.judgement.reason == "second press in 4 minutes, no answer to the first"
    assert after.judgement.order < triage.judge(press("p1")).order
    assert after.leads


def test_a_second_press_while_somebody_sees_to_it_still_rises() -> None:
    after = triage.join(standing(press("p1"), answered=True), press("p2", minute=4))
    assert after.judgement.reason == "second press in 4 minutes"


def test_a_press_an_hour_later_is_not_called_insisting() -> None:
    after = triage.join(standing(press("p1")), press("p2", minute=60))
    assert "second" not in after.judgement.reason


def test_a_bed_alarm_that_repeats_becomes_an_emergency() -> None:
    bed = press("b1", alarm="bed_exit")
    assert triage.judge(bed).priority is Priority.URGENT
    after = triage.join(standing(bed), press("b2", alarm="bed_exit", minute=10))
    assert after.raised
    assert after.judgement.priority is Priority.EMERGENCY


def test_life_safety_comes_in_the_fields_order() -> None:
    silent = triage.join(standing(press("p1")), press("p2", minute=1)).judgement
    smoke_twice = triage.join(
        standing(press("s1", alarm="smoke")), press("s2", alarm="smoke", minute=1)
    ).judgement
    in_order = [
        silent,
        triage.judge(press()),
        triage.judge(judged(SignalKind.FALL)),
        smoke_twice,
        triage.judge(press(alarm="smoke")),
        triage.judge(judged(SignalKind.WANDERING)),
        triage.judge(judged(SignalKind.INACTIVITY)),
        triage.judge(press(alarm="medication_missed")),
        triage.judge(judged(SignalKind.ROUTINE)),
        triage.judge(judged(SignalKind.HUB_SILENT)),
    ]
    assert sorted(in_order, key=lambda j: j.order) == in_order


def test_a_long_lie_goes_before_other_silences() -> None:
    lying = msgspec.structs.replace(judged(SignalKind.INACTIVITY), type="bathroom")
    assert triage.judge(lying).order < triage.judge(judged(SignalKind.WANDERING)).order
    assert triage.judge(lying).order < triage.judge(judged(SignalKind.INACTIVITY)).order


def test_where_somebody_is_opens_nothing_and_changes_nothing() -> None:
    where = judged(SignalKind.WHEREABOUTS, minute=1)
    assert not triage.opens(where)
    before = standing(press("p1"))
    after = triage.join(before, where)
    assert (after.judgement, after.raised, after.leads) == (before.judgement, False, False)


def test_what_could_not_be_judged_is_the_tec_team_s() -> None:
    assert triage.track_of(judged(SignalKind.UNJUDGED)) is Track.EQUIPMENT
    assert triage.track_of(judged(SignalKind.OUT_OF_TOUCH)) is Track.CARE


def test_the_platform_s_opinion_stands_beside_a_fall_detector_s_alarm() -> None:
    alarm = press("f1", alarm="fall")
    alone = triage.judge(alarm)
    after = triage.join(standing(alarm), judged(SignalKind.FALL, minute=0.5))
    assert after.judgement.order == alone.order
    assert after.judgement.reason == (
        "a fall detector went off, and a worn device's movement looks like a fall"
    )
    assert not after.leads


def test_without_that_opinion_a_fall_alarm_is_as_urgent() -> None:
    alarm = press("f1", alarm="fall")
    after = triage.join(standing(alarm), judged(SignalKind.ACTIVITY_RESUMED, minute=1))
    assert after.judgement == triage.judge(alarm)


def test_an_alarm_of_an_unknown_kind_is_an_emergency() -> None:
    assert triage.judge(press(alarm="velocipede")).priority is Priority.EMERGENCY


def test_an_unreadable_alarm_is_treated_like_a_press() -> None:
    assert triage.judge(judged(SignalKind.UNREADABLE_ALARM)).order == triage.judge(press()).order


def test_a_dead_hub_never_shares_an_alert_with_a_press() -> None:
    assert triage.track_of(judged(SignalKind.HUB_SILENT)) is Track.EQUIPMENT
    assert triage.track_of(press()) is Track.CARE
    assert triage.track_of(judged(SignalKind.UNREADABLE_ALARM)) is Track.CARE


@pytest.mark.parametrize("kind", sorted(triage.REASSURING))
def test_good_news_opens_nothing_and_lowers_nothing(kind: SignalKind) -> None:
    good = judged(kind, minute=2)
    assert not triage.opens(good)
    before = standing(judged(SignalKind.WANDERING))
    after = triage.join(before, good)
    assert after.judgement == before.judgement
    assert not after.leads


def test_a_withdrawal_is_told_and_lowers_nothing() -> None:
    before = standing(press())
    assert triage.join(before, press("c", alarm="cancel", minute=1)).judgement == before.judgement


def test_a_withdrawal_of_an_alarm_we_never_had_is_asked_about() -> None:
    cancel = press("c", alarm="cancel")
    assert triage.opens(cancel)
    assert triage.judge(cancel).priority is Priority.SOON


any_signal = st.one_of(
    st.builds(
        press,
        name=st.uuids().map(str),
        minute=st.integers(0, 600),
        alarm=st.sampled_from(AlarmType),
    ),
    st.builds(
        judged, st.sampled_from([k for k in SignalKind if k is not SignalKind.ALARM]),
        minute=st.integers(0, 600),
    ),
)  # fmt: skip


@given(st.lists(any_signal, min_size=2, max_size=12), st.booleans())
def test_grouping_never_lowers_and_explicit_alarms_never_join_as_less(
    signals: list[Signal], answered: bool
) -> None:
    held = [signals[0]]
    judgement = triage.judge(signals[0])
    for signal in signals[1:]:
        after = triage.join(Standing(judgement, answered, tuple(held)), signal)
        assert after.judgement.order <= judgement.order
        if signal.kind not in triage.REASSURING and signal.type != AlarmType.CANCEL:
            assert after.judgement.order <= triage.judge(signal).order
        held.append(signal)
        judgement = after.judgement
