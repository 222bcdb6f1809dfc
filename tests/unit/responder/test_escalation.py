"""What happens when nobody acts: told minute by minute."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.arriving import triage
from responder.arriving.triage import Track
from responder.life import alerts, escalation
from responder.life.alerts import Alert
from responder.life.decision import Announce, Decision, NoAnswer, NoTarget, Reason, Ring
from responder.whom.plans import Course, Stage, ladder
from telecare.messages import Signal
from telecare.vocabulary import AlertState, CallState, Outcome, Priority, SignalKind
from tests.unit.responder.signals import EVENING, judged, press

FAMILY = ladder(["daughter", "son"])
NOBODY = ladder([])


def opened(signal: Signal | None = None) -> Alert:
    signal = signal or press()
    track = triage.track_of(signal)
    return alerts.opened("alert-1", signal, triage.first(signal), track, signal.raised_at)


def after(**delta: float) -> datetime:
    return EVENING + timedelta(**delta)


def until(alert: Alert, end: datetime, course: Course = FAMILY) -> list[Decision]:
    """Everything that happens by itself up to `end`, each at its own time."""
    happened = []
    while alert.next_due_at is not None and alert.next_due_at <= end:
        decision = escalation.decide(alert, alert.next_due_at, course)
        happened.append(decision)
        alert = decision.alert
    return happened


def test_nothing_happens_before_its_time() -> None:
    alert = opened()
    assert alert.next_due_at == after(seconds=60)
    decision = escalation.decide(alert, after(seconds=59), FAMILY)
    assert decision.reason is Reason.NOT_DUE
    assert decision.alert == alert


def test_unclaimed_for_60_seconds_it_rises_and_is_called_out() -> None:
    decision = escalation.decide(opened(), after(seconds=60), FAMILY)
    assert decision.reason is Reason.UNCLAIMED
    assert decision.effects == (Announce("Nobody has claimed it for 60 seconds: emergency."),)
    assert decision.alert.overdue
    assert decision.alert.announced_at == after(seconds=60)
    assert decision.alert.next_due_at == after(seconds=180)


def test_the_whole_ladder_twice_and_then_the_desk_for_ever() -> None:
    happened = until(opened(), after(minutes=31))
    told = [(d.reason, [e.contact for e in d.effects if isinstance(e, Ring)]) for d in happened]
    assert told[:5] == [
        (Reason.UNCLAIMED, []),
        (Reason.LADDER_STARTED, ["daughter"]),
        (Reason.NEXT_CONTACT, ["son"]),
        (Reason.NEXT_CONTACT, ["daughter"]),
        (Reason.NEXT_CONTACT, ["son"]),
    ]
    rest = happened[5:]
    assert {d.reason for d in rest} == {Reason.NOBODY_REACHED}
    times = [d.alert.announced_at for d in rest]
    assert times == [after(minutes=15), after(minutes=20), after(minutes=25), after(minutes=30)]


def test_an_empty_ladder_falls_through_at_once() -> None:
    happened = until(opened(), after(seconds=180), course=NOBODY)
    assert [d.reason for d in happened] == [Reason.UNCLAIMED, Reason.NOBODY_REACHED]


def test_a_decline_moves_on_at_once() -> None:
    alert = until(opened(), after(seconds=180))[-1].alert
    alert = alerts.refused(alert, "daughter", after(seconds=200))
    decision = escalation.decide(alert, after(seconds=200), FAMILY)
    assert decision.effects == (Ring("son", 1),)


def test_an_accept_stops_the_ladder_until_somebody_must_ask() -> None:
    alert = until(opened(), after(seconds=180))[-1].alert
    alert = alerts.going(alert, "daughter", after(seconds=200))
    assert alert.state is AlertState.ATTENDING
    back = until(alert, after(minutes=60))[0]
    assert back.reason is Reason.ABANDONED
    assert back.alert.announced_at == after(seconds=200) + timedelta(minutes=45)


def test_who_has_an_attended_alert_is_asked_to_ask_and_then_loses_it() -> None:
    alert = alerts.claimed(opened(), "op-1", "Operator 1", after(seconds=30))
    alert = alerts.going(alert, "daughter", after(seconds=200))
    happened = until(alert, after(minutes=80))
    assert [d.reason for d in happened][:3] == [
        Reason.NO_ARRIVAL, Reason.NO_ARRIVAL, Reason.ABANDONED,
    ]  # fmt: skip


def test_the_only_one_on_the_way_turns_back_and_everything_begins_anew() -> None:
    ladder = until(opened(), after(seconds=180))[-1].alert
    alert = alerts.going(ladder, "daughter", after(minutes=4))
    alert = alerts.refused(alert, "daughter", after(minutes=6))
    assert alert.state is AlertState.WAITING
    assert alert.next_due_at == after(minutes=7)


def test_who_has_it_is_reminded_within_a_minute_when_the_only_one_on_the_way_turns_back() -> None:
    alert = alerts.claimed(opened(), "op-1", "Operator 1", after(seconds=30))
    alert = alerts.going(alert, "daughter", after(minutes=4))
    alert = alerts.refused(alert, "daughter", after(minutes=6))
    assert (alert.state, alert.owner_id) == (AlertState.CLAIMED, "op-1")
    assert alert.next_due_at == after(minutes=7)


def pressed_again(alert: Alert, minute: float) -> Alert:
    again = press(f"p{minute}", minute=minute)
    by = triage.join(triage.Standing(alert.judgement, True, (press(),)), again)
    return alerts.joined(alert, again, by, after(minutes=minute))


def test_no_press_puts_off_the_question_whether_somebody_arrived() -> None:
    """She presses every two minutes, and nobody comes: the first press gave three minutes."""
    alert = alerts.claimed(opened(), "op-1", "Operator 1", after(seconds=30))
    alert = alerts.going(alert, "daughter", after(minutes=4))
    for minute in (10, 12):
        alert = pressed_again(alert, minute)
    assert alert.next_due_at == after(minutes=13)


def test_a_further_press_does_not_put_off_the_answer_to_the_first() -> None:
    alert = alerts.claimed(opened(), "op-1", "Operator 1", after(seconds=30))
    for minute in (5, 5.5):
        alert = pressed_again(alert, minute)
    assert alert.next_due_at == after(minutes=6)


def test_what_is_handed_on_has_the_cry_nobody_answered_for_a_minute_more() -> None:
    alert = pressed_again(alerts.claimed(opened(), "op-1", "Operator 1", EVENING), 5)
    alert = alerts.handed(alert, "op-2", "Operator 2", after(minutes=5, seconds=30))
    assert alert.cried_at == after(minutes=5)
    assert alert.next_due_at == after(minutes=6, seconds=30)


def test_who_was_asked_before_a_window_is_not_awaited_after_it() -> None:
    alert = alerts.rung(opened(judged(SignalKind.INACTIVITY)), "daughter", after(minutes=1))
    alert = alerts.set_aside(alert, "window-1", after(hours=8))
    assert alert.next_due_at == after(hours=8)
    assert [each.deadline for each in alert.rungs] == [None]


def test_two_on_the_way_and_one_turns_back_the_other_still_comes() -> None:
    alert = alerts.going(opened(), "son", after(minutes=4))
    alert = alerts.going(alert, "daughter", after(minutes=5))
    alert = alerts.refused(alert, "son", after(minutes=6))
    assert (alert.state, alert.attending) == (AlertState.ATTENDING, "daughter")


def test_one_turns_back_while_another_is_there_already_and_nobody_else_is_asked() -> None:
    alert = alerts.going(opened(), "son", after(minutes=4))
    alert = alerts.stood(alert, "daughter", CallState.ARRIVED, after(minutes=5))
    alert = alerts.refused(alert, "son", after(minutes=6))
    assert (alert.state, alert.attending) == (AlertState.ATTENDING, "daughter")


def test_a_claim_stops_the_ladder_and_an_answer_still_counts() -> None:
    alert = until(opened(), after(seconds=180))[-1].alert
    alert = alerts.claimed(alert, "op-1", "Operator 1", after(seconds=190))
    happened = until(alert, after(minutes=12))
    assert [d.reason for d in happened] == [Reason.NO_ANSWER]
    assert happened[0].effects == (NoAnswer("daughter"),)
    alert = alerts.going(happened[0].alert, "daughter", after(minutes=8))
    assert alert.state is AlertState.ATTENDING
    assert alert.owner_id == "op-1"


def test_claimed_and_left_alone_is_reminded_and_in_the_end_given_back() -> None:
    alert = alerts.claimed(opened(), "op-1", "Operator 1", after(seconds=20))
    happened = until(alert, after(minutes=31))
    assert [d.reason for d in happened] == [Reason.UNTOUCHED, Reason.UNTOUCHED, Reason.ABANDONED]
    assert happened[-1].alert.state is AlertState.WAITING
    assert happened[-1].alert.owner_id is None


@pytest.mark.parametrize(
    ("signal", "minutes"),
    [
        (press(), 10), (press(alarm="flood"), 10), (press(alarm="medication_missed"), 30),
        (judged(SignalKind.ROUTINE), 8 * 60), (judged(SignalKind.HUB_SILENT), 24 * 60),
    ],
)  # fmt: skip
def test_the_less_urgent_the_longer_its_owner_may_leave_it(signal: Signal, minutes: int) -> None:
    alert = alerts.claimed(opened(signal), "op-1", "Operator 1", EVENING)
    assert alert.next_due_at == after(minutes=minutes)


@pytest.mark.parametrize("alarm", ["smoke", "heat", "carbon_monoxide", "gas"])
def test_where_it_burns_the_desk_does_not_wait_for_the_staff_on_site(alarm: str) -> None:
    signal, staffed = press(alarm=alarm), Course(stages=(), on_site=("warden",))
    alert = alerts.opened(
        "alert-1", signal, triage.first(signal), Track.CARE, EVENING,
        alerts.Terms(on_site_seconds=300),
    )  # fmt: skip
    told = [d.reason for d in until(alert, after(seconds=60), staffed)]
    assert told == [Reason.ON_SITE_ASKED, Reason.UNCLAIMED]


def test_an_act_of_the_owner_begins_the_reminders_anew() -> None:
    alert = alerts.claimed(opened(), "op-1", "Operator 1", EVENING)
    alert = alerts.touched(alert, after(minutes=9))
    assert alert.next_due_at == after(minutes=19)


def test_a_timer_ends_and_it_waits_again() -> None:
    alert = alerts.claimed(opened(), "op-1", "Operator 1", EVENING)
    alert = alerts.watched(alert, after(minutes=30), after(minutes=1))
    decision = escalation.decide(alert, after(minutes=30), FAMILY)
    assert decision.reason is Reason.WATCH_ENDED
    assert decision.alert.state is AlertState.WAITING
    assert decision.alert.announcement == "Time to check again."


def test_a_press_does_not_sleep_behind_a_timer() -> None:
    alert = alerts.claimed(opened(), "op-1", "Operator 1", EVENING)
    alert = alerts.watched(alert, after(minutes=30), after(minutes=1))
    again = press("p2", minute=5)
    joined = triage.join(triage.Standing(alert.judgement, True, (press(),)), again)
    alert = alerts.joined(alert, again, joined, after(minutes=5))
    assert alert.state is AlertState.WAITING
    assert alert.next_due_at == after(minutes=6)


@pytest.mark.parametrize(
    ("signal", "hours", "priority"),
    [
        (press(alarm="medication_missed"), 1, Priority.URGENT),
        (judged(SignalKind.ROUTINE), 8, Priority.SOON),
        (judged(SignalKind.HUB_SILENT), 4, Priority.SOON),
        (judged(SignalKind.WANDERING), 1 / 6, Priority.EMERGENCY),
    ],
)
def test_nothing_low_waits_for_ever(signal: Signal, hours: float, priority: Priority) -> None:
    happened = until(opened(signal), after(hours=hours))
    assert happened[-1].alert.priority is priority
    assert "nobody has taken it for" in happened[-1].alert.reason


def test_in_a_fortnight_everything_has_become_an_emergency() -> None:
    for signal in (judged(SignalKind.ROUTINE), judged(SignalKind.HUB_SILENT)):
        assert until(opened(signal), after(days=1))[-1].alert.priority is Priority.EMERGENCY


def test_a_resolved_alert_is_left_in_peace() -> None:
    alert = alerts.resolved(opened(), Outcome.TEST_CALL, None, after(seconds=10))
    assert alert.next_due_at is None
    assert escalation.decide(alert, after(days=9), FAMILY).reason is Reason.NOT_DUE


def test_after_an_outage_of_20_minutes_one_step_is_taken_and_one_contact_asked() -> None:
    decision = escalation.decide(opened(), after(minutes=20), FAMILY)
    assert [type(e) for e in decision.effects] == [Announce, Ring]
    assert decision.alert.overdue
    ringing = decision.alert.rung("daughter")
    assert ringing is not None
    assert ringing.deadline == after(minutes=23)


def stage(number: int, *people: str, **changes: object) -> Stage:
    return Stage(number=number, people=people, **changes)  # type: ignore[arg-type]


TOGETHER = Course(
    stages=(
        stage(1, "daughter", "son", at_once=True),
        stage(2, "team:ann", with_previous=True),
        stage(3, desk="Send the duty car.", answers=timedelta(minutes=5)),
    )
)
EMPTY_TEAM = Course(
    stages=(stage(1, missing="nobody of the team drivers is on duty"), stage(2, "daughter"))
)
PLANS = [TOGETHER, EMPTY_TEAM]


def test_parallel_steps_begin_together_and_then_the_desk_is_called() -> None:
    happened = until(opened(), after(minutes=19), TOGETHER)
    rings = [{e.contact for e in d.effects if isinstance(e, Ring)} for d in happened]
    assert [(d.reason, asked) for d, asked in zip(happened, rings, strict=True)] == [
        (Reason.UNCLAIMED, set()),
        (Reason.LADDER_STARTED, {"daughter", "son", "team:ann"}),
        (Reason.DESK_CALLED, set()),
        (Reason.NEXT_CONTACT, {"daughter", "son", "team:ann"}),
        (Reason.DESK_CALLED, set()),
        (Reason.NOBODY_REACHED, set()),
    ]
    assert happened[2].alert.announcement == "Send the duty car."
    assert happened[2].alert.next_due_at == after(minutes=11)


def test_of_those_asked_together_one_decline_changes_nothing_for_the_others() -> None:
    alert = until(opened(), after(minutes=3), TOGETHER)[-1].alert
    alert = alerts.refused(alert, "daughter", after(minutes=4))
    assert alert.next_due_at == after(minutes=6)
    alert = alerts.refused(alert, "son", after(minutes=4))
    alert = alerts.refused(alert, "team:ann", after(minutes=4))
    assert escalation.decide(alert, after(minutes=4), TOGETHER).reason is Reason.DESK_CALLED


def test_a_step_without_anybody_falls_through_at_once_and_is_told() -> None:
    decision = until(opened(), after(minutes=3), EMPTY_TEAM)[-1]
    assert decision.reason is Reason.LADDER_STARTED
    assert decision.effects[1:] == (
        NoTarget(1, "nobody of the team drivers is on duty"),
        Ring("daughter", 1),
    )


acts = st.sampled_from(
    ["time", "claim", "release", "going", "cannot", "watch", "touch", "press", "returned",
     "attend", "silent"]
)  # fmt: skip


@given(
    st.lists(st.tuples(acts, st.integers(0, 40)), max_size=40),
    st.sampled_from([press(), judged(SignalKind.ROUTINE), judged(SignalKind.WANDERING)]),
    st.sampled_from([NOBODY, ladder(["daughter"]), FAMILY, *PLANS]),
)
def test_an_open_alert_always_has_a_next_step_in_the_future(
    story: list[tuple[str, int]], first: Signal, course: Course
) -> None:
    """I2, whatever people do and however late the clockwork looks."""
    alert, now = opened(first), EVENING
    for number, (act, minutes) in enumerate(story):
        now += timedelta(minutes=minutes)
        decision = escalation.decide(alert, now, course)
        assert decision.alert.next_due_at is not None
        assert decision.alert.next_due_at > now
        asked = [e.contact for e in decision.effects if isinstance(e, Ring)]
        assert len(asked) == len(set(asked)) <= 3
        assert len([e for e in decision.effects if isinstance(e, Announce)]) <= 1
        assert decision.alert.priority.rank <= alert.priority.rank
        alert = decision.alert
        alert = act_on(alert, act, now, number)
        assert alert.next_due_at is not None
        assert alert.next_step
        assert (alert.state is AlertState.CLAIMED) <= (alert.owner_id is not None)


def act_on(alert: Alert, act: str, now: datetime, number: int) -> Alert:
    owned = alert.owner_id is not None
    if act in ("press", "returned"):
        minute = (now - EVENING).total_seconds() / 60
        pressed = press(f"p{number}", minute=minute)
        signal = pressed if act == "press" else judged(SignalKind.RETURNED, minute=minute)
        joined = triage.join(triage.Standing(alert.judgement, False, ()), signal)
        return alerts.joined(alert, signal, joined, now)
    possible = {
        "claim": not owned and alerts.claimed(alert, "op-1", "Operator 1", now),
        "release": owned and alerts.given_back(alert, now),
        "going": alerts.going(alert, "son", now),
        "cannot": alerts.refused(alert, "son", now),
        "watch": owned and alerts.watched(alert, now + timedelta(minutes=10), now),
        "touch": alerts.touched(alert, now),
        "attend": alerts.attended(alert, "ambulance", now),
        "silent": alerts.stood(alert, "daughter", CallState.NO_ANSWER, now),
    }
    return possible.get(act) or alert


def test_tracks_are_two() -> None:
    assert opened(judged(SignalKind.HUB_SILENT)).track is Track.EQUIPMENT
