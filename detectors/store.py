"""The detectors' own tables: their lane, how far they have read, and what homes remember."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TextClause,
    delete,
    func,
    select,
    text,
)

from detectors.lead import Lead
from telecare.crash import crash_at
from telecare.messages import Rehearsal, Signal, Verdict, decode_verdict, encode
from telecare.store.lane import LaneWriter
from telecare.store.lane_rows import lane_table
from telecare.store.migrate import begin_as_ours, still_ours
from telecare.store.session import Database
from telecare.store.types import UtcTime, microseconds

metadata = MetaData()
lane_record = lane_table(metadata)

lane_position = Table(
    "lane_position",
    metadata,
    Column("lane", Text, primary_key=True),
    Column("offset", BigInteger, nullable=False),
)
"""Up to here the effects of every record of a gateway's lane are kept in `home_state`."""

home_state = Table(
    "home_state",
    metadata,
    Column("org", Text, primary_key=True),
    Column("home", Text, primary_key=True),
    Column("state", LargeBinary, nullable=False),
)


position = Table(
    "position",
    metadata,
    Column("lane", Text, primary_key=True),
    Column("offset", BigInteger, nullable=False),
)
"""Up to here the responder's lane has been learnt from. Not `lane_position`: that one belongs
to the runner, in another thread."""

