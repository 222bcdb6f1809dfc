"""Every figure of a month can be worked out again by walking the record, and only its own."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from responder.reports.figure import Figure
from responder.reports.report import Report
from responder.whom.people import Channel
from telecare.clock import HandClock
from telecare.messages import Signal
from telecare.register import open_register
from telecare.register.devices import Device
from telecare.settings import Settings
from telecare.vocabulary import DeviceKind, FalseAlarmCause, Outcome, SignalKind
from tests.harness.duty import ORG, Duty, Mailbag, furnish, operator

OTHER = "south"
BEGINS = datetime(2026, 3, 25, 9, tzinfo=UTC)
MIDNIGHT = datetime(2026, 3, 31, 23, tzinfo=UTC)
"""The month's end in London, where the clocks have just gone forward."""
HOMES = 12


@pytest.fixture
def county(sqlite_settings: Settings) -> Iterator[Duty]:
    """A county on SQLite, for figures that do not depend on the database."""
    yield from begun(sqlite_settings)


@pytest.fixture
def either(settings: Settings) -> Iterator[Duty]:
    """A county on each kind of database."""
    yield from begun(settings)


def begun(settings: Settings) -> Iterator[Duty]:
    """Two organisations whose homes and devices carry the same ids, in service since January."""
    clock = HandClock(BEGINS - timedelta(days=80))
    register = open_register(settings, clock)
    for org in (ORG, OTHER):
        furnish(register, org, HOMES)
        for number in range(1, HOMES + 1):
            device = Device(
                org=org, device=f"hub-home-{number}", home=f"home-{number}",
                model="alpha" if number % 2 else "beta", kind=DeviceKind.HUB,
            )  # fmt: skip
            register.devices.add(device)
    register.close()
    clock.forward(days=80)
    made = Duty(settings, clock, HandClock(clock.now()), Mailbag())
    yield made
    made.responder.close()


def of(county: Duty, month: str = "2026-03", org: str = ORG) -> Report:
    return county.responder.reports.of(org, month)


def one(report: Report, name: str, **about: str) -> Figure:
    (found,) = [
        each
        for each in report.figures
        if each.name == name and all(getattr(each, k) == v for k, v in about.items())
    ]
    return found


def press(
    county: Duty, number: int = 1, *, org: str = ORG, late: int = 0, alarm: str = "pendant"
) -> str:
    """The pendant of a home is pressed and its alert opens; the alert."""
    home = f"home-{number}"
    pressed = county.clock.now() - timedelta(seconds=late)
    signal = Signal(
        id=f"{org}-{county.clock.now().timestamp()}-{number}", org=org, home=home,
        kind=SignalKind.ALARM, type=alarm, occurred_at=pressed, raised_at=county.clock.now(),
        why="The pendant was pressed.", source="gateway", explicit=True, device=f"hub-{home}",
        late=late > 60,
    )  # fmt: skip
    return take(county, signal)


def judged(county: Duty, kind: SignalKind, number: int, *, org: str = ORG) -> str:
    home = f"home-{number}"
    now = county.clock.now()
    signal = Signal(
        id=f"{org}-{kind}-{now.timestamp()}-{number}", org=org, home=home, kind=kind,
        occurred_at=now, raised_at=now, why="Something was noticed.", source=kind.value,
        device=f"hub-{home}",
    )  # fmt: skip
    return take(county, signal)


def take(county: Duty, signal: Signal) -> str:
    before = county.reads.sequence(signal.org)
    county.signal(signal)
    county.intake.step()
    entries = county.reads.entries(signal.org, after=before)
    (alert,) = {e.alert for e in entries if e.alert}
    return alert


def close(
    county: Duty, alert: str, outcome: Outcome = Outcome.HELPED_BY_TALKING, *, org: str = ORG
) -> None:
    cause = FalseAlarmCause.PET if outcome is Outcome.FALSE_ALARM else None
    county.desk.claim(operator(1, org=org), alert)
    county.desk.resolve(operator(1, org=org), alert, outcome, "looked after", cause)


