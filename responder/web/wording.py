"""How the vocabulary is said on a page, and the one key of each outcome."""

from __future__ import annotations

import re
from datetime import date, datetime, tzinfo
from zoneinfo import ZoneInfo

import msgspec
from babel.dates import format_datetime

from responder.seeing.views import AlertLine
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
_LONG_ID = re.compile(r"[\w-]*[0-9a-f]{16,}")
_SWITCHED = {True: "on", False: "off"}
_OPENED = {True: "opened", False: "closed"}


def words(value: str) -> str:
    """A word of the vocabulary with spaces."""
    return str(value).replace("_", " ")


def room_words(room: str | None) -> str:
    """A room as people say it: living room, of `living-room`."""
    return words(room or "").replace("-", " ")


def kind_words(kind: str) -> str:
    """What a plan is for or an alert was about, as people say it: `pendant`, `fall, worn`."""
    return words(kind.removeprefix("alarm.")).replace(".", ", ") if kind else "everything"


def month(written: str) -> str:
    """November 2026, of 2026-11."""
    return f"{date.fromisoformat(f'{written}-01'):%B %Y}"


def short_id(ident: str) -> str:
    """The first part of a long id: enough to tell two apart on a page."""
    return ident[:14]


def detail(value: object) -> str:
    """A detail of the record as it is read: times of the house, words, long ids cut short."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    said = str(value)
    try:
        moment = datetime.fromisoformat(said) if "T" in said and ":" in said else None
    except ValueError:
        moment = None
    if moment is not None and moment.tzinfo is not None:
        return day_and_time(moment)
    return _LONG_ID.sub(lambda found: found.group()[:14], words(said))


def outcome_words(outcome: Outcome) -> str:
    """An outcome as it is said on the desk."""
    return _OUTCOME_WORDS[outcome]


def clock_time(moment: datetime, zone: tzinfo = HOUSE_ZONE) -> str:
    """02:53:10 in the home's own time."""
    return f"{moment.astimezone(zone):%H:%M:%S}"


def civil_day(moment: datetime, zone: tzinfo = HOUSE_ZONE) -> str:
    """Tue 10 Mar 2026 in the home's own time."""
    local = moment.astimezone(zone)
    return f"{local:%a} {local.day} {local:%b %Y}"


def when(moment: datetime, zone: tzinfo, now: datetime) -> str:
    """02:53:10 in the home's own time, after its day unless that is today."""
    day, said = civil_day(moment, zone), clock_time(moment, zone)
    return said if day == civil_day(now, zone) else f"{day} {said}"


def day_and_time(moment: datetime, zone: tzinfo = HOUSE_ZONE, language: str = "en") -> str:
    """Tue 10 Mar 2026 02:53 in the home's own time."""
    local = moment.astimezone(zone)
    if language != "en":
        return format_datetime(local, "EEE d MMM y HH:mm", locale=language)
    return f"{civil_day(moment, zone)} {local:%H:%M}"


def to_the_second(moment: datetime) -> str:
    """Tue 10 Mar 2026 02:53:10 in the time of the house."""
    return f"{day_and_time(moment)}:{moment:%S}"


def lasting(seconds: float) -> str:
    """How long to the second, with its units: 41 s, 2 min 05 s, 1 h 02 min 03 s, 2 d 3 h."""
    minutes, rest = divmod(max(0, int(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    if hours >= 24:
        return f"{hours // 24} d {hours % 24} h"
    if hours:
        return f"{hours} h {minutes:02} min {rest:02} s"
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"


def spell(seconds: float) -> str:
    """How long in words, where beside it stands a time of day: 45 seconds, 5 minutes,
    3 h 06 min, 2 days.
    """
    minutes = max(0, int(seconds)) // 60
    if minutes >= 2 * 24 * 60:
        return f"{minutes // (24 * 60)} days"
    if minutes >= 90:
        return f"{minutes // 60} h {minutes % 60:02} min"
    if minutes > 1:
        return f"{minutes} minutes"
    whole = max(0, int(seconds))
    return f"{whole} second{'' if whole == 1 else 's'}"


def answered_in(line: AlertLine) -> str:
    """How long the person waited until somebody took it."""
    if line.first_claimed_at is None:
        return "not claimed"
    return lasting((line.first_claimed_at - line.opened_at).total_seconds())


def standing(line: AlertLine, zone: tzinfo) -> str:
    """Who has it since when, or how it ended."""
    if line.state == AlertState.RESOLVED:
        ended = outcome_words(line.outcome) if line.outcome else "closed"
        at = f" {day_and_time(line.resolved_at, zone)}" if line.resolved_at else ""
        return f"closed{at}: {ended}"
    since = f", answered in {answered_in(line)}" if line.first_claimed_at else ""
    holder = line.owner_name or line.owner_id
    has_it = f" by {holder}" if line.state == AlertState.CLAIMED else f", {holder} has it"
    return f"{line.state}{has_it if holder else ''}{since}"


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
        value = f"{reading.value:g}" if isinstance(reading.value, float) else reading.value
        said = f"{words(reading.type)} {value} {reading.unit or ''}".strip()
    else:
        said = words(reading.type or reading.kind)
    return f"ALARM {said}" if reading.kind is ReadingKind.ALARM else said
