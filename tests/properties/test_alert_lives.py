"""Whatever homes, people, time and crashes do, in any order: the duty's invariants hold.

I1 every press has an alert. I2 every open alert has an owner or a next step, and a time
for it to come. I3 nobody is sent the same message twice. I4 the record verifies.
"""

from __future__ import annotations

import contextlib
import itertools
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from responder.jobs import JobAct
from responder.store import dispatches
from responder.views import AlertLine
from telecare.clock import HandClock
from telecare.errors import Conflict, InvalidInput, NotFound
from telecare.settings import Settings
from telecare.store.migrate import migrate
from telecare.vocabulary import AlertState, Outcome, SignalKind
from tests.harness.duty import Duty, Mailbag, furnish, operator, responders

homes = st.sampled_from(["home-1", "home-2"])
people = st.integers(1, 3)
answers = st.sampled_from(["going", "cannot", "answered", "arrived"])
EQUIPMENT = ("hub_silent", "equipment", "unjudged", "incident", "service_down")
TRACKS = {"duty": "duty"} | dict.fromkeys(EQUIPMENT, "equipment")
_orgs = itertools.count(1)


class PowerCut(Exception):
    """The process dies here; nothing of the act may remain."""


def die() -> None:
    raise PowerCut


class Lives(RuleBasedStateMachine):
    """One organisation's evening. The installation is shared; each evening has its own."""

    world: Duty

    @initialize()
    def furnish(self) -> None:
        self.org = f"org-{next(_orgs)}"
        furnish(self.world.responder.register, self.org)
        responders(self.world.responder.register, self.org, "ann", "bo")
        self.world.mailbag.mood = "well"
        self.pressed: set[str] = set()

    def lines(self) -> list[AlertLine]:
        return self.world.desk.queue(operator(1, org=self.org))

    def pick(self, number: int) -> str:
        lines = self.lines()
        return lines[number % len(lines)].id if lines else "alert-none"

    @rule(home=homes, alarm=st.sampled_from(["pendant", "smoke", "bed_exit", "cancel"]))
    def press(self, home: str, alarm: str) -> None:
        self.pressed.add(self.world.press(home, alarm, org=self.org).id)

    @rule(home=homes, kind=st.sampled_from([k for k in SignalKind if k is not SignalKind.ALARM]))
    def judge(self, home: str, kind: SignalKind) -> None:
        self.world.judged(kind, home, org=self.org)

    @rule()
    def settle(self) -> None:
        self.world.settle()
        now = self.world.clock.now()
        assert all(line.next_due_at and line.next_due_at > now for line in self.lines())

    @rule(minutes=st.sampled_from([0.5, 1, 3, 7, 25, 200]))
    def sleep_through(self, minutes: float) -> None:
        """Nothing runs meanwhile, as in an outage."""
        self.world.clock.forward(minutes=minutes)
        self.world.machine.forward(minutes=minutes)
        self.world.settle()

    @rule(mood=st.sampled_from(["well", "out", "refuses"]))
    def provider(self, mood: str) -> None:
        self.world.mailbag.mood = mood

    @rule(who=people, which=people)
    def claim(self, who: int, which: int) -> None:
        self.attempt(self.world.desk.claim, who, which)

    @rule(who=people, which=people)
    def release(self, who: int, which: int) -> None:
        self.attempt(self.world.desk.release, who, which)

    @rule(who=people, which=people, minutes=st.integers(1, 30))
    def watch(self, who: int, which: int, minutes: int) -> None:
        self.attempt(self.world.desk.watch, who, which, minutes)

    @rule(who=people, which=people, contact=st.sampled_from(["daughter", "son"]), said=answers)
    def hear(self, who: int, which: int, contact: str, said: str) -> None:
        number = next((line.home[-1] for line in self.lines()), "1")
        self.attempt(self.world.desk.contact_answer, who, which, f"{contact}-{number}", said)

    @rule(who=people, which=people)
    def send(self, who: int, which: int) -> None:
        self.attempt(self.world.desk.send, who, which)

    @rule(who=people, which=people)
    def call_off(self, who: int, which: int) -> None:
        self.attempt(self.world.desk.call_off, who, which)

    @rule(act=st.sampled_from(JobAct))
    @precondition(lambda self: any("/j/" in each.link for each in self.world.mailbag.letters))
    def job(self, act: JobAct) -> None:
        links = [each.link for each in self.world.mailbag.letters if "/j/" in each.link]
        with contextlib.suppress(NotFound, Conflict, InvalidInput):
            token = links[-1].rpartition("/")[2]
            outcome = Outcome.RESPONDER_ATTENDED
            self.world.desk.job_act(token, act, code="000000", outcome=outcome)

    @rule(who=people, which=people)
    def resolve(self, who: int, which: int) -> None:
        self.attempt(self.world.desk.resolve, who, which, Outcome.HELPED_BY_TALKING, "All is well.")

    def attempt(self, act: Any, who: int, which: int, *more: object) -> None:
        with contextlib.suppress(Conflict, NotFound):
            act(operator(who, org=self.org), self.pick(which), *more)

    @rule(said=st.sampled_from(["going", "cannot"]))
    @precondition(lambda self: any(each.link for each in self.world.mailbag.letters))
    def answer_link(self, said: Any) -> None:
        with contextlib.suppress(NotFound):
            self.world.desk.link_answer(self.world.token(), said)

    @rule()
    def power_cut_in_intake(self) -> None:
        """All of a batch was done but the commit."""
        with (
            contextlib.suppress(PowerCut),
            self.world.works.begin(self.world.clock.now()) as work,
        ):
            for alert in work.open_alerts([(self.org, "home-1")]):
                work.put(alert)
            work.move("gateway-1", 0)
            die()
        self.world.intake._seen.clear()

    @invariant()
    def every_press_has_an_alert(self) -> None:
        self.world.intake.step()
        while self.world.intake.step():
            pass
        known = [e.detail.get("signal") for e in self.world.reads.entries(self.org, limit=10_000)
                 if e.act in ("opened", "joined")]  # fmt: skip
        assert set(known) >= self.pressed
        assert len(known) == len(set(known))

    @invariant()
    def every_open_alert_has_a_next_step(self) -> None:
        for line in self.lines():
            assert line.next_due_at is not None
            assert line.next_step
            assert line.owner_id or line.state is not AlertState.CLAIMED
        tracks = [(line.home, TRACKS.get(line.kinds[0], "care")) for line in self.lines()]
        assert len(set(tracks)) == len(tracks)

    @invariant()
    def nobody_is_sent_the_same_twice(self) -> None:
        keys = [each.key for each in self.world.mailbag.letters]
        assert len(keys) == len(set(keys))

    @invariant()
    def nobody_has_two_jobs_and_every_open_one_has_its_time(self) -> None:
        found = dispatches.open_in(self.world.own, self.org)
        holders = [each.holder for each in found if each.holder]
        assert len(holders) == len(set(holders))
        assert len({each.alert for each in found}) == len(found)
        assert all(each.next_due_at is not None for each in found)

    @invariant()
    def the_record_verifies(self) -> None:
        assert self.world.desk.verify_chain(self.org).whole

    def teardown(self) -> None:
        self.world.settle()
        for line in self.lines():
            me = operator(1, org=self.org)
            owner = line.owner_id or me.id
            if line.owner_id is None:
                self.world.desk.claim(me, line.id)
            who = operator(int(owner.removeprefix("person-")), org=self.org)
            self.world.desk.resolve(who, line.id, Outcome.TEST_CALL, "The evening ends.")


def test_alert_lives() -> None:
    folder = Path(tempfile.mkdtemp())
    made = Settings(data_dir=folder)
    migrate(made)
    clock = HandClock(datetime(2026, 3, 28, 21, tzinfo=UTC), is_real=True)
    Lives.world = Duty(made, clock, HandClock(clock.now()), Mailbag())
    try:
        run_state_machine_as_test(
            Lives,
            settings=settings(
                max_examples=12, stateful_step_count=20, deadline=None, derandomize=True,
                suppress_health_check=list(HealthCheck),
            ),
        )  # fmt: skip
    finally:
        Lives.world.responder.close()
        shutil.rmtree(folder)
