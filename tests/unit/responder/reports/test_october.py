"""October 2026 by hand, from a diary: both its midnights, and the night with an hour twice."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from responder.arriving.suppression import Cause
from responder.reports.table import as_csv
from telecare.clock import HandClock
from telecare.register import open_register
from telecare.register.devices import Device
from telecare.register.homes import Home
from telecare.settings import Settings
from telecare.vocabulary import DeviceKind, FalseAlarmCause, Outcome, SignalKind
from tests.harness.duty import ORG, Duty, Mailbag, operator

AUGUST = datetime(2026, 8, 1, tzinfo=UTC)
CLOCKS_CHANGE = datetime(2026, 10, 25, 1, tzinfo=UTC)
MIDNIGHTS = {
    "Europe/London": (datetime(2026, 9, 30, 23, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)),
    "Europe/Berlin": (
        datetime(2026, 9, 30, 22, tzinfo=UTC),
        datetime(2026, 10, 31, 23, tzinfo=UTC),
    ),
}
"""The month's first and the next month's, worked out by hand."""


@pytest.fixture(params=list(MIDNIGHTS))
def zone(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def county(zone: str, sqlite_settings: Settings) -> Iterator[Duty]:
    """Seven homes with a hub each since August."""
    clock = HandClock(AUGUST)
    register = open_register(sqlite_settings, clock)
    register.organisations.add_organisation(ORG, "A county", time_zone=zone)
    for number in range(1, 8):
        home = f"home-{number}"
        register.homes.add_home(Home(org=ORG, home=home, address="", time_zone=zone))
        register.devices.add(
            Device(org=ORG, device=f"hub-{home}", home=home, kind=DeviceKind.HUB, model="Hub 7")
        )
    register.close()
    made = Duty(sqlite_settings, clock, HandClock(clock.now()), Mailbag())
    yield made
    made.responder.close()


def wait_until(county: Duty, moment: datetime) -> None:
    county.clock.forward(seconds=(moment - county.clock.now()).total_seconds())


def pressed(county: Duty, number: int, at: datetime) -> str:
    """The alert of a press in a home at a time."""
    wait_until(county, at)
    county.press(f"home-{number}")
    county.intake.step()
    (alert,) = [line.id for line in county.desk.queue(operator(1)) if line.home == f"home-{number}"]
    return alert


def answered(county: Duty, alert: str, after: int, outcome: Outcome) -> None:
    """Claimed after so many seconds from now, and closed two minutes later."""
    county.clock.forward(seconds=after)
    county.desk.claim(operator(1), alert)
    county.clock.forward(minutes=2)
    cause = FalseAlarmCause.PET if outcome is Outcome.FALSE_ALARM else None
    county.desk.resolve(operator(1), alert, outcome, "looked after", cause)


def a_month(county: Duty, first: datetime, last: datetime) -> None:
    """The diary of October, and of the moment before and after it."""
    second = timedelta(seconds=1)
    answered(county, pressed(county, 1, first - 10 * second), 20, Outcome.AMBULANCE)
    # its seven alerts, answered after 60, 10, 60, 61, 180, 181 and 30 seconds
    noon = first + timedelta(days=2, hours=12)
    answered(county, pressed(county, 2, noon), 60, Outcome.FOUND_SAFE)
    given_back = pressed(county, 1, noon + timedelta(days=1))
    county.clock.forward(seconds=10)
    county.desk.claim(operator(2), given_back)
    county.desk.release(operator(2), given_back)
    answered(county, given_back, 400, Outcome.HELPED_BY_TALKING)
    answered(county, pressed(county, 3, CLOCKS_CHANGE - 10 * second), 60, Outcome.AMBULANCE)
    twice = pressed(county, 4, CLOCKS_CHANGE + timedelta(minutes=30))
    assert pressed(county, 4, county.clock.now() + 31 * second) == twice
    answered(county, twice, 30, Outcome.FALSE_ALARM)
    answered(county, pressed(county, 5, CLOCKS_CHANGE + timedelta(hours=9)), 180, Outcome.TEST_CALL)
    wait_until(county, CLOCKS_CHANGE + timedelta(days=1))
    county.arrangements.windows.open(
        operator(1), "home-6", Cause.HOLIDAY, CLOCKS_CHANGE + timedelta(days=4)
    )
    county.judged(SignalKind.INACTIVITY, "home-6")
    county.intake.step()
    away = pressed(county, 6, CLOCKS_CHANGE + timedelta(days=2))
    answered(county, away, 181, Outcome.FOUND_SAFE)
    answered(county, pressed(county, 2, last - 10 * second), 30, Outcome.HELPED_BY_TALKING)
    answered(county, pressed(county, 3, last + timedelta(minutes=5)), 5, Outcome.POLICE)


def test_each_figure_is_what_the_diary_says(county: Duty, zone: str) -> None:
    first, last = MIDNIGHTS[zone]
    a_month(county, first, last)
    report = county.responder.reports.of(ORG, "2026-10")
    assert (report.begins, report.ends) == (first, last)
    assert last - first == timedelta(days=31, hours=1)
    rows = list(csv.DictReader(io.StringIO(as_csv(report), newline="")))
    counted = {
        (row["section"], row["name"], row["group"]): (row["count"], row["of"])
        for row in rows
        if row["count"] not in ("", "0") or row["section"] in ("answering", "first_calls")
    }
    said = {
        ("alerts", "opened", ""): ("7", ""),
        ("alerts", "opened_by_priority", "emergency"): ("7", ""),
        ("alerts", "opened_by_kind", "alarm.pendant"): ("7", ""),
        ("answering", "within_60_s", ""): ("4", "7"),
        ("answering", "within_180_s", ""): ("6", "7"),
        ("answering", "never_answered_yet", ""): ("0", ""),
        ("answering", "not_measured", ""): ("0", ""),
        ("answering", "median", ""): ("", ""),
        ("answering", "nineteen_of_twenty", ""): ("", ""),
        ("answering", "longest", ""): ("", ""),
        ("installs", "in_service_at_the_end", "hub"): ("7", ""),
        ("first_calls", "failed", ""): ("0", "8"),
        ("first_calls", "failed_by_model", ""): ("0", "8"),
        ("test_calls", "overdue", ""): ("1", "7"),
        ("test_calls", "overdue_home", "home-7"): ("1", ""),
        ("false_alarms", "false_by_detector", "gateway: alarm.pendant"): ("2", "7"),
        ("false_alarms", "false_by_device", "hub-home-4"): ("2", "2"),
        ("false_alarms", "alerts_by_cause", "pet"): ("1", ""),
        ("outcomes", "ended", "ambulance"): ("1", "7"),
        ("outcomes", "ended", "false_alarm"): ("1", "7"),
        ("outcomes", "ended", "found_safe"): ("2", "7"),
        ("outcomes", "ended", "helped_by_talking"): ("2", "7"),
        ("outcomes", "ended", "test_call"): ("1", "7"),
    }
    counted = {key: found for key, found in counted.items() if key[0] != "quality"}
    assert counted == said
    seconds = {row["name"]: row["value"] for row in rows if row["unit"] == "seconds"}
    assert seconds == {"median": "60.0", "nineteen_of_twenty": "181.0", "longest": "181.0"}


@pytest.mark.parametrize(("month", "outcome"), [("2026-09", "ambulance"), ("2026-11", "police")])
def test_what_was_a_moment_before_or_after_is_of_the_other_month(
    county: Duty, zone: str, month: str, outcome: str
) -> None:
    a_month(county, *MIDNIGHTS[zone])
    figures = county.responder.reports.of(ORG, month).figures
    ended = [(each.group, each.count) for each in figures if each.name == "ended"]
    assert ended == [(outcome, 1)]
