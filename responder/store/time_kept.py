"""The note of when steps were taken last, and of the last stretch in which nobody took any."""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import select

from responder.store import tables as t
from responder.store.work import Work


class TimeKept(msgspec.Struct, frozen=True):
    """What was noted. It is about the whole installation, and the same for all processes."""

    noted_at: datetime
    lost_since: datetime | None = None
    lost_until: datetime | None = None


def noted(work: Work) -> TimeKept | None:
    """The note, locked until the act ends; None before the first."""
    found = t.time_kept.c
    query = select(found.noted_at, found.lost_since, found.lost_until)
    row = work.connection.execute(query.with_for_update()).first()
    return None if row is None else TimeKept(*row)


def note(work: Work, kept: TimeKept) -> None:
    """Keep it instead of what was noted before."""
    values = msgspec.structs.asdict(kept)
    statement = work.insert(t.time_kept).values(one=1, **values)
    work.connection.execute(statement.on_conflict_do_update(index_elements=["one"], set_=values))
