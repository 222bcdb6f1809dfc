"""Whatever homes, people, time and crashes do, in any order: the duty's invariants hold.

I1 every press has an alert. I2 every open alert has an owner or a next step, and once all is
done that is due, a time for it that lies ahead; and a cry for help that nobody has answered
stands in the queue, whoever had the alert. I3 nobody is sent the same message twice. I4 the
record verifies. I5 a neighbour's alert is seen by nobody else and changed by nobody else. I6 no
signal is lost: each is on record, once.
"""

from __future__ import annotations

import contextlib
import itertools
import shutil
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
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

from responder.acting.jobs import JobAct, Said
from responder.arriving.suppression import Cause
from responder.life import steps
from responder.life.alert import BREACH
from responder.seeing.views import AlertLine
from responder.store import audit, dispatches
from telecare.clock import HandClock
from telecare.errors import Conflict, InvalidInput, NotFound
from telecare.register.teams import Scheme
from telecare.settings import Settings
from telecare.store.migrate import migrate
from telecare.tenancy import PLATFORM
from telecare.vocabulary import AlertState, CallState, Outcome, SignalKind
from tests.harness.duty import Duty, Mailbag, furnish, operator, responders
from tests.harness.examples import at_length

homes = st.sampled_from(["home-1", "home-2"])
people = st.integers(1, 3)
answers = st.sampled_from(["going", "cannot", "answered", "arrived"])
EQUIPMENT = ("hub_silent", "equipment", "unjudged", "incident", "service_down")
TRACKS = {"duty": "duty"} | dict.fromkeys(EQUIPMENT, "equipment")
_orgs = itertools.count(1)


class PowerCut(BaseException):
    """The process dies here; nothing of the act may remain, and nothing of ours may catch it."""


def die(*_: object) -> None:
    raise PowerCut


