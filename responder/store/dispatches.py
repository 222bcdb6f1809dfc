"""Dispatches: one row for each decision to send somebody, due by the clock.

`holder` is unique among an organisation's rows, so that nobody can be given two jobs at once,
however many processes look for a crew at the same moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import ColumnElement, select, tuple_
from sqlalchemy.exc import IntegrityError

from responder.callout.dispatch import OVER, Dispatch
from responder.store import tables as t
from responder.store.work import Work
from telecare.errors import Conflict, NotFound
from telecare.store.session import Database

_encoder = msgspec.json.Encoder()
_decode = msgspec.json.Decoder(Dispatch).decode
_OPEN = t.dispatch.c.next_due_at.is_not(None)


def put(work: Work, dispatch: Dispatch) -> None:
    """Keep this state of it. Raises `Conflict` when its holder has another job; the act must
    end with that.
    """
    values = {
        "alert": dispatch.alert, "home": dispatch.home, "holder": dispatch.holder or None,
        "next_due_at": dispatch.next_due_at, "body": _encoder.encode(dispatch),
    }  # fmt: skip
    work.flush()
    statement = work.insert(t.dispatch).values(org=dispatch.org, id=dispatch.id, **values)
    try:
        work.connection.execute(
            statement.on_conflict_do_update(index_elements=["org", "id"], set_=values)
        )
    except IntegrityError:
        raise Conflict("Whoever takes this job must end the other one they have first.") from None


def get(work: Work, org: str, ident: str) -> Dispatch:
    """The dispatch, locked until the act ends; lock its alert first. Raises `NotFound`."""
    where = (t.dispatch.c.org == org) & (t.dispatch.c.id == ident)
    query = select(t.dispatch.c.body).where(where).with_for_update()
    row = work.connection.execute(query).first()
    if row is None:
        raise NotFound(f"There is no dispatch {ident}.")
    return _decode(row.body)


def latest(work: Work, org: str, alert: str) -> Dispatch | None:
    """The alert's newest dispatch, over or not, locked until the act ends."""
    return next(reversed(of_alert(work, org, alert)), None)


def of_alert(work: Work, org: str, alert: str) -> list[Dispatch]:
    """All of the alert's dispatches, oldest first, locked until the act ends."""
    where = (t.dispatch.c.org == org) & (t.dispatch.c.alert == alert)
    rows = work.connection.execute(select(t.dispatch.c.body).where(where).with_for_update())
    return _oldest_first([_decode(row.body) for row in rows])


def of_homes(work: Work, homes: Sequence[tuple[str, str]]) -> list[Dispatch]:
    """Those of these (org, home) that are not over, locked until the act ends."""
    query = select(t.dispatch.c.body).where(
        tuple_(t.dispatch.c.org, t.dispatch.c.home).in_(homes), _OPEN
    )
    ordered = query.order_by(t.dispatch.c.org, t.dispatch.c.id).with_for_update()
    return [_decode(row.body) for row in work.connection.execute(ordered)]


def due(database: Database, now: datetime, limit: int) -> list[Dispatch]:
    """At most `limit` that are due, the latest due first in line; not locked."""
    where = t.dispatch.c.next_due_at <= now
    return _read(database, where, limit)


def open_in(database: Database, org: str) -> list[Dispatch]:
    """All of the organisation that are not over."""
    return _read(database, (t.dispatch.c.org == org) & _OPEN, None)


def history(database: Database, org: str, alert: str) -> list[Dispatch]:
    """Every dispatch of an alert, oldest first."""
    found = _read(database, (t.dispatch.c.org == org) & (t.dispatch.c.alert == alert), None)
    return _oldest_first(found)


def _oldest_first(found: list[Dispatch]) -> list[Dispatch]:
    # An alert has one search at a time: of two decided at one moment the open one is the newer.
    return sorted(found, key=lambda each: (each.decided_at, each.state not in OVER, each.id))


def _read(database: Database, where: ColumnElement[bool], limit: int | None) -> list[Dispatch]:
    query = select(t.dispatch.c.body).where(where).order_by(t.dispatch.c.next_due_at).limit(limit)
    with database.read() as connection:
        return [_decode(row.body) for row in connection.execute(query)]
