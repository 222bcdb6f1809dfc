"""How right the detectors are, what a home did in four weeks, and how it is to be judged."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from enum import IntEnum
from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from responder.api.paging import Paged, Place, newest_first
from responder.api.parts import Parts, WithParts
from responder.api.schemas import Json, answers
from responder.api.signed_in import FigureReader, Operator, Tuner
from responder.learning.outcomes import Precision, precision
from responder.reports.table import safe_cell
from responder.seeing.activity import SILENT_WITHOUT_PROMISE, Activity, activity, begin_of
from responder.store.tunings import Tuning
from responder.whom.rota import zone_of
from telecare.messages import Signal
from telecare.register.homes import Home
from telecare.tenancy import Actor
from telecare.vocabulary import ReadingKind

router = APIRouter(tags=["judgement"])


class Days(IntEnum):
    """How far back the figures go."""

    FOUR_WEEKS = 28
    QUARTER = 90


class TuningBody(BaseModel):
    """What is to be tried."""

    model_config = ConfigDict(extra="forbid")

    detector: Annotated[str, Field(min_length=1, max_length=40)]
    setting: Annotated[str, Field(min_length=1, max_length=40)]
    value: Annotated[float, Field(allow_inf_nan=False)]


class DecisionBody(BaseModel):
    """What was decided."""

    model_config = ConfigDict(extra="forbid")

    accept: bool


def figures(parts: Parts, actor: Actor, days: Days) -> list[Precision]:
    """The organisation's precision over the last `days` of its clock."""
    since = parts.clock.now() - timedelta(days=days)
    devices = parts.register.devices.devices(actor.org)
    models = {each.device: each.model or each.kind.value for each in devices}
    return precision(parts.verdicts.verdicts(actor.org, since), models)


def seen(parts: Parts, actor: Actor, home: Home, room: str | None) -> tuple[Activity, list[Signal]]:
    """The home's four weeks and the changes marked in it. The caller records the look."""
    now, zone = parts.clock.now(), zone_of(home.time_zone)
    since = begin_of(now, zone)
    promises = [
        each.silent_after
        for each in parts.register.devices.devices(actor.org, home.home)
        if each.silent_after is not None
    ]
    changes = parts.desk.changes(actor, home.home, since)
    until = now + timedelta.resolution
    shown = activity(
        parts.readings.past(
            actor.org, home.home, since, until, [ReadingKind.READING, ReadingKind.HEARTBEAT]
        ),
        parts.readings.heard(actor.org, home.home, since, until),
        changes,
        now=now,
        zone=zone,
        room=room,
        silent_after=timedelta(seconds=max(promises)) if promises else SILENT_WITHOUT_PROMISE,
    )
    return shown, changes


@router.get("/judgement", responses=answers(list[Precision], 422))
def judgement(
    actor: FigureReader, parts: WithParts, paged: Paged, days: Days = Days.FOUR_WEEKS
) -> Json:
    """How often each detector was right, by kind and model of device. No resident's data."""
    return paged.of(figures(parts, actor, days), _by_name)


@router.get("/judgement.csv", response_class=Response)
def judgement_table(
    actor: FigureReader, parts: WithParts, days: Days = Days.FOUR_WEEKS
) -> Response:
    """The same as a table for a spreadsheet."""
    out = io.StringIO()
    writer = csv.writer(out)
    names = [name for name in Precision.__struct_fields__ if name != "false_by_cause"]
    writer.writerow([*names, "false_by_cause"])
    for row in figures(parts, actor, days):
        causes = "; ".join(f"{cause} {count}" for cause, count in row.false_by_cause.items())
        writer.writerow([*(safe_cell(_plain(getattr(row, name))) for name in names), causes])
    name = f'attachment; filename="judgement-{days.value}-days.csv"'
    return Response(out.getvalue(), media_type="text/csv", headers={"Content-Disposition": name})


@router.get("/homes/{home}/activity", responses=answers(Activity, 404, 422))
def home_activity(
    home: str,
    actor: Operator,
    parts: WithParts,
    room: Annotated[str | None, Query(max_length=80)] = None,
) -> Json:
    """28 days by hour, with the usual and the marked changes. Looking goes on record."""
    known = parts.register.homes.home(actor.org, home)
    parts.desk.look_at_home(actor, home)
    return Json(seen(parts, actor, known, room)[0])


@router.get("/homes/{home}/tunings", responses=answers(list[Tuning], 404, 422))
def tunings(home: str, actor: Tuner, parts: WithParts, paged: Paged) -> Json:
    """What was asked, proposed and decided for a home, newest first. Looking goes on record."""
    parts.register.homes.home(actor.org, home)
    parts.desk.look_at_home(actor, home)
    found = parts.tunings.of_home(actor, home)
    return paged.of(found, lambda each: (newest_first(each.asked_at), each.id))


@router.post("/homes/{home}/tunings", responses=answers(Tuning, 404, 422))
def ask(home: str, body: TuningBody, actor: Tuner, parts: WithParts) -> Json:
    """Ask what another setting would have done; read the answer with `GET /tunings/{tuning}`."""
    return Json(parts.tunings.ask(actor, home, body.detector, body.setting, body.value))


@router.get("/tunings/{tuning}", responses=answers(Tuning, 404))
def tuning(tuning: str, actor: Tuner, parts: WithParts) -> Json:
    """One tuning with its rehearsal, once the detectors have answered."""
    return Json(parts.tunings.one(actor, tuning))


@router.post("/tunings/{tuning}/decision", responses=answers(Tuning, 404, 409, 422))
def decide(tuning: str, body: DecisionBody, actor: Tuner, parts: WithParts) -> Json:
    """Accept or decline what was rehearsed; an accepted one is in force within seconds."""
    return Json(parts.tunings.decide(actor, tuning, accept=body.accept))


def _by_name(row: Precision) -> Place:
    return (row.detector, row.kind, row.model)


def _plain(value: object) -> object:
    if isinstance(value, float):
        return f"{value:.3f}"
    return "" if value is None else msgspec.to_builtins(value)
