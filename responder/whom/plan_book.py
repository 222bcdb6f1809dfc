"""Response plans and turns of duty, saved only when they reach somebody."""

from __future__ import annotations

from datetime import date

from msgspec.structs import replace

from responder.arranged.calls import DESK
from responder.kept.following import Following
from responder.whom import plans
from responder.whom.directory import Arranged, read_arrangements
from responder.whom.planning import Asked, Fault, Planning
from telecare.clock import Clock
from telecare.errors import InvalidInput
from telecare.register import Register
from telecare.register.plans import Plan, StepKind
from telecare.register.teams import Cover
from telecare.tenancy import Actor
from telecare.vocabulary import Role

LONGEST_SECONDS = 1800
"""Nobody is waited for longer than half an hour."""


class PlanBook:
    """An organisation's plans and rotas."""

    def __init__(
        self, register: Register, planning: Planning, following: Following, clock: Clock
    ) -> None:
        self._register = register
        self._planning = planning
        self._following = following
        self._clock = clock

    def save(self, actor: Actor, plan: Plan) -> Plan:
        """The next version of a home's (or everybody's) plan for a kind of event. Supervisors.

        Refused with its reasons when it reaches nobody at some minute of the next fortnight,
        or names somebody who cannot be reached. Raises `Conflict` when it was made from a version
        that is in use no more.
        """
        actor.require(Role.SUPERVISOR)
        plan = replace(plan, org=actor.org)
        if plan.home:
            self._register.homes.home(actor.org, plan.home)
        wrong = _shape_faults(plan) or [
            each.sentence for each in self._planning.faults(plan, self._clock.now())
        ]
        if wrong:
            raise InvalidInput("This plan is not saved. " + " ".join(wrong))
        self._following.name(actor)
        kept = self._register.plans.keep(plan, actor.id)
        self._following.step()
        return kept

    def end(self, actor: Actor, plan: str) -> None:
        """Use it no more; the wider plan holds again. Supervisors."""
        actor.require(Role.SUPERVISOR)
        self._following.name(actor)
        self._register.plans.end(actor.org, plan, actor.id)
        self._following.step()

    def cover(self, actor: Actor, *covers: Cover) -> None:
        """Give single turns to others or to nobody, all or none: a swap is two. Supervisors.

        A turn given to nobody is taken as said, for illness asks nobody; the gap is named by
        `check` at once. Refused for a member of another team.
        """
        actor.require(Role.SUPERVISOR)
        teams = {each.shift: each.team for each in self._register.teams.shifts(actor.org)}
        members = {each.member: each.team for each in self._register.teams.members(actor.org)}
        for each in covers:
            if each.member and members.get(each.member) != teams.get(each.shift):
                raise InvalidInput(
                    f"{each.member} is not of the team whose turn this is: choose one who is."
                )
        self._following.name(actor)
        self._register.teams.cover(*covers, by=actor.id)
        self._following.step()

    def end_shift(self, actor: Actor, shift: str, last_day: date) -> None:
        """A turn that comes every week comes on `last_day` for the last time. Supervisors."""
        actor.require(Role.SUPERVISOR)
        self._following.name(actor)
        self._register.teams.end_shift(actor.org, shift, last_day, actor.id)
        self._following.step()

    def book(self, actor: Actor) -> Arranged:
        """Teams, members, rotas and all else the organisation has arranged, as of now."""
        actor.require(*DESK, Role.MANAGER)
        return read_arrangements(self._register, actor.org)

    def check(self, actor: Actor) -> list[Fault]:
        """Everything wrong with the organisation's arrangements now."""
        actor.require(*DESK, Role.MANAGER, Role.AUDITOR)
        return list(self._planning.nightly(actor.org, self._clock.now()))

    def asked(self, actor: Actor, home: str) -> list[Asked]:
        """Whom a home's plan can ask, in turn, and by which ways."""
        actor.require(*DESK)
        return self._planning.asked(actor.org, home)


def _shape_faults(plan: Plan) -> list[str]:
    if not plans.is_event(plan.kind):
        return [f"There is no event {plan.kind}: such a plan would never be followed."]
    if not any(step.kind is not StepKind.DO for step in plan.steps):
        return ["No step asks anybody: add the contacts, a team or the desk."]
    if not 1 <= plan.cycles <= 5:
        return ["All steps are gone through 1 to 5 times."]
    if not 0 <= plan.start_seconds <= LONGEST_SECONDS:
        return [f"It begins within 0 to {LONGEST_SECONDS} seconds."]
    if any(not 10 <= step.seconds <= LONGEST_SECONDS for step in plan.steps):
        return [f"Each step gives 10 to {LONGEST_SECONDS} seconds to answer."]
    return []
