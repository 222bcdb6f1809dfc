"""F23 for responders: killed while an offer is written down, and two processes that look for a
crew at the same moment. Everybody is offered a job once, and nobody two.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator

import pytest

from responder.looks import chain_report
from responder.store import dispatches
from telecare.clock import HandClock, RealClock
from telecare.settings import Settings
from tests.faults.test_f23_responder_killed import press_three_minutes_ago
from tests.harness.duty import ORG, Duty, operator
from tests.harness.post import MailServer, mail_server
from tests.harness.responder_process import ResponderProcess, until
from tests.harness.world import world

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
        assert len(mail.letters) == 1
        assert chain_report(county.reads, ORG).whole


def test_two_processes_that_look_at_once_give_nobody_two_jobs(
    settings: Settings, clock: HandClock
) -> None:
    with world(settings, clock.now()) as county:
        for home in (1, 2, 3, 4):
            county.home(home, at=VILLAGE)
            county.press(f"pendant-{home}")
        county.team("valley", "ann", "bo", at=NEAR)
        for home in (1, 2, 3, 4):
            county.operator().claims(home)
            county.desk.send(operator(1), county.alert(home).id)
        other = Duty(settings, county.clock, county.machine, county.mailbag)
        both_at_once(county, other)
        found = dispatches.open_in(county.own, ORG)
        holders = [each.holder for each in found]
        assert sorted(holders) == ["team:ann", "team:bo"], holders
        unmanned = [e.alert for e in county.reads.entries(ORG) if e.act == "unmanned"]
        assert len(unmanned) == len(set(unmanned)) == 2
        county.post.step()
        other.responder.close()


def both_at_once(*each: Duty) -> None:
    start = threading.Barrier(len(each))
    faults: list[BaseException] = []

    def run(duty: Duty) -> None:
        start.wait()
        try:
            for _ in range(4):
                duty.dispatches.step()
        except BaseException as fault:  # noqa: BLE001 - told to the test below
            faults.append(fault)

    threads = [threading.Thread(target=run, args=(duty,)) for duty in each]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
