"""The pages of people who are signed in."""

from __future__ import annotations

from bisect import bisect_left
from datetime import date, datetime, time, timedelta
from difflib import get_close_matches
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response
from markupsafe import Markup

from responder.api.parts import Parts, WithParts
from responder.api.signed_in import (
    Operator,
    RecordReader,
    SignedIn,
    Watcher,
)
from responder.learning.tunings import TUNERS
from responder.web import card, lately
from responder.web.pictures import bar_picture, pictures
from responder.web.rendering import page
from responder.web.typed import TITLES, plain, words_of
from responder.web.wording import CAUSES, HOUSE_ZONE, OUTCOMES
from responder.whom.rota import zone_of
from telecare.messages import Reading
from telecare.register.devices import Device
from telecare.register.residents import Resident
from telecare.tenancy import Actor
from telecare.vocabulary import Role

router = APIRouter()
_STARTS = {
    Role.OPERATOR: "/desk", Role.SUPERVISOR: "/desk", Role.TEC: "/devices",
    Role.RESPONDER: "/jobs", Role.FAMILY: "/family", Role.MANAGER: "/reports",
    Role.AUDITOR: "/record", Role.INTEGRATION: "/interface",
}  # fmt: skip
HOMES_SHOWN = 200
ALIKE = 0.7
"""Of 1, how alike two words are when one may be the other misheard: Pryce and Price are 0.8."""
HISTORY_SHOWN = 100
ENTRIES_SHOWN = 200
READINGS_SHOWN = 60
READINGS_DRAWN = 8_000


@router.get("/")
def start(actor: SignedIn) -> Response:
    """Where this role's work is."""
    if actor.role is None:
        return RedirectResponse("/second-factor", 303)
    return RedirectResponse(_STARTS[actor.role], 303)


@router.get("/desk")
def desk(request: Request, asker: Watcher, parts: WithParts) -> Response:
    """The live desk; while it is locked, its empty frame, which still sounds."""
    return _desk(request, parts, asker.actor, "", locked=asker.locked)


@router.get("/alerts/{alert}")
def alert_page(request: Request, alert: str, actor: Operator, parts: WithParts) -> Response:
    """The desk with this alert opened; the card's own request records the look."""
    parts.desk.line(actor, alert)
    return _desk(request, parts, actor, alert)


def _desk(
    request: Request, parts: Parts, actor: Actor, opened: str, *, locked: bool = False
) -> Response:
    shown = {
        "outcomes": OUTCOMES, "causes": CAUSES, "opened": opened, "here": "Desk",
        "locked": locked, "lock_after": parts.settings.lock_minutes * 60, "titles": sorted(TITLES),
    }  # fmt: skip
    return page(request, "desk.html", shown, actor=actor)


@router.get("/alerts/{alert}/card")
def alert_card(request: Request, alert: str, actor: Operator, parts: WithParts) -> Response:
    """The opened alert. This look goes on record."""
    with parts.looks.looking(actor, alert):
        detail = parts.desk.open_alert(actor, alert)
    return page(request, "card.html", card.shown(parts, actor, detail), actor=actor)


@router.get("/alerts/{alert}/card/newer")
def newer_card(request: Request, alert: str, actor: Operator, parts: WithParts) -> Response:
    """The card again after a change; the same look, if there was one."""
    with parts.looks.looking(actor, alert) as again:
        detail = parts.desk.open_alert(actor, alert, again=again)
    return page(request, "card.html", card.shown(parts, actor, detail), actor=actor)


@router.get("/history")
def history(
    request: Request, actor: Operator, parts: WithParts, before: datetime | None = None
) -> Response:
    """Closed alerts, the last closed first."""
    lines = parts.desk.history(actor, before=before, limit=HISTORY_SHOWN)
    last = lines[-1].resolved_at if len(lines) == HISTORY_SHOWN else None
    older = last.isoformat() if last else ""
    shown = {"here": "History", "lines": lines, "older": older}
    return page(request, "history.html", shown, actor=actor)


