"""`kill -9` of the responder while 500 presses arrive: 500 alerts, none twice, none lost."""

from __future__ import annotations

import random

from responder.seeing.looks import chain_report
from responder.store import Reads
from telecare.clock import RealClock, sleep_real
from telecare.messages import Signal
from telecare.settings import Settings
from telecare.store.lane import LaneWriter
from telecare.store.migrate import open_database
from telecare.vocabulary import SignalKind
from tests.harness.duty import ORG
from tests.harness.responder_process import ResponderProcess, until

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
    until(lambda: len(reads.open_alerts(ORG)) >= PRESSES)
    assert responder.leave() == 0

    kept = reads.open_alerts(ORG)
    assert sorted(each.alert.home for each in kept) == sorted(f"home-{n}" for n in range(PRESSES))
    assert {each.alert.signal_count for each in kept} == {1}
    assert [e.act for e in reads.entries(ORG, limit=5000) if e.act == "opened"] == (
        ["opened"] * PRESSES
    )
    assert chain_report(reads, ORG).whole
    gateway.close()
    own.close()


def press(n: int, clock: RealClock) -> Signal:
    now = clock.now()
    return Signal(
        id=f"press-{n}", org=ORG, home=f"home-{n}", kind=SignalKind.ALARM, type="pendant",
        occurred_at=now, raised_at=now, why="The pendant was pressed.", source="gateway",
        explicit=True, device=f"hub-{n}",
    )  # fmt: skip
