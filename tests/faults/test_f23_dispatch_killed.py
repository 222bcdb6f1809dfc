"""F23 for responders: killed while an offer is written down, and two processes that look for a
crew at the same moment. Everybody is offered a job once, and nobody two.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from responder.callout.dispatching import Dispatches
from responder.callout.lone_worker import Terms
from responder.callout.routing import Place, Road, drive_minutes
from responder.clockwork.timekeeping import Timekeeping
from responder.seeing.looks import chain_report
from responder.store import dispatches
from responder.whom.people import Channel
from telecare.clock import HandClock, RealClock
from telecare.settings import Settings
from tests.faults.test_f23_responder_killed import press_three_minutes_ago
from tests.harness.duty import ORG, operator
from tests.harness.post import MailServer, mail_server
from tests.harness.responder_process import ResponderProcess
from tests.harness.waiting import until
from tests.harness.world import World, world

VILLAGE, NEAR = (50.75, -2.44), (50.76, -2.44)


@pytest.fixture
def mail() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


@pytest.mark.parametrize("point", ["before_dispatch_commit", "after_dispatch_commit"])
def test_killed_at(sqlite_settings: Settings, mail: MailServer, point: str) -> None:
    settings = sqlite_settings.model_copy(update={"smtp_host": "127.0.0.1", "smtp_port": mail.port})
    press_three_minutes_ago(settings)
    with world(settings, RealClock().now()) as county:
        county.home(1, at=VILLAGE)
        county.team("valley", "ann", at=NEAR)
        county.intake.step()
        (line,) = county.desk.queue(operator(1))
        county.desk.claim(operator(1), line.id)
        county.desk.send(operator(1), line.id)
        assert ResponderProcess(settings, crash_at=point).until_dead() == 9
        again = ResponderProcess(settings)
        until(lambda: "delivered" in county.acts(line.id))
        assert again.leave() == 0
        acts = Counter(county.acts(line.id))
        assert [acts[act] for act in ("dispatched", "offered", "delivered")] == [1, 1, 1]
        # Another thread may have been between the mail server's yes and its note of it.
        assert len({each["Message-ID"] for each in mail.letters}) == 1
        assert chain_report(county.reads, ORG).whole


class SlowRoad:
    """Answers both only when both have asked: each has chosen before either has written."""

    def __init__(self) -> None:
        self._together = threading.Barrier(2)

    def minutes(self, starts: Sequence[Place], to: Place) -> list[float]:
        self._together.wait(timeout=10)
        return [drive_minutes(each, to) for each in starts]


def test_two_processes_that_choose_the_same_crew_give_nobody_two_jobs(
    settings: Settings, clock: HandClock
) -> None:
    with world(settings, clock.now()) as county:
        county.team("valley", "ann", "bo", at=NEAR)
        for home in (1, 2):
            county.home(home, at=VILLAGE)
            county.press(f"pendant-{home}")
            county.operator().claims(home)
        for home in (1, 2):
            county.desk.send(operator(1), county.alert(home).id)
        road = SlowRoad()
        with ThreadPoolExecutor(2) as pool:
            taken = [
                pool.submit(dispatching(county, road).take_one, *found)
                for found in dispatches.due(county.own, county.clock.now(), 2)
            ]
        assert sorted(each.result() for each in taken) == [0, 1]
        county.settle()
        out = dispatches.out(county.own, ORG, besides="")
        assert out == {"team:ann": "car-of-ann", "team:bo": "car-of-bo"}


def dispatching(county: World, road: Road) -> Dispatches:
    """One of two processes that send responders."""
    return Dispatches(
        county.works, county.planning._book, county.desk._links, [Channel.EMAIL], county.clock,
        road, Terms(), Timekeeping(county.works, county.clock),
    )  # fmt: skip
