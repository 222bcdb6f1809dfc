"""`kill -9` of the responder while 500 presses arrive: 500 alerts, none twice, none lost."""

from __future__ import annotations

import random

from responder.seeing.looks import chain_report
from responder.store import Reads
from responder.store.reads import Kept
from responder.whom.people import OFFICE
from telecare.clock import RealClock, sleep_real
from telecare.messages import Signal
from telecare.settings import Settings
from telecare.store.lane import LaneWriter
from telecare.store.migrate import open_database
from telecare.vocabulary import SignalKind
from tests.harness.duty import ORG
from tests.harness.responder_process import ResponderProcess
from tests.harness.waiting import until

PRESSES = 500
KILLS = 3


def test_500_presses_become_500_alerts_however_often_it_dies(settings: Settings) -> None:
    chance = random.Random(23)
    gateway, own = open_database(settings, "gateway"), open_database(settings, "responder")
    reads, writer, clock = Reads(own), LaneWriter("gateway-1"), RealClock()
    deaths = sorted(chance.sample(range(50, PRESSES - 50), KILLS))
    responder = ResponderProcess(settings)
    responder.until_works()
    for n in range(PRESSES):
        with gateway.begin() as connection:
            writer.append(connection, [press(n, clock)])
        if n in deaths:
            sleep_real(chance.uniform(0, 0.03))
            responder.kill()
            responder = ResponderProcess(settings)
    until(lambda: len(cries(reads)) >= PRESSES)
    assert responder.leave() == 0

    kept = cries(reads)
    assert sorted(each.alert.home for each in kept) == sorted(f"home-{n}" for n in range(PRESSES))
    assert {each.alert.signal_count for each in kept} == {1}
    of_the_desk = {each.id for each in reads.home_alerts(ORG, OFFICE)}
    opened = [e.alert for e in reads.entries(ORG, limit=5000) if e.act == "opened"]
    assert len([each for each in opened if each not in of_the_desk]) == PRESSES
    assert chain_report(reads, ORG).whole
    gateway.close()
    own.close()


def cries(reads: Reads) -> list[Kept]:
    """The open alerts of homes: on a busy machine the desk may also be told that it is slow."""
    return [each for each in reads.open_alerts(ORG) if each.alert.home != OFFICE]


def press(n: int, clock: RealClock) -> Signal:
    now = clock.now()
    return Signal(
        id=f"press-{n}", org=ORG, home=f"home-{n}", kind=SignalKind.ALARM, type="pendant",
        occurred_at=now, raised_at=now, why="The pendant was pressed.", source="gateway",
        explicit=True, device=f"hub-{n}",
    )  # fmt: skip
