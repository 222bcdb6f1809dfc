"""A client at several gateways: the connection that it came to last has it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import text

from gateway.clients.store import AHEAD, ClientReader
from gateway.intake import Intake
from gateway.sessions import store as sessions
from gateway.sessions.notes import (
    Came,
    Ended,
    Gone,
    Held,
    KeptSession,
    Left,
    Note,
    Owed,
    Posted,
    SessionKey,
)
from gateway.sessions.store import SessionReader
from gateway.store import GatewayStore
from telecare.clock import HandClock
from telecare.settings import Settings
from telecare.store.migrate import open_database
from telecare.store.session import Database
from tests.harness.waiting import until

CLIENT = SessionKey("oak", "hub-7", "c")
FIRST, SECOND = "gateway-1", "gateway-2"


class Gateways:
    """Two on one port. What comes to one is on disk when that one comes to it."""

    def __init__(self, settings: Settings, clock: HandClock, leave: ExitStack) -> None:
        self._clock = clock
        self._stores: dict[str, GatewayStore] = {}
        self._readers: dict[str, ClientReader] = {}
        self._databases: dict[str, Database] = {}
        for lane in (FIRST, SECOND):
            database = leave.enter_context(closing(open_database(settings, "gateway")))
            self._databases[lane] = database
            self._stores[lane] = GatewayStore(database, lane)
            self._readers[lane] = ClientReader(database, lane)

    def comes(self, lane: str, name: str) -> Callable[[], None]:
        """The client's connection `name` is let in now; the answer commits that."""
        return self._noted(lane, Came(CLIENT, f"{lane}-{name}", self._clock.now()))

    def begins(self, lane: str, name: str) -> Callable[[], None]:
        """The connection `name` asks for a new session to be kept, named like it."""
        session = KeptSession(CLIENT, name, 3600)
        return self._noted(lane, Held(session, f"{lane}-{name}", self._clock.now(), is_new=True))

    def goes_on(self, lane: str, name: str, session: str) -> Callable[[], None]:
        """The connection `name` goes on with `session`."""
        kept = KeptSession(CLIENT, session, 3600)
        return self._noted(lane, Held(kept, f"{lane}-{name}", self._clock.now(), is_new=False))

    def wants_nothing_kept(self, lane: str) -> Callable[[], None]:
        """A connection says that what was kept is to be forgotten."""
        return self._noted(lane, Ended(CLIENT, self._clock.now()))

    def leaves(self, lane: str, name: str, session: str) -> None:
        """The line `name` is seen to be gone."""
        kept = KeptSession(CLIENT, session, 3600)
        self._noted(lane, Left(kept, f"{lane}-{name}", self._clock.now()))()

    def owe(self, lane: str, session: str) -> None:
        """An order for the client waits in `session`."""
        order = Owed(1, "down/command", b"{}", self._clock.now() + timedelta(days=1))
        self._noted(lane, Posted(CLIENT, session, order))()

    def kept(self) -> tuple[str, int] | None:
        """The session that would be gone on with now, and how much is owed in it."""
        found = SessionReader(self._databases[FIRST]).find(CLIENT, self._clock.now())
        return (found.session.epoch, len(found.owed)) if found is not None else None

    @contextmanager
    def committing(self, lane: str, name: str, session: str) -> Iterator[Callable[[], bool]]:
        """`name` goes on with `session`, and the commit of that is under way; yields whether
        another commit waits for it.
        """
        kept = KeptSession(CLIENT, session, 3600)
        held = Held(kept, f"{lane}-{name}", self._clock.now(), is_new=False)
        waiting = text("SELECT 1 FROM pg_locks WHERE NOT granted")
        with self._databases[lane].begin() as connection:
            sessions.apply(connection, [held], lane)
            yield lambda: connection.execute(waiting).first() is not None

    def _noted(self, lane: str, note: Note) -> Callable[[], None]:
        def commit() -> None:
            self._stores[lane].commit([Intake(note=note)])

        return commit

    def ends(self) -> list[str]:
        """Each gateway looks once which connections of its own are to end, and ends them."""
        ended = []
        for lane, reader in self._readers.items():
            for each in reader.ousted():
                gone = Gone(CLIENT, each.parted.holder)
                self._stores[lane].commit([Intake(note=each.parted), Intake(note=gone)])
                ended.append(f"{each.parted.holder} as of {each.at:%H:%M:%S}")
        return ended

    def is_connected(self) -> bool:
        return self._readers[FIRST].session_here(CLIENT) is not None


@pytest.fixture
def gateways(settings: Settings, clock: HandClock) -> Iterator[Gateways]:
    with ExitStack() as leave:
        yield Gateways(settings, clock, leave)


def test_the_connection_it_came_to_last_stays_whichever_gateway_commits_first(
    gateways: Gateways, clock: HandClock
) -> None:
    older = gateways.comes(FIRST, "older")
    newest_at = clock.forward(seconds=2)
    newer = gateways.comes(SECOND, "newer")
    newer()
    clock.forward(seconds=3)
    older()
    assert gateways.ends() == [f"gateway-1-older as of {newest_at:%H:%M:%S}"]
    assert gateways.is_connected()
    older()  # the commit's answer was lost, and it is made again
    assert gateways.ends() == [f"gateway-1-older as of {newest_at:%H:%M:%S}"]
    assert gateways.is_connected()