def an_eventful_week(county: Duty, org: str, seed: int, count: int) -> None:
    """Presses, falls and dead hubs, answered sooner or later, some over the month's end."""
    chance = random.Random(seed)
    for _ in range(count):
        number = chance.randint(1, HOMES)
        match chance.randrange(4):
            case 0:
                alert = judged(county, SignalKind.FALL, number, org=org)
            case 1:
                alert = judged(county, SignalKind.HUB_SILENT, number, org=org)
            case _:
                alert = press(county, number, org=org, late=chance.choice([0, 0, 5, 600]))
        county.clock.forward(seconds=chance.choice([20, 59, 60, 61, 179, 180, 181, 4000]))
        if chance.random() < 0.8:
            close(county, alert, chance.choice(list(Outcome)), org=org)
        county.clock.forward(hours=chance.choice([0, 1, 9]), minutes=chance.randint(1, 50))


# ---- the figures are what the record says


def walked(county: Duty, org: str, begins: datetime, ends: datetime) -> dict[str, Any]:
    """The main figures by walking the whole record once, with nothing of the report's own code."""
    mine: dict[str, dict[str, Any]] = {}
    for entry in county.reads.all_entries(org):
        said = entry.detail
        if entry.act == "opened" and begins <= entry.at < ends:
            mine[entry.alert or ""] = {
                "from": datetime.fromisoformat(str(said["raised_at"])), "signals": [said],
                "pressing": said["priority"] in ("emergency", "urgent"), "claimed": None,
                "outcome": None, "kind": said["kind"],
            }  # fmt: skip
        found = mine.get(entry.alert or "")
        if found is None:
            continue
        if entry.act == "joined":
            found["signals"].append(said)
        if entry.act == "raised" and not found["pressing"]:
            found["pressing"], found["from"] = True, entry.at
        if entry.act == "claimed" and found["claimed"] is None:
            found["claimed"] = entry.at
        if entry.act == "resolved":
            found["outcome"] = said["outcome"]
    waits = [
        ((each["claimed"] or county.clock.now()) - each["from"]).total_seconds()
        for each in mine.values()
        if each["pressing"]
    ]
    alarms = [
        said
        for each in mine.values()
        for said in each["signals"]
        if str(said["kind"]).startswith("alarm.")
    ]
    falls = [
        each["outcome"]
        for each in mine.values()
        for said in each["signals"]
        if said["kind"] == "fall" and each["outcome"]
    ]
    unclear = {"test_call", "found_safe", "cancelled_by_person", "no_one_found"}
    told = [outcome for outcome in falls if outcome not in unclear]
    return {
        "opened": len(mine),
        "quick": sum(wait <= 60 for wait in waits),
        "in_time": sum(wait <= 180 for wait in waits),
        "pressing": len(waits),
        "outcomes": dict(Counter(e["outcome"] for e in mine.values() if e["outcome"])),
        "alarms": len(alarms),
        "not_at_first": sum(int(said["delay"] or 0) > 60 for said in alarms),
        "hubs": sum(each["kind"] == "hub_silent" for each in mine.values()),
        "false_falls": sum(o in ("false_alarm", "equipment_fault") for o in told),
        "told_falls": len(told),
    }


def test_walking_the_record_gives_the_report(either: Duty) -> None:
    an_eventful_week(either, ORG, seed=7, count=60)
    assert either.clock.now() > MIDNIGHT + timedelta(days=1), "the week goes over the month's end"
    for month in ("2026-03", "2026-04"):
        report = of(either, month)
        compare(report, walked(either, ORG, report.begins, report.ends))


