"""Whatever contacts answer, and whatever breaks meanwhile: the ladder goes on, once, to its end.

Of one home whose presses nobody on the desk takes. Besides I1 to I6: nothing happens before its
time; nobody is asked twice in one round; who is off the file is never asked; once somebody goes
nobody else is; and while nobody does, everybody is asked in the end.
"""

from __future__ import annotations

import contextlib
import itertools
import shutil
import tempfile
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from msgspec.structs import replace

from responder.life import escalation, steps
from responder.life.alert import Alert
from responder.life.decision import Decision, Ring
from responder.outgoing.outbox import LADDER
from responder.seeing.views import AlertLine
from responder.store import audit
from responder.whom.plans import Course
from telecare.clock import HandClock
from telecare.errors import Conflict, InvalidInput, NotFound
from telecare.register.plans import Plan, Step, StepKind
from telecare.settings import Settings
from telecare.store.migrate import migrate
from telecare.tenancy import PLATFORM
from telecare.vocabulary import AlertState, CallState, Outcome, Role
from tests.harness.duty import Duty, Mailbag, furnish, operator
from tests.harness.examples import at_length

FAMILY = ("daughter-1", "son-1")
PLANS = (
    [Step(kind=StepKind.CONTACTS, contacts=["son-1"], seconds=60)],
    [Step(kind=StepKind.CONTACTS, at_once=True)],
    [Step(kind=StepKind.DESK, seconds=60), Step(kind=StepKind.CONTACTS, seconds=120)],
)
_orgs = itertools.count(1)
Said = Literal["going", "cannot"]


class PowerCut(BaseException):
    """The process dies here; nothing of ours may catch it."""


