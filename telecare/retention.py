"""How long is each class of data kept?

The one place that says it. Every table of every owner has its class here; a table without
one fails `tests/unit/telecare/test_retention.py`. The number of days is the organisation's
to choose (setting `retention_days`, by class), within limits below which duties would fail.
The nightly round (`responder.kept.keeping`) enforces it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from telecare.errors import InvalidInput


class DataClass(StrEnum):
    """What a table holds, as far as keeping it goes."""

    READINGS = "readings"
    """What devices said and detectors noticed, as it came: movement, doors, positions."""
    SET_ASIDE = "set_aside"
    """Bytes of what could not be read, and devices heard of that nobody registered."""
    CASES = "cases"
    """Alerts with their signals, notes, messages, links and dispatches, and windows."""
    LEARNING = "learning"
    """What people found each signal to be, and proposed settings with their rehearsals."""
    SIGN_INS = "sign_ins"
    """Sessions of people who work here."""
    ON_FILE = "on_file"
    """The register: kept until somebody takes it off it."""
    STATE = "state"
    """What a home's detectors, expectations and packages remember; goes with the home."""
    RECORD = "record"
    """The audit record and the names of those who acted: kept, for it proves the rest."""
    PLATFORM = "platform"
    """Places in lanes, heads and such: about nobody."""


DAYS: dict[DataClass, int] = {
    DataClass.READINGS: 400,
    DataClass.SET_ASIDE: 90,
    DataClass.CASES: 2557,
    DataClass.LEARNING: 730,
    DataClass.SIGN_INS: 30,
}
"""Days each class is kept where an organisation says nothing else. No published rule names
periods for telecare; councils are believed to keep case records six to eight years (here
seven), and a year and a month of readings lets a month be compared with the same one before.
The controller decides."""

AT_LEAST: dict[DataClass, int] = {
    DataClass.READINGS: 60,
    DataClass.SET_ASIDE: 7,
    DataClass.CASES: 90,
    DataClass.LEARNING: 60,
    DataClass.SIGN_INS: 2,
}
"""Less would take away what detectors (four weeks) and monthly reports still need."""

AT_MOST = 36_500

A_NIGHT = timedelta(days=2)
"""So much of the past is forgotten in one night at most: a clock that leaps years ahead takes
little until it is set right, and after a standstill each night makes up for one that was missed."""

SETTING = "retention_days"

CLASSES: dict[str, DataClass] = {
    "gateway.lane_record": DataClass.READINGS,
    "gateway.lane_sheaf": DataClass.READINGS,  # untied before anything is erased
    "gateway.lane_once": DataClass.READINGS,  # these two go with their rows
    "gateway.lane_home": DataClass.READINGS,
    "gateway.lane_mark": DataClass.PLATFORM,
    "gateway.quarantine": DataClass.SET_ASIDE,
    "gateway.unknown_device": DataClass.SET_ASIDE,
    "gateway.broker_session": DataClass.PLATFORM,
    "gateway.mqtt_session": DataClass.PLATFORM,  # these three end with the session's expiry
    "gateway.mqtt_client": DataClass.PLATFORM,  # ends with its connection
    "gateway.mqtt_ousted": DataClass.PLATFORM,  # within a second, or a day if nobody looks
    "gateway.mqtt_received": DataClass.PLATFORM,
    "gateway.mqtt_owed": DataClass.PLATFORM,
    "detectors.lane_record": DataClass.READINGS,
    "detectors.lane_position": DataClass.PLATFORM,
    "detectors.home_state": DataClass.STATE,
    "detectors.position": DataClass.PLATFORM,
    "detectors.verdict": DataClass.LEARNING,
    "responder.lane_record": DataClass.LEARNING,
    "responder.alert": DataClass.CASES,
    "responder.signal": DataClass.CASES,
    "responder.wording": DataClass.CASES,
    "responder.outbox": DataClass.CASES,
    "responder.link": DataClass.CASES,
    "responder.dispatch": DataClass.CASES,
    "responder.suppression": DataClass.CASES,
    "responder.suppressed": DataClass.CASES,
    "responder.concern": DataClass.PLATFORM,
    "responder.expectation": DataClass.STATE,
    "responder.package": DataClass.STATE,
    "responder.equipment": DataClass.STATE,
    "responder.round": DataClass.PLATFORM,
    "responder.tuning": DataClass.LEARNING,
    "responder.erasure": DataClass.RECORD,
    "responder.legal_hold": DataClass.RECORD,
    "responder.answered_request": DataClass.PLATFORM,  # sealed, and gone after a day
    "responder.lane_position": DataClass.PLATFORM,
    "responder.time_kept": DataClass.PLATFORM,
    "responder.record_entry": DataClass.RECORD,
    "responder.record_head": DataClass.RECORD,
    "responder.staff": DataClass.RECORD,
    "register.register_version": DataClass.PLATFORM,
    "register.deed": DataClass.RECORD,
    "register.session": DataClass.SIGN_INS,
    "register.known_browser": DataClass.SIGN_INS,
    **{
        f"register.{table}": DataClass.ON_FILE
        for table in (
            "organisation", "home", "resident", "contact", "push_subscription", "device",
            "credential", "person", "token", "team", "area", "vehicle", "member", "shift",
            "cover", "scheme", "plan", "consent", "second_factor", "recovery_code", "identity",
            "member_account", "contact_account", "pin", "claim", "device_class", "device_config",
            "command",
        )
    },
}  # fmt: skip


def days_of(settings: Mapping[str, Any]) -> dict[DataClass, int]:
    """For how many days an organisation with these settings keeps each class that ends.

    Raises `InvalidInput` for a class that is none, or days that are no number or too few.
    """
    chosen = settings.get(SETTING, {})
    if not isinstance(chosen, Mapping):
        raise InvalidInput(f"{SETTING} is written as a class of data and its days.")
    unknown = sorted(set(chosen) - {each.value for each in DAYS})
    if unknown:
        named = ", ".join(each.value for each in DAYS)
        raise InvalidInput(f"No class of data is called {unknown[0]}; these have an end: {named}.")
    days = {each: chosen.get(each.value, DAYS[each]) for each in DAYS}
    for each, number in days.items():
        if not isinstance(number, int) or not AT_LEAST[each] <= number <= AT_MOST:
            raise InvalidInput(
                f"Keep {each.value} for at least {AT_LEAST[each]} days, and {AT_MOST} at most."
            )
    return days


def cut_offs(settings: Mapping[str, Any], upto: datetime) -> dict[DataClass, datetime]:
    """By class: what is older than this had its time by `upto`."""
    return {each: upto - timedelta(days=days) for each, days in days_of(settings).items()}
