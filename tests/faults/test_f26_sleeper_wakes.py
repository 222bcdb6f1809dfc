"""F26: a worker hangs with its lease and wakes too late. Another took over; it is refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import text

from responder.outgoing.outbox import MessageState
from responder.store import Leases
from telecare.clock import HandClock, RealClock
from telecare.errors import StoreUnavailable
from telecare.settings import Settings
from telecare.store import session
from tests.harness.duty import ORG, Duty, duty, operator
from tests.harness.post import mail_server
from tests.harness.responder_process import ResponderProcess
from tests.harness.waiting import until


@pytest.fixture
def world(settings: Settings, clock: HandClock) -> Iterator[Duty]:
    with duty(settings, clock, HandClock(clock.now())) as made:
        yield made


def test_a_sleepers_step_is_refused(world: Duty) -> None:
    world.press()
    world.intake.step()
    world.clock.forward(seconds=60)
    asleep = world.leases.due_alerts(world.clock.now(), 10)
    assert len(asleep) == 1
    assert world.leases.due_alerts(world.clock.now(), 10) == []  # it is somebody's

    world.machine.forward(seconds=11)
    awake = world.leases.due_alerts(world.clock.now(), 10)
    assert [each.id for each in awake] == [each.id for each in asleep]

    assert world.steps._take(asleep) == 0
    assert world.steps._take(awake) == 1
    assert world.acts(world.only().id) == ["opened", "overdue", "announced"]


def test_a_sleepers_word_on_a_message_is_refused(world: Duty) -> None:
    world.press()
    world.intake.step()
    world.clock.forward(minutes=3)
    world.steps.step()
    (asleep,) = world.leases.ready_messages(world.clock.now(), 10)
    world.machine.forward(seconds=21)
    (awake,) = world.leases.ready_messages(world.clock.now(), 10)
    with world.works.begin(world.clock.now()) as work:
        late = world.leases.settle(
            work, asleep, state=MessageState.REFUSED, next_try_at=None, failure="too late"
        )
    assert not late
    world.post._try(awake)
    (message,) = world.reads.messages("north", world.only().id)
    assert message[1] is MessageState.SENT


def test_who_looked_at_the_clock_a_moment_earlier_takes_nothing_twice(world: Duty) -> None:
    """Two wait for the same lock; the second read the clock before the first got its lease."""
    world.press()
    world.intake.step()
    world.clock.forward(minutes=3)
    world.steps.step()
    assert len(world.leases.ready_messages(world.clock.now(), 10)) == 1
    beside = Leases(world.own, HandClock(world.machine.now() - timedelta(seconds=1)), "other")
    assert beside.ready_messages(world.clock.now(), 10) == []


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_a_stopped_process_wakes_and_its_late_commits_are_refused(settings: Settings) -> None:
    """SIGSTOP with a step in its hands, and again with a letter that has left; each time another
    took over when the lease was over. Awake, it adds nothing to that and works on. (Whoever is
    stopped while it writes to a SQLite file holds up everybody else there: one responder each.)
    """
    then = HandClock(RealClock().now() - timedelta(minutes=3), is_real=True)
    with mail_server() as mail:
        settings = settings.model_copy(update={"smtp_host": "127.0.0.1", "smtp_port": mail.port})
        with duty(settings, then, HandClock(RealClock().now())) as other:
            other.press()
            other.intake.step()
            other.clock.forward(minutes=3)
            with ResponderProcess(settings, stop_at="after_lease,after_send", number=2) as sleeper:
                sleeper.until_asleep()
                end_its_acts(other)
                look_at_the_clock(other)
                assert other.steps.step() == 0  # it is somebody's
                other.machine.forward(seconds=30)
                assert other.steps.step() == 1
                sleeper.wake()

                sleeper.until_asleep()
                assert len(mail.letters) == 1
                end_its_acts(other)
                look_at_the_clock(other)
                other.machine.forward(seconds=30)
                assert other.post.step() == 1
                assert len(other.mailbag.letters) == 1  # twice is better than not at all
                sleeper.wake()

                other.press("home-2")
                until(lambda: "home-2" in [each.home for each in other.desk.queue(operator())])
                assert sleeper.leave() == 0
            acts = Counter(other.acts(line(other, "home-1")))
            assert acts["ladder_started"] == acts["rung"] == acts["delivered"] == 1
            assert other.desk.verify_chain(ORG).whole


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_who_falls_asleep_inside_an_act_is_thrown_out_and_another_does_it(
    settings: Settings, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row stays locked for as long as its holder is stopped (E16), and no longer than a minute:
    then the server ends the session. Here after a fifth of a second.
    """
    waits = dict(session._ON_SERVER)
    assert waits["idle_in_transaction_session_timeout"] == 60_000
    with duty(settings, clock, HandClock(clock.now())) as other:
        other.press()
        other.intake.step()
        clock.forward(seconds=60)
        monkeypatch.setitem(session._ON_SERVER, "idle_in_transaction_session_timeout", 200)
        sleeper = Duty(settings, clock, HandClock(clock.now()), other.mailbag)
        leases = sleeper.leases.due_alerts(clock.now(), 10)

        def act() -> None:
            with sleeper.works.begin(clock.now()) as work:
                for alert in work.alerts(sleeper.leases.held(work, leases)):
                    work.put(alert)
                other.machine.forward(seconds=11)
                assert other.steps.step() == 0  # it is locked
                until(lambda: other.steps.step() == 1)

        with pytest.raises(StoreUnavailable):
            act()
        assert other.acts(other.only().id) == ["opened", "overdue", "announced"]
        sleeper.responder.close()


def end_its_acts(world: Duty) -> None:
    """Another thread of the sleeper may have been inside an act: the server ends that, after a
    minute (E16), which nobody waits for here.
    """
    inside = "FROM pg_stat_activity WHERE datname = current_database() AND state <> 'idle'"
    others = f"{inside} AND pid <> pg_backend_pid()"

    def nobody_is_inside() -> bool:
        with world.own.read() as connection:
            return not connection.execute(text(f"SELECT pg_terminate_backend(pid) {others}")).all()

    until(nobody_is_inside)


def look_at_the_clock(world: Duty) -> None:
    """Its machine shows what the sleeper's showed when it fell asleep, a moment ago."""
    passed = RealClock().now() - world.machine.now()
    world.machine.forward(seconds=max(0.0, passed.total_seconds()))


def line(world: Duty, home: str) -> str:
    """The home's alert."""
    queue = world.desk.queue(operator())
    return next(each.id for each in queue if each.home == home and "alarm.pendant" in each.kinds)


def test_what_a_dead_process_had_under_way_is_due_at_once(world: Duty) -> None:
    world.press()
    world.intake.step()
    world.clock.forward(minutes=3)
    assert len(world.leases.due_alerts(world.clock.now(), 10)) == 1
    world.leases.take_back(world.clock.now())
    assert world.steps.step() == 1
