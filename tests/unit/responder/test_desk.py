"""Can an operator do their work, nobody else's, and is all of it on record?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from responder.kept import record
from responder.kept.record import Entry
from responder.seeing.looks import chain_report
from responder.whom.people import Channel
from telecare.errors import Conflict, Forbidden, InvalidInput, NotFound
from telecare.vocabulary import (
    AlertState,
    CallState,
    FalseAlarmCause,
    Outcome,
    Priority,
    Role,
    SignalKind,
)
from tests.harness.duty import Duty, operator


def opened(world: Duty) -> str:
    world.press()
    world.settle()
    return world.only().id


def test_from_the_press_to_the_outcome_everything_is_on_record(world: Duty) -> None:
    alert, me = opened(world), operator(2)
    world.clock.forward(seconds=12)
    line = world.desk.claim(me, alert)
    assert (line.state, line.owner_name) == (AlertState.CLAIMED, "Operator 2")
    world.desk.note(me, alert, "She is on the kitchen floor, not hurt.")
    world.desk.contact(me, alert, "daughter-1")
    line = world.desk.contact_answer(me, alert, "daughter-1", "going")
    assert line.state is AlertState.ATTENDING
    world.desk.contact_answer(me, alert, "daughter-1", "arrived")
    line = world.desk.resolve(me, alert, Outcome.KEYHOLDER_ATTENDED, "Daughter helped her up.")
    assert line.state is AlertState.RESOLVED
    assert line.next_due_at is None
    assert world.desk.queue(me) == []
    assert [each.id for each in world.desk.history(me)] == [alert]
    assert world.acts(alert) == [
        "opened", "claimed", "noted", "rung", "answered", "answered", "resolved",
    ]  # fmt: skip
    told = [e.sentence for e in world.desk.open_alert(me, alert).timeline]
    assert told == [
        "The pendant was pressed.",
        "Claimed.",
        "She is on the kitchen floor, not hurt.",
        "The daughter 1 is asked by telephone.",
        "The daughter 1: I am going.",
        "The daughter 1: has arrived.",
        "Closed: keyholder attended. Daughter helped her up.",
        "Looked at the alert and the resident's card.",
    ]
    assert world.desk.verify_chain("north").whole


def test_the_record_holds_no_word_anybody_wrote_and_no_name(world: Duty) -> None:
    alert, me = opened(world), operator(2)
    world.desk.claim(me, alert)
    world.desk.note(me, alert, "canary-note")
    world.desk.attending(me, alert, "canary-crew")
    world.desk.resolve(me, alert, Outcome.AMBULANCE, "canary-end")
    with world.own.read() as connection:
        rows = connection.execute(text("SELECT * FROM record_entry")).all()
    for word in ("canary", "Operator", "Resident", "daughter", "Lane"):
        assert word not in str(rows)


def test_an_erased_text_leaves_the_chain_whole(world: Duty) -> None:
    alert, me = opened(world), operator()
    world.desk.note(me, alert, "To be forgotten.")
    with world.own.begin() as connection:
        connection.execute(text("DELETE FROM wording"))
    assert world.desk.verify_chain("north").whole
    assert "[erased]" in [e.sentence for e in world.desk.open_alert(me, alert).timeline]


@pytest.mark.parametrize(
    "forgery",
    [
        "UPDATE record_entry SET actor = 'person-9' WHERE sequence = 1",
        "DELETE FROM record_entry WHERE sequence = 1",
    ],
)
def test_the_database_refuses_to_change_the_record(world: Duty, forgery: str) -> None:
    opened(world)
    with (
        pytest.raises(DatabaseError, match="append-only"),
        world.own.begin() as connection,
    ):
        connection.execute(text(forgery))
    assert world.desk.verify_chain("north").whole


@pytest.mark.parametrize("was_looked_at", [False, True])
def test_a_record_cut_short_shows(world: Duty, was_looked_at: bool) -> None:
    alert = opened(world)
    world.desk.claim(operator(), alert)
    if was_looked_at:
        assert world.desk.verify_chain("north").whole
    with world.own.begin() as connection:
        drop = "DROP TRIGGER record_entry_no_delete"
        if not world.own.is_sqlite:
            drop = "DROP TRIGGER record_entry_sealed ON record_entry"
        connection.execute(text(drop))
        connection.execute(text("DELETE FROM record_entry WHERE sequence = 2"))
    report = world.desk.verify_chain("north")
    assert (report.whole, report.broken_at) == (False, 2)


def test_what_is_written_while_the_record_is_walked_is_not_missing_in_it(
    world: Duty, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`telecare doctor` said of a busy desk that somebody had cut its record."""
    alert, walk = opened(world), world.reads.all_entries

    def walked(org: str, **where: int) -> Iterator[Entry]:
        yield from walk(org, **where)
        world.desk.note(operator(), alert, "Written a moment after the last was read.")

    monkeypatch.setattr(world.reads, "all_entries", walked)
    assert chain_report(world.reads, "north").whole