class Escalations(RuleBasedStateMachine):
    """One organisation's evening. The installation is shared; each evening has its own."""

    world: Duty

    @initialize()
    def furnish(self) -> None:
        self.org = f"org-{next(_orgs)}"
        furnish(self.world.responder.register, self.org, 1)
        furnish(self.world.responder.register, f"{self.org}-next", 1)
        self.look_again()
        self.world.mailbag.letters.clear()
        self.pressed: set[str] = set()
        self.on_file = set(FAMILY)
        self.off_file_at: dict[str, int] = {}
        self.plan: Plan | None = None
        self.plans = 0
        self.press()

    def look_again(self) -> None:
        """A moment passes on the machine, so that a change of the register is known."""
        self.world.machine.forward(seconds=1)

    @property
    def line(self) -> AlertLine | None:
        """The home's alert, while one is open."""
        queue = self.world.desk.queue(operator(org=self.org))
        return next((each for each in queue if each.home == "home-1"), None)

    def settle(self) -> None:
        self.world.settle()
        line, now = self.line, self.world.clock.now()
        if line is not None:
            assert line.next_due_at is not None
            assert line.next_due_at > now, line.next_step
        left = audit.look(self.world.own, now, timedelta())
        assert not [each for each in left if each.org == self.org and each.kind == "alert"]

    @rule()
    def press(self) -> None:
        self.pressed.add(self.world.press(org=self.org).id)
        self.settle()

    @rule(seconds=st.sampled_from([20, 61, 125, 185, 400]))
    def time_passes(self, seconds: int) -> None:
        """Nothing runs meanwhile, as in an outage."""
        before, asked = self.line, len(self.world.mailbag.letters)
        self.world.clock.forward(seconds=seconds)
        self.world.machine.forward(seconds=seconds)
        self.settle()
        due = None if before is None else before.next_due_at
        if before is not None and due is not None and due > self.world.clock.now():
            assert len(self.world.mailbag.letters) == asked, "somebody was asked before the time"
        after = self.line
        if before and after and before.state is after.state is AlertState.ATTENDING:
            assert len(self.world.mailbag.letters) == asked, "asked although somebody goes"

    @rule()
    def nobody_answers_for_long(self) -> None:
        """While nobody goes, everybody on file is asked in the end."""
        begun = self.line
        for _ in range(8):
            self.time_passes(185)
        line = self.line
        if line is None or begun is None or line.state is not AlertState.WAITING or self.plan:
            return
        acts = self.world.reads.entries(self.org, alert=line.id, limit=10_000)
        assert {e.detail["contact"] for e in acts if e.act == "rung"} >= self.on_file

    @rule(hours=st.sampled_from([-3, 3]))
    def the_machines_clock_is_set(self, hours: int) -> None:
        self.world.machine.jump_wall(hours=hours)
        self.settle()

    @rule(said=st.sampled_from(["going", "cannot"]), which=st.integers(1, 3))
    @precondition(lambda self: any(each.link for each in self.world.mailbag.letters))
    def answers(self, said: Said, which: int) -> None:
        """Behind the link of a letter, the newest or an older one."""
        links = [each.link for each in self.world.mailbag.letters if each.link]
        self.says(links[-min(which, len(links))], said)

    @rule(first=st.sampled_from(["going", "cannot"]), then=st.sampled_from(["going", "cannot"]))
    @precondition(lambda self: any(each.link for each in self.world.mailbag.letters))
    def answers_twice(self, first: Said, then: Said) -> None:
        """The thumb was quicker than the line: pressed again, perhaps the other button."""
        link = [each.link for each in self.world.mailbag.letters if each.link][-1]
        self.says(link, first)
        before = self.world.reads.sequence(self.org)
        self.says(link, then)
        if first == then:
            again = self.world.reads.entries(self.org, after=before, limit=100)
            assert not [e for e in again if e.act in ("going", "cannot")], "counted twice"

    def says(self, link: str, said: Said) -> None:
        with contextlib.suppress(NotFound, Conflict):
            self.world.desk.link_answer(link.rpartition("/")[2], said)
        self.settle()

    @rule(steps=st.sampled_from(PLANS))
    def the_plan_is_changed(self, steps: list[Step]) -> None:
        """Meanwhile, by a supervisor; refused where it would reach nobody."""
        boss = operator(9, org=self.org, role=Role.SUPERVISOR)
        ident = self.plan.plan if self.plan else ""
        changed = Plan(org=self.org, plan=ident, home="home-1", name="Hers", steps=steps)
        with contextlib.suppress(InvalidInput):  # it names who is off the file
            self.plan = self.world.arrangements.plans.save(boss, changed)
            self.plans += 1
        self.look_again()
        self.settle()

    @rule(who=st.sampled_from(FAMILY))
    @precondition(lambda self: len(self.on_file) > 1)
    def leaves_the_file(self, who: str) -> None:
        """Erased, whether they were asked a moment ago or are named by a plan."""
        if who not in self.on_file:
            return
        self.world.responder.register.leaving.contact(self.org, who)
        self.on_file.discard(who)
        self.off_file_at[who] = len(self.world.mailbag.letters)
        self.look_again()
        self.settle()

    @rule(point=st.sampled_from(["after_lease", "before_step_commit", "after_step_commit"]))
    def dies_at_a_step_and_is_started_anew(self, point: str) -> None:
        """With all that is due and more, and nothing remembered but what was written down."""
        self.world.clock.forward(seconds=90)
        self.world.machine.forward(seconds=90)

        def cut(at: str) -> None:
            if at == point:
                raise PowerCut

        with contextlib.suppress(PowerCut), pytest.MonkeyPatch.context() as patched:
            patched.setattr(steps, "crash_at", cut)
            self.world.steps.step()
        dead = self.world
        dead.responder.close()
        begun_anew = Duty(dead.settings, dead.clock, dead.machine, dead.mailbag)
        begun_anew._number = dead._number
        begun_anew.leases.take_back(dead.clock.now())
        type(self).world = begun_anew
        self.settle()

    @rule()
    def the_case_ends(self) -> None:
        line = self.line
        if line is None:
            return
        me = operator(org=self.org)
        self.world.desk.claim(me, line.id)
        self.world.desk.resolve(me, line.id, Outcome.HELPED_BY_TALKING, "All is well.")
        self.settle()

    @invariant()
    def every_press_has_an_alert_and_is_on_record_once(self) -> None:
        entries = self.world.reads.entries(self.org, limit=10_000)
        known = [e.detail["signal"] for e in entries if e.act in ("opened", "joined") and e.alert]
        assert {each for each in known if str(each).startswith("press-")} == self.pressed
        assert len(known) == len(set(known))

    @invariant()
    def nobody_is_asked_twice_in_one_round(self) -> None:
        keys = Counter(each.key for each in self.world.mailbag.letters)
        assert set(keys.values()) <= {1}
        entries = self.world.reads.entries(self.org, limit=10_000)
        # A cry begins a round, and so may a change of mind, or of the plan.
        begun = Counter(
            e.alert for e in entries if e.act in ("opened", "joined") or e.actor != PLATFORM
        )
        rung = Counter(
            (e.alert, e.detail["contact"], e.detail["step"])
            for e in entries
            if e.act == "rung" and str(e.detail["step"]).startswith(LADDER)
        )
        assert all(times <= begun[alert] + self.plans for (alert, *_), times in rung.items()), rung

    @invariant()
    def who_is_off_the_file_is_never_asked(self) -> None:
        for who, since in self.off_file_at.items():
            address = f"{who.replace('-', '')}@family.example"
            later = self.world.mailbag.letters[since:]
            assert address not in {each.address for each in later}

    @invariant()
    def an_open_alert_has_an_owner_or_a_next_step(self) -> None:
        line = self.line
        if line is not None:
            assert line.next_step
            assert line.owner_id or line.state in (AlertState.WAITING, AlertState.ATTENDING)

    @invariant()
    def a_neighbour_hears_nothing_and_the_record_verifies(self) -> None:
        theirs = self.world.reads.entries(f"{self.org}-next")
        assert [each for each in theirs if each.alert] == []
        assert self.world.desk.verify_chain(self.org).whole

    def teardown(self) -> None:
        if hasattr(self, "org"):
            self.the_case_ends()


@pytest.mark.hypothesis
def test_escalation_lives() -> None:
    live(max_examples=5)


def test_a_ladder_that_forgets_whom_it_has_not_asked_would_be_noticed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Planted: who comes after somebody silent is never rung."""
    decide = escalation.decide

    def forgetful(alert: Alert, now: datetime, course: Course) -> Decision:
        made = decide(alert, now, course)
        if any(each.state is CallState.NO_ANSWER for each in made.alert.rungs):
            made = replace(made, effects=tuple(e for e in made.effects if not isinstance(e, Ring)))
        return made

    monkeypatch.setattr(escalation, "decide", forgetful)
    with pytest.raises(AssertionError):
        live(max_examples=8, phases=(Phase.generate,))


def live(*, max_examples: int, phases: Sequence[Phase] = tuple(Phase)) -> None:
    folder = Path(tempfile.mkdtemp())
    made = Settings(data_dir=folder)
    migrate(made)
    clock = HandClock(datetime(2026, 3, 28, 21, tzinfo=UTC), is_real=True)
    Escalations.world = Duty(made, clock, HandClock(clock.now()), Mailbag())
    try:
        run_state_machine_as_test(
            Escalations,
            settings=at_length(settings(
                max_examples=max_examples, stateful_step_count=25, deadline=None,
                derandomize=True, phases=phases, suppress_health_check=list(HealthCheck),
            )),
        )  # fmt: skip
    finally:
        Escalations.world.responder.close()
        shutil.rmtree(folder)
