"""A client at several gateways: the connection that it came to last has it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing

import pytest

from gateway.clients.store import AHEAD, ClientReader
from gateway.intake import Intake
from gateway.sessions.notes import Came, Gone, SessionKey
from gateway.store import GatewayStore
from telecare.clock import HandClock
from telecare.settings import Settings
from telecare.store.migrate import open_database

CLIENT = SessionKey("oak", "hub-7", "c")
FIRST, SECOND = "gateway-1", "gateway-2"


class Gateways:
    """Two on one port. What comes to one is on disk when that one comes to it."""

    def __init__(self, settings: Settings, clock: HandClock, leave: ExitStack) -> None:
        self._clock = clock
        self._stores: dict[str, GatewayStore] = {}
        self._readers: dict[str, ClientReader] = {}
        for lane in (FIRST, SECOND):
            database = leave.enter_context(closing(open_database(settings, "gateway")))
            self._stores[lane] = GatewayStore(database, lane)
            self._readers[lane] = ClientReader(database, lane)

    def comes(self, lane: str, name: str) -> Callable[[], None]:
        """The client's connection `name` is let in now; the answer commits that."""
        came = Came(CLIENT, f"{lane}-{name}", lane, self._clock.now())

        def commit() -> None:
            self._stores[lane].commit([Intake(note=came)])

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
