"""F23 for what people did to the register: killed before it is on record, it is there once."""

from __future__ import annotations

from collections import Counter

from responder.seeing.looks import chain_report
from telecare.clock import RealClock
from telecare.register.plans import Plan, Step, StepKind
from telecare.settings import Settings
from telecare.vocabulary import Role
from tests.harness.duty import ORG, operator
from tests.harness.responder_process import ResponderProcess
from tests.harness.waiting import until
from tests.harness.world import world


def test_killed_before_the_deed_is_on_record(sqlite_settings: Settings) -> None:
    with world(sqlite_settings, RealClock().now()) as county:
        chief = operator(9, role=Role.SUPERVISOR)
        plan = Plan(org=ORG, name="Ring the desk", steps=[Step(kind=StepKind.DESK)])
        county.responder.register.plans.keep(plan, chief.id)
        assert (
            ResponderProcess(sqlite_settings, crash_at="following_before_commit").until_dead() == 9
        )

        def acts() -> Counter[str]:
            return Counter(each.act for each in county.reads.entries(ORG))

        assert not acts()["plan_saved"]
        again = ResponderProcess(sqlite_settings)
        until(lambda: acts()["plan_saved"] > 0)
        assert again.leave() == 0
        assert acts()["plan_saved"] == 1
        assert chain_report(county.reads, ORG).whole
