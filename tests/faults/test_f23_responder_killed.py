"""F23: the responder dies in the middle of an escalation, at each point where it could.

Started again it takes every step, none twice; a letter that had left when it died may
leave once more (a letter twice is better than none), any other leaves once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest

from responder.seeing.looks import chain_report
from responder.store import Reads
from telecare.clock import RealClock
from telecare.messages import Signal
from telecare.register import open_register
from telecare.settings import Settings
from telecare.store.lane import LaneWriter
from telecare.store.migrate import open_database
from telecare.vocabulary import SignalKind
from tests.harness.duty import ORG, furnish
from tests.harness.post import MailServer, mail_server
from tests.harness.responder_process import ResponderProcess
from tests.harness.waiting import until

ON_EACH_DATABASE = ("before_step_commit", "after_send")
ELSEWHERE = (
    "before_intake_commit", "after_intake_commit", "after_lease", "after_step_commit",
    "before_send",
)  # fmt: skip


@pytest.fixture
def mail() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


@pytest.mark.parametrize("point", ON_EACH_DATABASE)
def test_killed_at(settings: Settings, mail: MailServer, point: str) -> None:
    live_through_a_death(settings, mail, point)


@pytest.mark.parametrize("point", ELSEWHERE)
def test_killed_on_sqlite_at(sqlite_settings: Settings, mail: MailServer, point: str) -> None:
    live_through_a_death(sqlite_settings, mail, point)


def live_through_a_death(settings: Settings, mail: MailServer, point: str) -> None:
    settings = settings.model_copy(update={"smtp_host": "127.0.0.1", "smtp_port": mail.port})
    register = open_register(settings)
    furnish(register, homes=1)
    register.close()
    press_three_minutes_ago(settings)

    assert ResponderProcess(settings, crash_at=point).until_dead() == 9
    again = ResponderProcess(settings)
    own = open_database(settings, "responder")
    reads = Reads(own)
    until(lambda: "delivered" in [e.act for e in reads.entries(ORG)])
    assert again.leave() == 0

    acts = Counter(e.act for e in reads.entries(ORG))
    assert acts["opened"] == 1
    assert acts["ladder_started"] == 1
    assert acts["rung"] == 1
    assert acts["delivered"] == 1
    assert len(mail.letters) == (2 if point == "after_send" else 1)
    assert len({each["Message-ID"] for each in mail.letters}) == 1
    assert chain_report(reads, ORG).whole
    own.close()


def press_three_minutes_ago(settings: Settings, home: str = "home-1") -> None:
    at = RealClock().now() - timedelta(minutes=3)
    signal = Signal(
        id=f"press-{home}", org=ORG, home=home, kind=SignalKind.ALARM, type="pendant",
        occurred_at=at, raised_at=at, why="The pendant was pressed.", source="gateway",
        explicit=True, device="hub-1",
    )  # fmt: skip
    gateway = open_database(settings, "gateway")
    with gateway.begin() as connection:
        LaneWriter("gateway-1").append(connection, [signal])
    gateway.close()