def test_the_whole_record_is_walked_twice_a_day_and_when_it_is_asked_for(
    world: Duty, monkeypatch: pytest.MonkeyPatch
) -> None:
    alert, walked = opened(world), list[int]()
    first_broken = record.first_broken

    def counted(entries: Sequence[Entry], before: tuple[int, str]) -> int | None:
        walked.extend(each.sequence for each in entries)
        return first_broken(entries, before)

    monkeypatch.setattr(record, "first_broken", counted)
    upto = world.desk.verify_chain("north").entries
    assert walked == list(range(1, upto + 1))
    walked.clear()
    world.desk.note(operator(), alert, "She is well.")
    assert world.desk.verify_chain("north").entries == upto + 1
    assert walked == [upto + 1]
    world.desk.verify_chain("north", anew=True)
    assert walked == [upto + 1, *range(1, upto + 2)]
    walked.clear()
    world.clock.forward(hours=12)
    world.desk.verify_chain("north")
    assert walked == list(range(1, upto + 2)), "nor is what was whole once believed for ever"


def test_only_the_owner_acts_and_is_told_who_has_it(world: Duty) -> None:
    alert = opened(world)
    with pytest.raises(Conflict, match="Claim it before you act on it"):
        world.desk.watch(operator(2), alert, 5)
    world.desk.claim(operator(1), alert)
    assert world.desk.claim(operator(1), alert).owner_id == "person-1"
    with pytest.raises(Conflict, match="Operator 1 has it"):
        world.desk.claim(operator(2), alert)
    with pytest.raises(Conflict, match="Operator 1 has it"):
        world.desk.resolve(operator(2), alert, Outcome.TEST_CALL, "Mine?")
    assert world.acts(alert) == ["opened", "claimed"]


def test_hand_over_and_a_supervisor_who_steps_in(world: Duty) -> None:
    alert = opened(world)
    world.desk.claim(operator(1), alert)
    assert world.desk.hand_over(operator(1), alert, "person-2", "Operator 2").owner_id == "person-2"
    with pytest.raises(Conflict, match="Operator 2 has it"):
        world.desk.hand_over(operator(1), alert, "person-1", "Operator 1")
    chief = operator(9, role=Role.SUPERVISOR)
    assert world.desk.hand_over(chief, alert, "person-3", "Operator 3").owner_id == "person-3"


def test_what_is_closed_stays_closed_and_takes_a_note(world: Duty) -> None:
    alert = opened(world)
    world.desk.claim(operator(), alert)
    world.desk.resolve(operator(), alert, Outcome.TEST_CALL, "Monthly test.")
    for act in (
        lambda: world.desk.claim(operator(2), alert),
        lambda: world.desk.resolve(operator(), alert, Outcome.TEST_CALL, "Again."),
        lambda: world.desk.reveal_keysafe(operator(), alert),
    ):
        with pytest.raises(Conflict, match="closed already"):
            act()
    assert world.desk.note(operator(2), alert, "She rang to say thank you.").outcome


def test_a_false_alarm_needs_its_cause_and_nothing_else_has_one(world: Duty) -> None:
    alert, me = opened(world), operator()
    world.desk.claim(me, alert)
    with pytest.raises(InvalidInput, match="needs its cause"):
        world.desk.resolve(me, alert, Outcome.FALSE_ALARM, "The cat.")
    with pytest.raises(InvalidInput, match="Only a false alarm"):
        world.desk.resolve(me, alert, Outcome.POLICE, "Hm.", FalseAlarmCause.PET)
    with pytest.raises(InvalidInput, match="1 to 500 characters"):
        world.desk.resolve(me, alert, Outcome.POLICE, "  ")
    line = world.desk.resolve(me, alert, Outcome.FALSE_ALARM, "The cat.", FalseAlarmCause.PET)
    assert line.false_alarm_cause is FalseAlarmCause.PET


def test_the_keysafe_is_shown_to_the_owner_and_only_on_record(world: Duty) -> None:
    alert = opened(world)
    with pytest.raises(Conflict):
        world.desk.reveal_keysafe(operator(), alert)
    world.desk.claim(operator(), alert)
    assert world.desk.reveal_keysafe(operator(), alert) == "4017"
    assert world.acts(alert)[-1] == "keysafe_revealed"
    card = world.desk.open_alert(operator(), alert).card
    assert card.has_keysafe
    assert "4017" not in str(card)