def compare(report: Report, walk: dict[str, Any]) -> None:
    elsewhere = {each.section for each in report.figures if each.source != "record"}
    assert elsewhere == {"installs", "test_calls"}
    assert one(report, "opened", section="alerts").count == walk["opened"] >= 5
    quick, in_time = one(report, "within_60_s"), one(report, "within_180_s")
    assert (quick.count, quick.of) == (walk["quick"], walk["pressing"])
    assert (in_time.count, in_time.of) == (walk["in_time"], walk["pressing"])
    assert walk["quick"] < walk["in_time"] <= walk["pressing"]
    ended = {each.group: each.count for each in report.figures if each.name == "ended"}
    assert ended == walk["outcomes"]
    first = one(report, "failed")
    assert (first.count, first.of) == (walk["not_at_first"], walk["alarms"])
    models = [each for each in report.figures if each.name == "failed_by_model"]
    assert {each.model for each in models} == {"alpha", "beta"}
    assert sum(each.of or 0 for each in models) == walk["alarms"]
    silent = [e for e in report.figures if (e.section, e.name) == ("faults", "opened")]
    assert sum(each.count or 0 for each in silent) == walk["hubs"] > 0
    falls = [e for e in report.figures if e.group == "fall: fall"]
    assert sum(each.count or 0 for each in falls) == walk["false_falls"]
    assert sum(each.of or 0 for each in falls) == walk["told_falls"]


def test_the_record_and_the_alerts_rows_tell_the_same(county: Duty) -> None:
    an_eventful_week(county, ORG, seed=11, count=30)
    report = of(county)
    rows = [k.alert for k in county.reads.open_alerts(ORG)]
    rows += [k.alert for k in county.reads.resolved(ORG, home=None, before=None, limit=999)]
    rows = [row for row in rows if report.begins <= row.opened_at < report.ends]
    assert one(report, "opened", section="alerts").count == len(rows)
    assert one(report, "still_open", section="alerts").count == sum(row.is_open for row in rows)
    ended = {each.group: each.count for each in report.figures if each.name == "ended"}
    assert ended == Counter(row.outcome.value for row in rows if row.outcome)


def test_a_report_is_the_same_while_others_work_and_says_what_it_rests_on(county: Duty) -> None:
    press(county, 1)
    before = of(county)
    county.intake.step()
    again = of(county)
    assert again == before
    entries = list(county.reads.all_entries(ORG))
    assert (before.sequence, before.head) == (entries[-1].sequence, entries[-1].hash)
    press(county, 2)
    assert of(county).sequence > before.sequence


def test_two_organisations_with_the_same_ids_never_mix(county: Duty) -> None:
    an_eventful_week(county, OTHER, seed=3, count=20)
    untouched = of(county)
    assert one(untouched, "opened", section="alerts").count == 0
    assert one(untouched, "within_60_s").met is None
    assert not [e for e in untouched.figures if e.section in ("false_alarms", "outcomes")]
    press(county, 1, org=ORG)
    assert one(of(county), "opened", section="alerts").count == 1


# ---- single figures in the field's words


def test_sixty_seconds_are_in_time_and_one_more_is_not(county: Duty) -> None:
    for number, waits in enumerate((60, 61, 180, 181), 1):
        alert = press(county, number)
        county.clock.forward(seconds=waits)
        close(county, alert)
    report = of(county)
    quick, in_time = one(report, "within_60_s"), one(report, "within_180_s")
    assert (quick.count, quick.of, quick.target, quick.met) == (1, 4, 0.975, False)
    assert (in_time.count, in_time.of, in_time.target, in_time.met) == (3, 4, 0.99, False)
    assert one(report, "longest").value == 181
    assert one(report, "median").value == 61


def test_an_alert_nobody_answers_counts_as_soon_as_its_time_is_over(county: Duty) -> None:
    press(county)
    county.clock.forward(seconds=30)
    assert one(of(county), "within_60_s").of == 0
    county.clock.forward(seconds=40)
    report = of(county)
    assert (one(report, "within_60_s").count, one(report, "within_60_s").of) == (0, 1)
    assert one(report, "within_180_s").of == 0
    assert one(report, "never_answered_yet").count == 1


def test_an_outage_of_ours_does_not_flatter_the_clocks(county: Duty) -> None:
    """The gateway took the press at once; the duty was down and came to it five minutes later."""
    signal = county.press()
    county.clock.forward(minutes=5)
    county.intake.step()
    county.clock.forward(seconds=10)
    alert = county.only().id
    close(county, alert)
    assert one(of(county), "longest").value == 310
    assert one(of(county), "within_180_s").met is False
    assert signal.raised_at < county.clock.now() - timedelta(minutes=5)