verdict = Table(
    "verdict",
    metadata,
    Column("org", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("home", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("verdict_home", "org", "home", "at"),
)
"""What people found each signal to be."""


START = datetime(1970, 1, 1, tzinfo=UTC)


class HomeState(msgspec.Struct, frozen=True, array_like=True):
    """What a home's detectors remember, and which readings that includes."""

    positions: dict[str, int]
    """Lane -> offset of the last reading it has seen; never seen again."""
    detectors: dict[str, bytes]
    """Detector -> its snapshot."""
    held: list[Signal] = []
    """Signals that wait for the present; see `news`."""
    newest: datetime = START
    """Time of receipt of the latest reading it has seen."""
    lead: Lead | None = None
    """How far its time is ahead since a clock was set back a little."""


HomeKey = tuple[str, str]
"""Organisation and home."""

_PUT_STATE = text(
    "INSERT INTO home_state (org, home, state) VALUES (:org, :home, :state) "
    "ON CONFLICT (org, home) DO UPDATE SET state = excluded.state"
)
_CHANGE_STATE = text("UPDATE home_state SET state = :state WHERE org = :org AND home = :home")
"""Changes nothing where somebody has erased it, even in this moment."""
_encode = msgspec.msgpack.Encoder().encode
_decoder = msgspec.msgpack.Decoder(HomeState)


class Store:
    """Keeps signals, states and positions together: all of a commit, or nothing. What was erased
    of a home meanwhile is not written back.
    """

    def __init__(self, database: Database, lane: str) -> None:
        self._database = database
        self._writer = LaneWriter(lane)
        self._on_file: set[HomeKey] = set()
        """The homes of which a state was read or kept, until it is found to be erased."""

    def positions(self) -> dict[str, int]:
        """Lane -> the offset up to which nothing need be read again."""
        with self._database.read() as connection:
            rows = connection.execute(select(lane_position.c.lane, lane_position.c.offset))
            return {row.lane: row.offset for row in rows}

    def states(self) -> dict[HomeKey, HomeState | None]:
        """Every home's state as last kept; None where it cannot be read."""
        query = select(home_state.c.org, home_state.c.home, home_state.c.state)
        with self._database.read() as connection:
            found = {(r.org, r.home): _readable(r.state) for r in connection.execute(query)}
        self._on_file = {*found}
        return found

    def erased(self) -> set[HomeKey]:
        """The homes whose state was erased since it was kept, each once: a state of theirs that is
        kept from now on is of a new beginning.
        """
        count = select(func.count()).select_from(home_state)
        query = select(home_state.c.org, home_state.c.home)
        with self._database.read() as connection:
            if connection.execute(count).scalar_one() >= len(self._on_file):
                return set()
            left = {(row.org, row.home) for row in connection.execute(query)}
        gone, self._on_file = self._on_file - left, self._on_file & left
        return gone

    def probe(self) -> None:
        """Ask whose the tables are. Raises `NotMigrated` when they are another version's by now."""
        with self._database.read() as connection:
            still_ours(connection, self._database.owner)

    def commit(
        self,
        signals: list[Signal],
        states: Mapping[HomeKey, HomeState],
        positions: Mapping[str, int],
    ) -> int:
        """Keep all of it in one transaction; returns how many signals were new.

        A signal that is in the lane already (its id is) is not added again. A state of a home that
        was `erased` is not kept. Raises `NotMigrated` when another version has taken the tables
        over.
        """
        first = {key: state for key, state in states.items() if key not in self._on_file}
        again = {key: state for key, state in states.items() if key in self._on_file}
        with begin_as_ours(self._database) as connection:
            new = sum(o is not None for o in self._writer.append(connection, signals))
            _execute(connection, _PUT_STATE, first)
            _execute(connection, _CHANGE_STATE, again)
            _keep_positions(connection, positions.items())
            crash_at("detectors_before_commit")
        self._on_file |= first.keys()
        crash_at("detectors_after_commit")
        return new


class Lessons:
    """What the detectors have learnt from people, and what they answer. One thread's own."""

    def __init__(self, database: Database, lane: str) -> None:
        self._database = database
        self._writer = LaneWriter(lane)

    def position(self, lane: str) -> int:
        """The last offset of a responder's lane that was learnt from; 0 at first."""
        query = select(position.c.offset).where(position.c.lane == lane)
        with self._database.read() as connection:
            return connection.execute(query).scalar() or 0

    def verdicts(self, org: str, home: str, since: datetime) -> list[Verdict]:
        """What people found this home's signals to be, oldest first."""
        query = (
            select(verdict.c.body)
            .where(verdict.c.org == org, verdict.c.home == home, verdict.c.at >= since)
            .order_by(verdict.c.at, verdict.c.id)
        )
        with self._database.read() as connection:
            return [decode_verdict(body) for body in connection.execute(query).scalars()]

    def commit(
        self,
        lane: str,
        offset: int,
        learnt: Sequence[Verdict],
        answers: Sequence[Rehearsal],
        forget_before: datetime,
    ) -> None:
        """Keep all of it in one transaction, with the place reached in the responder's lane;
        what is older than `forget_before` is forgotten. Learning the same again changes nothing.
        """
        with begin_as_ours(self._database) as connection:
            if learnt:
                connection.execute(
                    text(
                        "INSERT INTO verdict (org, id, home, at, body) "
                        "VALUES (:org, :id, :home, :at, :body) ON CONFLICT (org, id) DO NOTHING"
                    ),
                    [
                        {"org": each.org, "id": each.id, "home": each.home,
                         "at": microseconds(each.at), "body": encode(each)}
                        for each in learnt
                    ],
                )  # fmt: skip
                connection.execute(delete(verdict).where(verdict.c.at < forget_before))
            self._writer.append(connection, answers)
            connection.execute(
                text(
                    'INSERT INTO "position" (lane, "offset") VALUES (:lane, :at) '
                    'ON CONFLICT (lane) DO UPDATE SET "offset" = excluded."offset"'
                ),
                {"lane": lane, "at": offset},
            )
            crash_at("learning_before_commit")


def _readable(state: bytes) -> HomeState | None:
    try:
        return _decoder.decode(state)
    except msgspec.MsgspecError:
        return None


def _execute(
    connection: Connection, statement: TextClause, states: Mapping[HomeKey, HomeState]
) -> None:
    if states:
        connection.execute(
            statement,
            [
                {"org": org, "home": home, "state": _encode(state)}
                for (org, home), state in states.items()
            ],
        )


def _keep_positions(connection: Connection, positions: Iterable[tuple[str, int]]) -> None:
    rows = [{"lane": lane, "at": offset} for lane, offset in positions]
    if rows:
        connection.execute(
            text(
                'INSERT INTO lane_position (lane, "offset") VALUES (:lane, :at) '
                'ON CONFLICT (lane) DO UPDATE SET "offset" = excluded."offset"'
            ),
            rows,
        )