def test_opening_an_alert_is_on_record_and_shows_who_can_come(world: Duty) -> None:
    alert = opened(world)
    detail = world.desk.open_alert(operator(3), alert)
    last = world.reads.entries("north", alert=alert)[-1]
    assert (last.act, last.actor) == ("looked", "person-3")
    assert [(c.name, c.state, c.channels) for c in detail.contacts] == [
        ("The daughter 1", CallState.NOT_TRIED, [Channel.EMAIL]),
        ("The son 1", CallState.NOT_TRIED, [Channel.EMAIL]),
    ]
    assert [step.text for step in detail.plan] == [
        "Speak with the resident",
        "Ring The daughter 1",
        "Ring The son 1",
        "Send a responder, or ring 999 if life may be at risk",
    ]
    assert detail.card.hazards == ["oxygen in use"]


def test_the_live_view_follows_the_record_without_a_gap(world: Duty) -> None:
    start = world.desk.sequence("north")
    first = opened(world)
    read, changed = world.desk.changes_after("north", start)
    assert changed == [first]
    assert world.desk.changes_after("north", read) == (read, [])
    world.desk.claim(operator(), first)
    later, changed = world.desk.changes_after("north", read)
    assert changed == [first]
    assert world.desk.lines(operator(), changed)[0].changed == later


def test_priority_then_overdue_then_age_orders_the_queue(world: Duty) -> None:
    world.judged(SignalKind.ROUTINE, "home-1")
    world.press("home-2", "bed_exit")
    world.settle()
    world.clock.forward(seconds=30)
    world.press("home-3", "smoke")
    world.press("home-4")
    world.settle()
    kinds = [line.kinds[0] for line in world.desk.queue(operator())]
    assert kinds == ["alarm.pendant", "alarm.smoke", "alarm.bed_exit", "routine"]
    world.forward(seconds=30)
    assert [line.priority for line in world.desk.queue(operator())] == [
        Priority.EMERGENCY, Priority.EMERGENCY, Priority.URGENT, Priority.ROUTINE,
    ]  # fmt: skip


def test_another_organisation_finds_nothing_at_all(world: Duty) -> None:
    alert = opened(world)
    stranger = operator(1, org="south")
    assert world.desk.queue(stranger) == []
    assert world.desk.lines(stranger, [alert]) == []
    assert world.desk.changes_after("south", 0) == (0, [])
    for act in (
        lambda: world.desk.line(stranger, alert),
        lambda: world.desk.open_alert(stranger, alert),
        lambda: world.desk.claim(stranger, alert),
        lambda: world.desk.release(stranger, alert),
        lambda: world.desk.hand_over(stranger, alert, "person-2", "Operator 2"),
        lambda: world.desk.note(stranger, alert, "Hello."),
        lambda: world.desk.contact(stranger, alert, "daughter-1"),
        lambda: world.desk.contact_answer(stranger, alert, "daughter-1", "going"),
        lambda: world.desk.attending(stranger, alert, "Somebody"),
        lambda: world.desk.watch(stranger, alert, 5),
        lambda: world.desk.resolve(stranger, alert, Outcome.TEST_CALL, "Mine."),
        lambda: world.desk.reveal_keysafe(stranger, alert),
    ):
        with pytest.raises(NotFound):
            act()
    assert world.acts(alert) == ["opened"]


def test_the_tec_team_sees_equipment_and_nobodys_name(world: Duty) -> None:
    alert = opened(world)
    world.judged(SignalKind.HUB_SILENT)
    world.settle()
    tec = operator(5, role=Role.TEC)
    (line,) = world.desk.queue(tec)
    assert (line.kinds, line.resident_label) == (["hub_silent"], "")
    detail = world.desk.open_alert(tec, line.id)
    assert (detail.contacts, detail.card.hazards) == ([], [])
    assert world.desk.claim(tec, line.id).owner_id == "person-5"
    with pytest.raises(NotFound):
        world.desk.open_alert(tec, alert)
    with pytest.raises(Forbidden):
        world.desk.reveal_keysafe(tec, line.id)


@pytest.mark.parametrize("role", [Role.MANAGER, Role.AUDITOR, None])
def test_who_is_not_on_the_desk_may_do_nothing_there(world: Duty, role: Role | None) -> None:
    alert = opened(world)
    other = operator(7).__class__(org="north", id="person-7", role=role)
    for act in (
        lambda: world.desk.queue(other),
        lambda: world.desk.open_alert(other, alert),
        lambda: world.desk.claim(other, alert),
    ):
        with pytest.raises(Forbidden):
            act()


def test_the_record_is_read_by_auditors(world: Duty) -> None:
    opened(world)
    auditor = operator(8, role=Role.AUDITOR)
    assert [entry.act for entry in world.desk.record(auditor)] == ["opened"]
    with pytest.raises(Forbidden):
        world.desk.record(operator())