def test_of_one_moment_the_later_commit_has_it_and_one_line_stays(gateways: Gateways) -> None:
    one, other = gateways.comes(FIRST, "one"), gateways.comes(SECOND, "other")
    other()
    one()
    assert [each.split(" as ")[0] for each in gateways.ends()] == ["gateway-2-other"]
    assert gateways.is_connected()


def test_a_clock_set_back_locks_no_client_out(gateways: Gateways, clock: HandClock) -> None:
    """Its line to the second gateway is half open: nothing says there that it has gone."""
    gateways.comes(SECOND, "before")()
    clock.jump_wall(hours=-1)
    again = clock.forward(seconds=5)
    gateways.comes(FIRST, "again")()
    assert gateways.ends() == [f"gateway-2-before as of {again:%H:%M:%S}"]
    assert gateways.is_connected()


def test_a_clock_set_back_by_seconds_delays_it_by_no_more(
    gateways: Gateways, clock: HandClock
) -> None:
    gateways.comes(SECOND, "before")()
    clock.jump_wall(seconds=-AHEAD.total_seconds())
    gateways.comes(FIRST, "at-once")()
    assert [each.split(" as ")[0] for each in gateways.ends()] == ["gateway-1-at-once"]
    clock.forward(seconds=AHEAD.total_seconds())
    gateways.comes(FIRST, "in-time")()
    assert [each.split(" as ")[0] for each in gateways.ends()] == ["gateway-2-before"]


def test_at_one_gateway_the_newest_connection_has_it_whatever_the_clock_says(
    gateways: Gateways, clock: HandClock
) -> None:
    gateways.comes(FIRST, "before")()
    clock.jump_wall(seconds=-5)
    gateways.comes(FIRST, "after")()
    assert gateways.ends() == []
    assert gateways.is_connected()


def test_a_session_begun_late_on_disk_forgets_none_that_was_begun_after_it(
    gateways: Gateways, clock: HandClock
) -> None:
    older = gateways.begins(FIRST, "older")
    clock.forward(seconds=2)
    gateways.begins(SECOND, "newer")()
    gateways.owe(SECOND, "newer")
    older()
    assert gateways.kept() == ("newer", 1)
    clock.forward(seconds=1)
    gateways.leaves(FIRST, "older", "older")
    clock.forward(seconds=2 * 3600)
    assert gateways.kept() == ("newer", 1), "its client is connected: nothing expires"


def test_a_line_that_goes_on_late_on_disk_takes_no_session_from_a_newer_one(
    gateways: Gateways, clock: HandClock
) -> None:
    gateways.begins(FIRST, "first")()
    clock.forward(seconds=60)
    older = gateways.goes_on(FIRST, "older", "first")
    clock.forward(seconds=2)
    gateways.goes_on(SECOND, "newer", "first")()
    older()
    gateways.leaves(FIRST, "older", "first")
    clock.forward(seconds=2 * 3600)
    assert gateways.kept() == ("first", 0)


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_nor_while_the_newer_one_is_being_committed(gateways: Gateways, clock: HandClock) -> None:
    """SQLite has one commit at a time."""
    gateways.begins(FIRST, "first")()
    clock.forward(seconds=60)
    older = gateways.goes_on(FIRST, "older", "first")
    clock.forward(seconds=2)
    with ThreadPoolExecutor(1) as other, gateways.committing(SECOND, "newer", "first") as waits:
        late = other.submit(older)
        until(waits, "the older commit waits for the newer")
    late.result()
    gateways.leaves(FIRST, "older", "first")
    clock.forward(seconds=2 * 3600)
    assert gateways.kept() == ("first", 0)


def test_who_wanted_nothing_kept_before_loses_nothing_of_what_it_wants_kept_since(
    gateways: Gateways, clock: HandClock
) -> None:
    older = gateways.wants_nothing_kept(FIRST)
    clock.forward(seconds=2)
    gateways.begins(SECOND, "newer")()
    older()
    assert gateways.kept() == ("newer", 0)


def test_a_line_seen_to_be_gone_late_keeps_no_newer_one_from_its_session(
    gateways: Gateways, clock: HandClock
) -> None:
    """The client changed its network: where it was before, that is noticed as it comes again."""
    gateways.begins(FIRST, "before")()
    clock.forward(seconds=60)
    again = gateways.goes_on(SECOND, "again", "before")
    clock.forward(seconds=1)
    gateways.leaves(FIRST, "before", "before")
    again()
    clock.forward(seconds=2 * 3600)
    assert gateways.kept() == ("before", 0)


def test_a_clock_set_back_keeps_no_client_from_a_new_session(
    gateways: Gateways, clock: HandClock
) -> None:
    gateways.begins(SECOND, "before")()
    clock.jump_wall(hours=-1)
    gateways.begins(FIRST, "again")()
    assert gateways.kept() == ("again", 0)
    clock.jump_wall(seconds=-5)
    gateways.begins(FIRST, "at one gateway")()
    assert gateways.kept() == ("at one gateway", 0)