@router.get("/homes")
def homes(
    request: Request,
    actor: Operator,
    parts: WithParts,
    find: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """Homes by address or by the name of who lives there. This look goes on record."""
    parts.desk.look_at_list(actor, "homes")
    living: dict[str, list[Resident]] = {}
    for each in parts.register.residents.residents(actor.org):
        living.setdefault(each.home, []).append(each)
    known = []
    for home in parts.register.homes.homes(actor.org):
        residents = living.get(home.home, [])
        words = plain(" ".join([home.label, *(each.name for each in residents)]))
        known.append((words, {"home": home, "residents": residents}))
    typed = words_of(find)
    found = [row for words, row in known if all(each in words for each in typed)]
    misheard = not found
    if misheard:
        alike = _alike(typed, {each for words, _ in known for each in words.split()})
        found = [row for words, row in known if all(each & {*words.split()} for each in alike)]
    shown = {
        "here": "Homes",
        "homes": found[:HOMES_SHOWN],
        "more": len(found) > HOMES_SHOWN,
        "find": find,
        "misheard": misheard,
    }
    return page(request, "homes.html", shown, actor=actor)


def _alike(typed: list[str], words: set[str]) -> list[set[str]]:
    """Of each word typed, those of `words` that it may be, as of a name heard on the phone.
    Each is compared once: a county has many homes, and few words for them.
    """
    return [set(get_close_matches(each, words, len(words) or 1, ALIKE)) for each in typed]


@router.get("/homes/{home}")
def home_page(request: Request, home: str, actor: Operator, parts: WithParts) -> Response:
    """A home's last days. This look goes on record."""
    known = parts.register.homes.home(actor.org, home)
    parts.desk.look_at_home(actor, home)
    zone, now = zone_of(known.time_zone), parts.clock.now()
    since = now - timedelta(days=lately.DAYS_SHOWN)
    readings = parts.readings.history(actor.org, home, since=since, limit=READINGS_DRAWN)
    day = lately.day_by_room(readings, now)
    days = lately.day_by_day(readings, now, zone)
    open_here = [line for line in parts.desk.queue(actor) if line.home == home]
    shown = {
        "here": "Homes",
        "home": known,
        "residents": parts.register.residents.residents(actor.org, home),
        "day": Markup("").join(map(Markup, pictures(day, zone=zone, key="day"))) if day else "",
        "days": [Markup(bar_picture(days, "days"))] if days else [],  # noqa: S704 - escaped inside
        "lines": open_here + parts.desk.history(actor, home=home, limit=20),
        "devices": _heard(parts, actor, home, readings),
        "readings": readings[:READINGS_SHOWN],
        "may_tune": actor.role in TUNERS,
        "arrival_code": parts.desk.arrival_code(actor, home),
        "zone": zone,
    }
    return page(request, "home.html", shown, actor=actor)


def _heard(
    parts: Parts, actor: Actor, home: str, readings: list[Reading]
) -> list[dict[str, Device | datetime | float | None]]:
    """The home's devices with when each was last heard of; `readings` are newest first."""
    rows: list[dict[str, Device | datetime | float | None]] = []
    for device in parts.register.devices.devices(actor.org, home):
        own = [reading for reading in readings if reading.device == device.device]
        battery = next((reading.battery for reading in own if reading.battery is not None), None)
        heard = own[0].received_at if own else None
        rows.append({"device": device, "heard": heard, "battery": battery})
    return rows


@router.get("/record")
def record(
    request: Request,
    actor: RecordReader,
    parts: WithParts,
    after: Annotated[int, Query(ge=0)] = 0,
    day: date | Literal[""] = "",
    alert: Annotated[str, Query(max_length=80)] = "",
) -> Response:
    """The audit record, or from a day on, or of one alert, and whether it is whole."""
    if day:
        after = _before(parts, actor, day)
    entries = parts.desk.record(actor, after=after, alert=alert or None, limit=ENTRIES_SHOWN)
    more = entries[-1].sequence if len(entries) == ENTRIES_SHOWN else 0
    chain = parts.desk.verify_chain(actor.org)
    latest = max(0, chain.entries - ENTRIES_SHOWN)
    shown = {
        "here": "Record", "entries": entries, "more": more, "chain": chain, "after": after,
        "latest": latest, "day": day, "alert": alert,
    }  # fmt: skip
    return page(request, "record.html", shown, actor=actor)


def _before(parts: Parts, actor: Actor, day: date) -> int:
    """The record's last entry before this day of the house; 0 without one."""
    begins = datetime.combine(day, time(), HOUSE_ZONE)

    def written_at(before: int) -> datetime:
        return parts.desk.record(actor, after=before, limit=1)[0].at

    return bisect_left(range(parts.desk.sequence(actor.org)), begins, key=written_at)
