"""Response plans in all their versions, and what each contact may be told of.

Kept as they were saved; whether a plan reaches anybody is the duty's question, asked
before it is saved (`responder.whom.planning`).
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import msgspec
from sqlalchemy import delete, insert, select, update

from telecare.errors import Conflict, NotFound
from telecare.register import tables
from telecare.register.ground import Ground
from telecare.register.secrets import new_id


class StepKind(StrEnum):
    """Whom a step of a plan turns to."""

    CONTACTS = "contacts"
    """The home's contacts: those named, else all in their order."""
    TEAM = "team"
    """Those of a team who are on duty, in their on-call order."""
    DISPATCH = "dispatch"
    """The responder who can be there soonest, then the next; the step's team is asked first."""
    DESK = "desk"
    """Called out on every operator's desk."""
    DO = "do"
    """Something an operator does and checks off; nothing happens by itself."""


class Step(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One step of a plan."""

    kind: StepKind
    text: str = ""
    """What operators read; empty: said from the kind."""
    contacts: list[str] = []
    team: str | None = None
    at_once: bool = False
    """All its people are asked together, not one after the other."""
    with_previous: bool = False
    """It begins together with the step before it."""
    seconds: int = 180
    """How long each person has to answer, or how long to wait after calling the desk."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What is done about one kind of event in one home; `home` or `kind` empty: in all."""

    org: str
    plan: str = ""
    """Stays the same through all versions; empty: not saved yet."""
    version: int = 0
    """Of a plan to be saved: which one it was made from; 0: it replaces whatever is in use."""
    home: str = ""
    kind: str = ""
    """A signal's label (`alarm.pendant`), its first word (`alarm`), or empty."""
    name: str = ""
    steps: list[Step]
    cycles: int = 2
    """How often all steps are gone through."""
    start_seconds: int = 180
    """How long the desk has to claim the alert before people are asked by themselves."""


class Topic(StrEnum):
    """What a contact may be told of. Nobody is ever told a diagnosis."""

    HELP = "help"
    """Somebody called for help, or may have fallen."""
    WHEREABOUTS = "whereabouts"
    """Somebody may have left home and not come back."""
    WELLBEING = "wellbeing"
    """A day was different, or something expected did not happen."""
    EQUIPMENT = "equipment"


class Consent(msgspec.Struct, frozen=True, kw_only=True):
    """What the resident lets a contact know. Without one a contact may be asked to go about
    anything, because that is what being a contact means.
    """

    org: str
    contact: str
    may_know: list[Topic]
    given_by: str
    """Who wrote the resident's decision down."""


class Plans:
    """Plans of all organisations; every question names the organisation."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def keep(self, plan: Plan, by: str) -> Plan:
        """The next version of the plan for its home and kind; the one before ends.

        Raises `Conflict` when `plan` says which version it was made from, and another is in use
        by now.
        """
        now = self._ground.clock.now()
        with self._ground.change("Somebody else saved this plan at the same time.") as connection:
            table = tables.plan
            current = (table.c.org == plan.org) & table.c.ended_at.is_(None)
            current &= (table.c.home == plan.home) & (table.c.kind == plan.kind)
            before = connection.execute(select(table).where(current)).mappings().first()
            if plan.version and (before is None or before["version"] != plan.version):
                raise Conflict(
                    "Somebody else changed this plan meanwhile: open it again, and save then."
                )
            connection.execute(update(table).where(current).values(ended_at=now))
            kept = msgspec.structs.replace(
                plan,
                plan=before["plan"] if before else new_id("plan"),
                version=before["version"] + 1 if before else 1,
            )
            connection.execute(
                insert(table).values(
                    org=kept.org, plan=kept.plan, version=kept.version, home=kept.home,
                    kind=kept.kind, body=msgspec.to_builtins(kept), saved_at=now, saved_by=by,
                )
            )  # fmt: skip
            self._ground.deed(
                connection, kept.org, by, "plan_saved", plan=kept.plan, version=kept.version,
                home=kept.home, kind=kept.kind,
            )  # fmt: skip
        return kept

    def end(self, org: str, plan: str, by: str) -> None:
        """Use it no more; the wider one holds again. Raises `NotFound`."""
        table = tables.plan
        with self._ground.change("") as connection:
            ended = connection.execute(
                update(table)
                .where(table.c.org == org, table.c.plan == plan, table.c.ended_at.is_(None))
                .values(ended_at=self._ground.clock.now())
            )
            if not ended.rowcount:
                raise NotFound(f"There is no plan {plan} in use in {org}.")
            self._ground.deed(connection, org, by, "plan_ended", plan=plan)

    def plans(self, org: str) -> list[Plan]:
        """Those in use, by home and kind."""
        table = tables.plan
        query = (
            select(table.c.body)
            .where(table.c.org == org, table.c.ended_at.is_(None))
            .order_by(table.c.home, table.c.kind)
        )
        with self._ground.read() as connection:
            return [msgspec.convert(row.body, Plan) for row in connection.execute(query)]

    def versions(self, org: str, plan: str) -> list[Plan]:
        """All versions of one plan, oldest first."""
        table = tables.plan
        query = (
            select(table.c.body)
            .where(table.c.org == org, table.c.plan == plan)
            .order_by(table.c.version)
        )
        with self._ground.read() as connection:
            return [msgspec.convert(row.body, Plan) for row in connection.execute(query)]

    def consent(self, org: str, contact: str, may_know: Sequence[Topic], by: str) -> Consent:
        """Write down what the resident lets this contact know. Raises `NotFound`."""
        given = Consent(org=org, contact=contact, may_know=list(may_know), given_by=by)
        table = tables.consent
        with self._ground.change("") as connection:
            known = select(tables.contact.c.contact).where(
                tables.contact.c.org == org, tables.contact.c.contact == contact
            )
            if connection.execute(known).first() is None:
                raise NotFound(f"There is no contact {contact} in {org}.")
            connection.execute(delete(table).where(table.c.org == org, table.c.contact == contact))
            values = msgspec.to_builtins(given) | {"given_at": self._ground.clock.now()}
            connection.execute(insert(table).values(values))
            told = " ".join(each.value for each in given.may_know)
            self._ground.deed(connection, org, by, "consent_given", contact=contact, what=told)
        return given

    def consents(self, org: str) -> list[Consent]:
        """By contact."""
        table = tables.consent
        query = select(table).where(table.c.org == org).order_by(table.c.contact)
        with self._ground.read() as connection:
            return [
                Consent(
                    org=row.org, contact=row.contact, given_by=row.given_by,
                    may_know=[Topic(each) for each in row.may_know],
                )
                for row in connection.execute(query)
            ]  # fmt: skip