def test_what_becomes_pressing_later_waits_from_then(county: Duty) -> None:
    alert = judged(county, SignalKind.ROUTINE, 1)
    county.clock.forward(hours=2)
    assert press(county, 1) == alert
    county.clock.forward(seconds=45)
    close(county, alert)
    assert one(of(county), "longest").value == 45


def test_a_press_that_we_came_to_late_waits_from_when_it_was_raised_though_it_joined(
    county: Duty,
) -> None:
    """The days had changed; then she pressed, while the duty was down for five minutes."""
    alert = judged(county, SignalKind.ROUTINE, 1)
    county.clock.forward(hours=2)
    county.press()
    county.clock.forward(minutes=5)
    county.intake.step()
    county.clock.forward(seconds=10)
    close(county, alert)
    assert one(of(county), "longest").value == 310


def given_back(county: Duty, alert: str) -> None:
    county.desk.claim(operator(1), alert)
    county.desk.release(operator(1), alert)


def set_a_timer(county: Duty, alert: str) -> None:
    county.desk.claim(operator(1), alert)
    county.desk.watch(operator(1), alert, 600)


@pytest.mark.parametrize("leave", [given_back, set_a_timer])
def test_a_press_on_what_nobody_has_in_hand_any_more_waits_for_somebody(
    county: Duty, leave: Callable[[Duty, str], None]
) -> None:
    alert = judged(county, SignalKind.ROUTINE, 1)
    leave(county, alert)
    county.clock.forward(hours=1)
    assert press(county, 1) == alert
    county.clock.forward(seconds=200)
    assert one(of(county), "never_answered_yet").count == 1
    close(county, alert)
    quick, longest = one(of(county), "within_180_s"), one(of(county), "longest")
    assert (quick.count, quick.of, longest.value) == (0, 1, 200)


def test_a_press_on_what_somebody_has_in_hand_is_no_new_call_to_answer(county: Duty) -> None:
    alert = judged(county, SignalKind.ROUTINE, 1)
    county.desk.claim(operator(1), alert)
    county.clock.forward(hours=1)
    assert press(county, 1) == alert
    county.clock.forward(seconds=200)
    assert one(of(county), "within_180_s").of == 0


def test_taking_an_alarm_back_is_neither_a_call_nor_a_test(county: Duty) -> None:
    close(county, press(county, 1, late=600))
    close(county, press(county, 2, alarm="cancel"))
    county.clock.forward(seconds=1)
    first = one(of(county), "failed")
    assert (first.count, first.of) == (1, 1)
    assert {e.group for e in of(county).figures if e.name == "overdue_home"} == {
        f"home-{number}" for number in range(2, HOMES + 1)
    }


def test_an_alert_belongs_to_the_month_it_was_opened_in_by_the_clock_on_the_wall(
    county: Duty,
) -> None:
    county.clock.forward(seconds=(MIDNIGHT - timedelta(seconds=30) - BEGINS).total_seconds())
    late = press(county, 1)
    county.clock.forward(seconds=50)
    early = press(county, 2)
    county.clock.forward(seconds=5)
    close(county, late, Outcome.AMBULANCE)
    close(county, early, Outcome.FOUND_SAFE)
    march, april = of(county, "2026-03"), of(county, "2026-04")
    assert one(march, "ended").group == "ambulance"
    assert one(april, "ended").group == "found_safe"
    assert one(march, "longest").value == 55


