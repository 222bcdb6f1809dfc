"""How the vocabulary is said on a page, and the one key of each outcome."""

from __future__ import annotations

from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo

import msgspec

from responder.views import AlertLine
from telecare.messages import Reading
from telecare.vocabulary import AlertState, FalseAlarmCause, Outcome, ReadingKind

HOUSE_ZONE = ZoneInfo("Europe/London")
"""Where a page has no home of its own to take the time from."""


class Choice(msgspec.Struct, frozen=True):
    """A choice in a window: what is sent, the key that picks it, what it says."""

    value: str
    key: str
    words: str


OUTCOMES = (
    Choice(Outcome.HELPED_BY_TALKING, "t", "helped by talking"),
    Choice(Outcome.KEYHOLDER_ATTENDED, "k", "family or keyholder attended"),
    Choice(Outcome.RESPONDER_ATTENDED, "r", "responder attended"),
    Choice(Outcome.AMBULANCE, "a", "ambulance"),
    Choice(Outcome.FIRE, "f", "fire service"),
    Choice(Outcome.POLICE, "p", "police"),
    Choice(Outcome.GP_OR_111, "g", "GP or 111"),
    Choice(Outcome.FOUND_SAFE, "s", "found safe"),
    Choice(Outcome.CANCELLED_BY_PERSON, "c", "cancelled by the person"),
    Choice(Outcome.TEST_CALL, "e", "test call"),
    Choice(Outcome.FALSE_ALARM, "x", "false alarm ..."),
    Choice(Outcome.EQUIPMENT_FAULT, "q", "equipment fault"),
    Choice(Outcome.NO_ONE_FOUND, "n", "no one found, escalated"),
)
CAUSES = (
    Choice(FalseAlarmCause.SENSOR, "s", "the sensor"),
    Choice(FalseAlarmCause.USER, "u", "the person, by mistake"),
    Choice(FalseAlarmCause.PET, "p", "a pet"),
    Choice(FalseAlarmCause.VISITOR, "v", "a visitor"),
    Choice(FalseAlarmCause.CARER, "c", "a carer"),
    Choice(FalseAlarmCause.INSTALLATION, "i", "the installation"),
)
_OUTCOME_WORDS = {choice.value: choice.words.removesuffix(" ...") for choice in OUTCOMES}
_SWITCHED = {True: "on", False: "off"}
_OPENED = {True: "opened", False: "closed"}


def words(value: str) -> str:
    """A word of the vocabulary with spaces."""
    return str(value).replace("_", " ")


def outcome_words(outcome: Outcome) -> str:
    """An outcome as it is said on the desk."""
    return _OUTCOME_WORDS[outcome]


def clock_time(moment: datetime, zone: tzinfo = HOUSE_ZONE) -> str:
    """02:53:10 in the home's own time."""
    return f"{moment.astimezone(zone):%H:%M:%S}"


def day_and_time(moment: datetime, zone: tzinfo = HOUSE_ZONE) -> str:
    """Tue 10 Mar 2026 02:53 in the home's own time."""
    local = moment.astimezone(zone)
    return f"{local:%a} {local.day} {local:%b %Y %H:%M}"


def elapsed(seconds: float) -> str:
    """00:41, then 1:02:03, as the clocks of the desk say it."""
    whole = max(0, int(seconds))
    hours, rest = divmod(whole, 3600)
    if hours:
        return f"{hours}:{rest // 60:02}:{rest % 60:02}"
    return f"{rest // 60:02}:{rest % 60:02}"


def answered_in(line: AlertLine) -> str:
    """How long the person waited until somebody took it."""
    if line.first_claimed_at is None:
        return "not claimed"
    return elapsed((line.first_claimed_at - line.opened_at).total_seconds())


def standing(line: AlertLine, zone: tzinfo) -> str:
    """Who has it since when, or how it ended."""
    if line.state == AlertState.RESOLVED:
        ended = outcome_words(line.outcome) if line.outcome else "closed"
        at = f" {day_and_time(line.resolved_at, zone)}" if line.resolved_at else ""
        return f"closed{at}: {ended}"
    since = f", answered in {answered_in(line)}" if line.first_claimed_at else ""
    holder = line.owner_name or line.owner_id
    return f"{line.state}{f' by {holder}' if holder else ''}{since}"


def reading_words(reading: Reading) -> str:
    """What a device stated, in a few words."""
    if reading.kind is ReadingKind.HEARTBEAT:
        said = "alive"
    elif reading.kind is ReadingKind.ACCELERATION:
        said = "a window of movement"
    elif reading.type == "door" and isinstance(reading.value, bool):
        said = f"door {_OPENED[reading.value]}"
    elif isinstance(reading.value, bool):
        said = f"{words(reading.type)} {_SWITCHED[reading.value]}"
    elif reading.value is not None:
        said = f"{words(reading.type)} {reading.value} {reading.unit or ''}".strip()
    else:
        said = words(reading.type or reading.kind)
    return f"ALARM {said}" if reading.kind is ReadingKind.ALARM else said
