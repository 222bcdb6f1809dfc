"""Which plan holds for an event, and whom does it ask at this moment?

Pure. A plan names steps; a *course* is the plan as it stands now: contacts who may be told
and can be reached, team members who are on duty. Escalation follows the course and knows
nothing of rotas or consent. The course is made anew for every decision, so that a plan or
a rota changed in the middle of an alert holds from its next step on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

import msgspec

from telecare.register.plans import Plan, Step, StepKind, Topic
from telecare.vocabulary import AlarmType, SignalKind

CONTACT_ANSWERS = timedelta(minutes=3)
"""How long one contact has to say: I am going, or I cannot."""
CYCLES = 2
"""How often all steps are gone through."""

DEFAULT = Plan(org="", name="the default plan", steps=[Step(kind=StepKind.CONTACTS)])
"""Where nothing was saved: after 180 s each contact in turn, twice, then the desk for ever."""

_TOPICS: dict[str, Topic] = {
    SignalKind.WANDERING: Topic.WHEREABOUTS,
    SignalKind.RETURNED: Topic.WHEREABOUTS,
    f"{SignalKind.ALARM}.{AlarmType.DOOR_EXIT}": Topic.WHEREABOUTS,
    f"{SignalKind.ALARM}.{AlarmType.MEDICATION_MISSED}": Topic.WELLBEING,
    SignalKind.ROUTINE: Topic.WELLBEING,
    SignalKind.EXPECTATION: Topic.WELLBEING,
    SignalKind.HUB_SILENT: Topic.EQUIPMENT,
    SignalKind.HUB_BACK: Topic.EQUIPMENT,
    SignalKind.INCIDENT: Topic.EQUIPMENT,
    SignalKind.DUTY: Topic.EQUIPMENT,
}


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a course: people asked in turn or at once, or the desk called."""

    number: int
    """The plan's step, from 1."""
    people: tuple[str, ...] = ()
    at_once: bool = False
    with_previous: bool = False
    answers: timedelta = CONTACT_ANSWERS
    """How long each person has; after calling the desk: how long until the next step."""
    send: bool = False
    """A responder is sent, one of `team` before others."""
    team: str = ""
    desk: str = ""
    """While not empty, this is called out and nobody is asked."""
    missing: str = ""
    """Why it has no people, where it should have some."""


class Course(msgspec.Struct, frozen=True, kw_only=True):
    """What a plan comes to now."""

    stages: tuple[Stage, ...]
    cycles: int = CYCLES
    on_site: tuple[str, ...] = ()
    """Staff of the home's scheme on duty now."""
    plan: str = ""
    """Which plan, in which version."""

    def group(self, number: int) -> tuple[Stage, ...]:
        """The stages of the `number`th group (from 0), which run together; empty past the end."""
        groups: list[list[Stage]] = []
        for stage in self.stages:
            if stage.with_previous and groups:
                groups[-1].append(stage)
            else:
                groups.append([stage])
        return tuple(groups[number]) if number < len(groups) else ()


class Person(msgspec.Struct, frozen=True):
    """A contact as far as a plan must know."""

    id: str
    may_know: frozenset[Topic] = frozenset(Topic)


def ladder(people: Iterable[str]) -> Course:
    """The default plan for these people."""
    return Course(stages=(Stage(number=1, people=tuple(people)),))


def topic_of(kind: str) -> Topic:
    """What a signal with this label would tell a contact."""
    first_word = kind.partition(".")[0]
    return _TOPICS.get(kind) or _TOPICS.get(first_word) or Topic.HELP


def is_event(kind: str) -> bool:
    """Whether a signal may have this label, or one that begins with it; empty: any has."""
    first_word, _, rest = kind.partition(".")
    if first_word == SignalKind.ALARM and rest:
        return rest in set(AlarmType)
    return not kind or first_word in set(SignalKind)


def choose(plans: Sequence[Plan], home: str, kind: str) -> Plan:
    """The plan for a home and a signal's label: the home's own before everybody's, and the
    kind's own before the wider one.
    """
    held = {(each.home, each.kind): each for each in plans}
    for place in (home, ""):
        for word in (kind, kind.partition(".")[0], ""):
            found = held.get((place, word))
            if found is not None:
                return found
    return DEFAULT


def shown(plan: Plan, kind: str) -> Plan:
    """What operators are shown of a plan when this happens: at a responder's own call the default
    plan, unless it was saved for that. "Speak with the resident" is said of nobody there.
    """
    is_responders = kind.partition(".")[0] == SignalKind.LONE_WORKER
    return DEFAULT if is_responders and not plan.kind else plan


def course(
    plan: Plan,
    kind: str,
    contacts: Sequence[Person],
    on_duty: Mapping[str, Sequence[str]],
    on_site: Sequence[str] = (),
) -> Course:
    """The plan as it stands: `contacts` can be reached and stand in their order; `on_duty`
    are each team's reachable members in their on-call order.
    """
    topic = topic_of(kind)
    told = [each.id for each in contacts if topic in each.may_know]
    stages = []
    for number, step in enumerate(plan.steps, 1):
        if step.kind is StepKind.DO:
            continue
        people: tuple[str, ...] = ()
        if step.kind is StepKind.CONTACTS:
            people = tuple(c for c in step.contacts if c in told) if step.contacts else tuple(told)
        elif step.kind is StepKind.TEAM:
            people = tuple(on_duty.get(step.team or "", ()))
        stages.append(
            Stage(
                number=number, people=people, at_once=step.at_once,
                with_previous=step.with_previous, answers=timedelta(seconds=step.seconds),
                send=step.kind is StepKind.DISPATCH, team=step.team or "",
                desk=text_of(step) if step.kind is StepKind.DESK else "",
                missing="" if people else _missing(step),
            )
        )  # fmt: skip
    return Course(
        stages=tuple(stages), cycles=plan.cycles, on_site=tuple(on_site),
        plan=f"{plan.plan}/{plan.version}",
    )  # fmt: skip


def text_of(step: Step) -> str:
    """A step in the operator's words."""
    if step.text:
        return step.text
    if step.kind is StepKind.DESK:
        return "The plan calls the desk."
    if step.kind is StepKind.TEAM:
        return f"Ask the team {step.team}"
    if step.kind is StepKind.DISPATCH:
        return "Send a responder" + (f" of the team {step.team}" if step.team else "")
    if step.kind is StepKind.CONTACTS:
        return "Ask the contacts" + (" together" if step.at_once else " in turn")
    return "Do what was agreed"


def _missing(step: Step) -> str:
    if step.kind is StepKind.TEAM:
        return f"nobody of the team {step.team} is on duty and can be reached"
    if step.kind is StepKind.CONTACTS:
        return "no contact may be told and can be reached"
    return ""