class Lives(RuleBasedStateMachine):
    """One organisation's evening. The installation is shared; each evening has its own."""

    world: Duty

    @initialize()
    def furnish(self) -> None:
        self.org = f"org-{next(_orgs)}"
        register = self.world.responder.register
        furnish(register, self.org)
        responders(register, self.org, "ann", "bo")
        register.teams.add_scheme(
            Scheme(org=self.org, scheme="oak", name="Oak House", team="valley")
        )
        register.homes.join_scheme(self.org, "home-2", "oak")
        furnish(register, f"{self.org}-next", 1, contacts=False)
        self.world.clock.forward(seconds=1)
        self.world.machine.forward(seconds=1)
        self.world.mailbag.mood = "well"
        self.world.mailbag.letters.clear()
        self.pressed: set[str] = set()
        self.cried: set[str] = set()
        self.said: set[str] = set()
        self.theirs = self.world.press(org=f"{self.org}-next").id
        self.world.intake.step()

    def lines(self) -> list[AlertLine]:
        return self.world.desk.queue(operator(1, org=self.org))

    def pick(self, number: int) -> str:
        lines = self.lines()
        return lines[number % len(lines)].id if lines else "alert-none"

    @rule(home=homes, alarm=st.sampled_from(["pendant", "smoke", "bed_exit", "cancel"]))
    def press(self, home: str, alarm: str) -> None:
        signal = self.world.press(home, alarm, org=self.org)
        self.pressed.add(signal.id)
        self.said.add(signal.id)
        if alarm != "cancel":
            self.cried.add(signal.id)

    @rule(home=homes, kind=st.sampled_from([k for k in SignalKind if k is not SignalKind.ALARM]))
    def judge(self, home: str, kind: SignalKind) -> None:
        self.said.add(self.world.judged(kind, home, org=self.org).id)

    @rule()
    def settle(self) -> None:
        self.world.settle()
        self.nothing_is_left_due()
        self.no_cry_is_left_unheard()

    def nothing_is_left_due(self) -> None:
        now = self.world.clock.now()
        for line in self.lines():
            assert line.next_due_at is not None
            assert line.next_due_at > now, line.next_step
        left = audit.look(self.world.own, now, timedelta())
        # A provider that is out may keep its messages a little longer than they are of use.
        assert not [each for each in left if each.org == self.org and each.kind != "message"]

    def no_cry_is_left_unheard(self) -> None:
        """Whoever had the alert, or said that they go: if nothing was done since the last cry
        for help, the queue has it after three minutes.
        """
        now = self.world.clock.now()
        for line in self.lines():
            alert = self.world.reads.alert(self.org, line.id).alert
            entries = self.world.reads.entries(self.org, alert=line.id, limit=10_000)
            cries = [n for n, each in enumerate(entries) if each.detail.get("signal") in self.cried]
            if not cries or any(each.actor != PLATFORM for each in entries[cries[-1] :]):
                continue
            if now - entries[cries[-1]].at >= BREACH:
                there = any(rung.state is CallState.ARRIVED for rung in alert.rungs)
                seen_to = line.state is AlertState.ATTENDING and there
                assert line.state is AlertState.WAITING or seen_to, line.next_step

    @rule(minutes=st.sampled_from([0.5, 1, 3, 7, 25, 200]))
    def sleep_through(self, minutes: float) -> None:
        """Nothing runs meanwhile, as in an outage."""
        self.world.clock.forward(minutes=minutes)
        self.world.machine.forward(minutes=minutes)
        self.settle()

    @rule(hours=st.sampled_from([-3, 3]))
    def the_machines_clock_is_set(self, hours: int) -> None:
        self.world.machine.jump_wall(hours=hours)

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

    @rule(home=homes)
    def ring_and_hear_nothing(self, home: str) -> None:
        """The owner rings somebody, who picks up and says neither yes nor no."""
        alert, daughter, me = self.pressed_in(home), f"daughter-{home[-1]}", operator(org=self.org)
        with contextlib.suppress(Conflict):
            self.world.desk.claim(me, alert)
            self.world.desk.contact(me, alert, daughter)
            self.world.desk.contact_answer(me, alert, daughter, "answered")
        self.sleep_through(7)

    @rule(home=homes)
    def cry_into_what_somebody_has(self, home: str) -> None:
        """Somebody has the alert, and is never heard of again."""
        alert = self.pressed_in(home)
        with contextlib.suppress(Conflict):
            self.world.desk.claim(operator(1, org=self.org), alert)
        self.cry_again(home)

    @rule(home=homes)
    def cry_while_somebody_goes(self, home: str) -> None:
        """Her son says that he goes, and never comes."""
        alert, son = self.pressed_in(home), f"son-{home[-1]}"
        self.world.desk.contact_answer(operator(1, org=self.org), alert, son, "going")
        self.cry_again(home)

    def pressed_in(self, home: str) -> str:
        self.press(home, "pendant")
        self.settle()
        lines = [each for each in self.lines() if each.home == home]
        (line,) = [each for each in lines if "alarm.pendant" in each.kinds]
        return line.id

    def cry_again(self, home: str) -> None:
        self.sleep_through(7)
        self.press(home, "pendant")
        self.sleep_through(1)
        self.sleep_through(3)

    @rule(who=people, which=people, to=people)
    def hand_over(self, who: int, which: int, to: int) -> None:
        self.attempt(self.world.desk.hand_over, who, which, f"person-{to}", f"Operator {to}")

    @rule(who=people, which=people)
    def attending(self, who: int, which: int) -> None:
        self.attempt(self.world.desk.attending, who, which, "The ambulance")

    @rule(home=homes, cause=st.sampled_from(Cause), hours=st.sampled_from([1, 2]))
    def begin_window(self, home: str, cause: Cause, hours: int) -> None:
        ends = self.world.clock.now() + timedelta(hours=hours)
        self.world.arrangements.windows.open(operator(1, org=self.org), home, cause, ends)

    @rule()
    def end_windows(self) -> None:
        me = operator(1, org=self.org)
        for window in self.world.arrangements.windows.windows(me):
            self.world.arrangements.windows.end(me, window.id)

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
            self.world.desk.job_act(token, Said(act=act, code="000000", outcome=outcome))

    @rule(who=people, which=people)
    def resolve(self, who: int, which: int) -> None:
        self.attempt(self.world.desk.resolve, who, which, Outcome.HELPED_BY_TALKING, "All is well.")

    def attempt(self, act: Any, who: int, which: int, *more: object) -> None:
        with contextlib.suppress(Conflict, NotFound):
            act(operator(who, org=self.org), self.pick(which), *more)
        with pytest.raises(NotFound):
            act(operator(who, org=self.org), self.neighbours().id, *more)

    def neighbours(self) -> AlertLine:
        """Theirs; what the platform says of their own arrangements is left out."""
        lines = self.world.desk.queue(operator(1, org=f"{self.org}-next"))
        (line,) = [each for each in lines if each.kinds == ["alarm.pendant"]]
        return line

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

    @rule(point=st.sampled_from(["before_step_commit", "after_step_commit"]))
    def power_cut_in_steps(self, point: str) -> None:
        def cut(at: str) -> None:
            if at == point:
                die()

        with contextlib.suppress(PowerCut), pytest.MonkeyPatch.context() as patched:
            patched.setattr(steps, "crash_at", cut)
            self.world.steps.step()
        self.world.leases.take_back(self.world.clock.now())

    @rule()
    def power_cut_in_post(self) -> None:
        """It had a message in its hands and had not sent it."""
        with contextlib.suppress(PowerCut), pytest.MonkeyPatch.context() as patched:
            patched.setattr(self.world.mailbag, "send", die)
            self.world.post.step()
        self.world.leases.take_back(self.world.clock.now())

    @invariant()
    def a_neighbour_is_left_alone(self) -> None:
        theirs, us = self.neighbours(), operator(1, org=self.org)
        assert theirs.id not in {line.id for line in self.lines()}
        with pytest.raises(NotFound):
            self.world.desk.line(us, theirs.id)
        here = self.world.reads.entries(f"{self.org}-next", limit=10_000)
        assert {each.actor for each in here} == {PLATFORM}
        signals = {each.detail["signal"] for each in here if each.alert == theirs.id
                   and each.act in ("opened", "joined")}  # fmt: skip
        assert signals == {self.theirs}

    @invariant()
    def every_press_has_an_alert_and_no_signal_is_lost(self) -> None:
        while self.world.intake.step():
            pass
        taken = [e for e in self.world.reads.entries(self.org, limit=10_000)
                 if e.act in ("opened", "joined", "told", "held_back")]  # fmt: skip
        known = [str(each.detail["signal"]) for each in taken]
        assert set(known) >= self.said
        assert len(known) == len(set(known))
        in_alerts = {str(each.detail["signal"]) for each in taken if each.alert is not None}
        assert in_alerts >= self.pressed

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
        some_day = self.world.clock.now() + timedelta(days=365)
        due = dispatches.due(self.world.own, some_day, 1000)
        found = [dispatches.find(self.world.own, *key) for key in due if key[0] == self.org]
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
        them = operator(1, org=f"{self.org}-next")
        for line in self.world.desk.queue(them):
            self.world.desk.claim(them, line.id)
            self.world.desk.resolve(them, line.id, Outcome.TEST_CALL, "The evening ends.")


@pytest.mark.hypothesis
def test_alert_lives() -> None:
    folder = Path(tempfile.mkdtemp())
    made = Settings(data_dir=folder)
    migrate(made)
    clock = HandClock(datetime(2026, 3, 28, 21, tzinfo=UTC), is_real=True)
    Lives.world = Duty(made, clock, HandClock(clock.now()), Mailbag())
    try:
        run_state_machine_as_test(
            Lives,
            settings=at_length(settings(
                max_examples=6, stateful_step_count=20, deadline=None, derandomize=True,
                suppress_health_check=list(HealthCheck),
            )),
        )  # fmt: skip
    finally:
        Lives.world.responder.close()
        shutil.rmtree(folder)