def test_a_responder_is_timed_from_being_sent_to_the_door(county: Duty) -> None:
    desk, me = county.desk, operator(1)
    for number, minutes in enumerate((44, 46, 61), 1):
        alert = press(county, number)
        desk.claim(me, alert)
        desk.contact(me, alert, f"daughter-{number}", Channel.EMAIL)
        county.clock.forward(minutes=5)
        desk.contact_answer(me, alert, f"daughter-{number}", "going")
        county.clock.forward(minutes=minutes - 5)
        desk.contact_answer(me, alert, f"daughter-{number}", "arrived")
        close(county, alert, Outcome.KEYHOLDER_ATTENDED)
    turned = press(county, 4)
    desk.claim(me, turned)
    for answer in ("going", "cannot"):
        desk.contact_answer(me, turned, "daughter-4", answer)
    desk.contact_answer(me, turned, "son-4", "going")
    close(county, turned)
    awaited = press(county, 5)
    desk.claim(me, awaited)
    desk.contact_answer(me, awaited, "son-5", "going")
    county.clock.forward(minutes=50)
    report = of(county)
    quick = one(report, "within_45_min", group="contacts")
    inside = one(report, "within_60_min", group="contacts")
    assert (quick.count, quick.of) == (1, 4), "who has not come by then is late"
    assert (inside.count, inside.of) == (2, 3), "who may still come in time is not yet told"
    missing = one(report, "arrival_not_on_record", group="contacts")
    assert (missing.count, missing.of) == (1, 5)
    team = one(report, "within_45_min", group="responders")
    assert (team.of, team.target, team.met) == (0, 0.9, None)


def test_a_home_that_never_calls_is_overdue_for_its_test_and_any_call_counts(county: Duty) -> None:
    close(county, press(county, 1), Outcome.TEST_CALL)
    close(county, press(county, 2), Outcome.AMBULANCE)
    county.clock.forward(days=35)
    report = of(county, "2026-04")
    overdue = one(report, "overdue")
    assert (overdue.count, overdue.of) == (HOMES - 2, HOMES)
    named = {each.group for each in report.figures if each.name == "overdue_home"}
    assert named == {f"home-{number}" for number in range(3, HOMES + 1)}
    county.clock.forward(days=8)
    assert one(of(county, "2026-05"), "overdue").count == HOMES


def test_false_alarms_are_counted_by_detector_and_by_device(county: Duty) -> None:
    for outcome in (Outcome.FALSE_ALARM, Outcome.FALSE_ALARM, Outcome.AMBULANCE):
        close(county, judged(county, SignalKind.FALL, 3), outcome)
        county.clock.forward(minutes=5)
    close(county, press(county, 3), Outcome.TEST_CALL)
    report = of(county)
    by_detector = one(report, "false_by_detector", group="fall: fall")
    assert (by_detector.count, by_detector.of, by_detector.model) == (2, 3, "alpha")
    by_device = one(report, "false_by_device", group="hub-home-3")
    assert (by_device.count, by_device.of) == (2, 3)
    assert one(report, "alerts_by_cause", group="pet").count == 2


def test_equipment_comes_goes_and_is_put_right(county: Duty) -> None:
    register = county.responder.register
    register.devices.add(
        Device(org=ORG, device="pendant-1", home="home-1", kind=DeviceKind.PENDANT)
    )
    register.devices.revoke(ORG, "hub-home-9")
    slow, quick = (judged(county, SignalKind.HUB_SILENT, number) for number in (2, 4))
    county.clock.forward(hours=47)
    close(county, quick, Outcome.EQUIPMENT_FAULT)
    county.clock.forward(hours=2)
    close(county, slow, Outcome.EQUIPMENT_FAULT)
    report = of(county)
    assert one(report, "installed", group="pendant").count == 1
    assert one(report, "installed", group="hub").count == 0
    assert one(report, "withdrawn", group="hub").count == 1
    assert one(report, "in_service_at_the_end", group="hub").count == HOMES - 1
    ended = one(report, "ended_within_48_h")
    assert (ended.count, ended.of, ended.model) == (1, 2, "beta")


def test_nothing_personal_is_in_a_report(county: Duty) -> None:
    an_eventful_week(county, ORG, seed=5, count=15)
    written = msgspec.json.encode(of(county)).decode()
    for word in ("Resident", "Sample Lane", "Operator", "01632", "family.example", "looked after"):
        assert word not in written
