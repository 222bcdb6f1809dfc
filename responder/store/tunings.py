"""The rows of tunings: changes of a home's detector settings, from question to decision."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Row, insert, select, true, update

from responder.store import tables as t
from responder.store.work import Work
from telecare.errors import NotFound
from telecare.messages import Rehearsal, decode_rehearsal, encode
from telecare.store.session import Database
from telecare.vocabulary import TuningState


class Tuning(msgspec.Struct, frozen=True, kw_only=True):
    """One change of one setting of one home."""

    id: str
    org: str
    home: str
    detector: str
    setting: str
    state: TuningState
    asked_by: str
    """Who asked, or `platform` for a proposal of the detectors."""
    asked_at: datetime
    after: float
    decided_by: str | None = None
    decided_at: datetime | None = None
    applied_at: datetime | None = None
    """When the home's settings took it up; None while that is still to be done."""
    rehearsal: Rehearsal | None = None
    """What it would have done; None until the detectors have answered."""


def add(work: Work, tuning: Tuning) -> bool:
    """Keep a new tuning; False if it is known."""
    known = select(t.tuning.c.id).where(t.tuning.c.org == tuning.org, t.tuning.c.id == tuning.id)
    if work.connection.execute(known).first() is not None:
        return False
    work.connection.execute(insert(t.tuning).values(_columns(tuning)))
    return True


def change(work: Work, tuning: Tuning) -> None:
    """Keep this state of it."""
    work.connection.execute(
        update(t.tuning)
        .where(t.tuning.c.org == tuning.org, t.tuning.c.id == tuning.id)
        .values(_columns(tuning))
    )


def locked(work: Work, org: str, tuning: str) -> Tuning | None:
    """The tuning, locked until the act ends; None when there is none."""
    query = select(t.tuning).where(t.tuning.c.org == org, t.tuning.c.id == tuning)
    row = work.connection.execute(query.with_for_update()).first()
    return None if row is None else _tuning(row)


class TuningReads:
    """Questions about tunings. Thread-safe."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def tuning(self, org: str, tuning: str) -> Tuning:
        """Raises `NotFound`, also for an id of another organisation."""
        query = select(t.tuning).where(t.tuning.c.org == org, t.tuning.c.id == tuning)
        with self._database.read() as connection:
            row = connection.execute(query).first()
        if row is None:
            raise NotFound(f"There is no tuning {tuning}.")
        return _tuning(row)

    def tunings(
        self, org: str, *, home: str | None = None, states: Sequence[TuningState] = (),
        limit: int = 100,
    ) -> list[Tuning]:  # fmt: skip
        """The organisation's, or one home's, newest first."""
        query = (
            select(t.tuning)
            .where(
                t.tuning.c.org == org,
                true() if home is None else t.tuning.c.home == home,
                t.tuning.c.state.in_([state.value for state in states]) if states else true(),
            )
            .order_by(t.tuning.c.asked_at.desc(), t.tuning.c.id)
            .limit(limit)
        )
        with self._database.read() as connection:
            return [_tuning(row) for row in connection.execute(query)]

    def to_apply(self) -> list[Tuning]:
        """Accepted, in any organisation, and not in the home's settings yet; first decided
        first.
        """
        query = select(t.tuning).where(t.IS_TO_APPLY).order_by(t.tuning.c.decided_at)
        with self._database.read() as connection:
            return [_tuning(row) for row in connection.execute(query)]

    def position(self, lane: str) -> int:
        """The last offset of the detectors' `lane` that was taken in; 0 at first."""
        query = select(t.lane_position.c.offset).where(t.lane_position.c.lane == lane)
        with self._database.read() as connection:
            return connection.execute(query).scalar() or 0


def _columns(tuning: Tuning) -> dict[str, object]:
    values = {name: getattr(tuning, name) for name in tuning.__struct_fields__}
    rehearsal = values.pop("rehearsal")
    return values | {
        "state": tuning.state.value,
        "body": None if rehearsal is None else encode(rehearsal),
    }


def _tuning(row: Row[Any]) -> Tuning:
    return Tuning(
        id=row.id, org=row.org, home=row.home, detector=row.detector, setting=row.setting,
        state=TuningState(row.state), asked_by=row.asked_by, asked_at=row.asked_at,
        after=row.after, decided_by=row.decided_by, decided_at=row.decided_at,
        applied_at=row.applied_at,
        rehearsal=None if row.body is None else decode_rehearsal(row.body),
    )  # fmt: skip
