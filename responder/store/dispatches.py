"""Dispatches: one row for each decision to send somebody, due by the clock.

`holder` is unique among an organisation's rows, so that nobody can be given two jobs at once,
however many processes look for a crew at the same moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import ColumnElement, select
from sqlalchemy.exc import IntegrityError

from responder.callout.dispatch import OVER, Dispatch
from responder.store import tables as t
from responder.store.work import Work
from telecare.errors import Conflict, NotFound
from telecare.store.among import among
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
    """Those of these (org, home) that are not over, locked until the act ends with their alerts,
    which may be closed.
    """
    theirs = among((t.dispatch.c.org, t.dispatch.c.home), homes) & _OPEN
    order = (t.dispatch.c.org, t.dispatch.c.alert, t.dispatch.c.id)
    about = select(t.dispatch.c.org, t.dispatch.c.alert).where(theirs).order_by(*order)
    for row in work.connection.execute(about).all():
        work.hold(row.org, row.alert)
    query = select(t.dispatch.c.body).where(theirs).order_by(*order).with_for_update()
    return [_decode(row.body) for row in work.connection.execute(query)]


def find(database: Database, org: str, ident: str) -> Dispatch:
    """The dispatch as it stands, not locked. Raises `NotFound`."""
    found = _read(database, (t.dispatch.c.org == org) & (t.dispatch.c.id == ident))
    if not found:
        raise NotFound(f"There is no dispatch {ident}.")
    return found[0]


def due(database: Database, now: datetime, limit: int) -> list[tuple[str, str]]:
    """At most `limit` (org, id) that are due, the longest due first."""
    query = select(t.dispatch.c.org, t.dispatch.c.id).where(t.dispatch.c.next_due_at <= now)
    with database.read() as connection:
        rows = connection.execute(query.order_by(t.dispatch.c.next_due_at).limit(limit))
        return [(row.org, row.id) for row in rows]


def out(database: Database, org: str, besides: str) -> dict[str, str]:
    """Who of the organisation was offered a job or has one, and the car they have for it: of all
    but this dispatch. No car (empty) where the row cannot be read: its member is out all the same.
    """
    held = (t.dispatch.c.org == org) & t.dispatch.c.holder.is_not(None)
    query = select(t.dispatch.c.holder, t.dispatch.c.body).where(held, t.dispatch.c.id != besides)
    with database.read() as connection:
        return {row.holder: _car(row.body) for row in connection.execute(query)}


def held_by(database: Database, org: str, member: str) -> str | None:
    """The alert whose job this member was offered or has."""
    query = select(t.dispatch.c.alert).where(t.dispatch.c.org == org, t.dispatch.c.holder == member)
    with database.read() as connection:
        return connection.execute(query).scalar()


def history(database: Database, org: str, alert: str) -> list[Dispatch]:
    """Every dispatch of an alert, oldest first."""
    found = _read(database, (t.dispatch.c.org == org) & (t.dispatch.c.alert == alert))
    return _oldest_first(found)


def _oldest_first(found: list[Dispatch]) -> list[Dispatch]:
    # An alert has one search at a time: of two decided at one moment the open one is the newer.
    return sorted(found, key=lambda each: (each.decided_at, each.state not in OVER, each.id))


def _car(body: bytes) -> str:
    try:
        offer = _decode(body).offer
    except msgspec.MsgspecError:  # told where its own step is taken
        return ""
    return offer.crew.vehicle if offer else ""


def _read(database: Database, where: ColumnElement[bool]) -> list[Dispatch]:
    query = select(t.dispatch.c.body).where(where)
    with database.read() as connection:
        return [_decode(row.body) for row in connection.execute(query)]
