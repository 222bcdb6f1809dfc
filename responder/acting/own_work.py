"""Responders and families who signed in: their own jobs, their own homes, and nothing else.

Whose account is which member or contact the caller has read from the register
(`telecare.register.accounts`); here it is asked again whether the alert is theirs. What they
do goes on record under their account.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Literal

import msgspec

from responder.acting.jobs import Jobs, Said
from responder.acting.replies import Holder
from responder.kept.record import Act
from responder.life.alert import Alert
from responder.outgoing.languages import translations
from responder.seeing import family
from responder.seeing.family import Asked, FamilyHome, Happened
from responder.seeing.views import JobView, LinkView
from responder.store import dispatches
from responder.whom.people import Contact, member_id
from telecare.errors import NotFound
from telecare.tenancy import Actor
from telecare.vocabulary import Role

SOMEBODY = "the person you have agreed to help"
"""Gathered for translation where letters say it."""
LATELY = timedelta(days=30)
SHOWN = 10


class Duty(msgspec.Struct, frozen=True):
    """How a member of a team stands at this moment."""

    job: str | None
    """The alert they are asked about or sent to."""
    on_duty: bool
    name: str
    team: str


class OwnWork(Jobs):
    """What an account may see and do because of who it is on file."""

    def duty(self, actor: Actor, member: str, team: str) -> Duty:
        """The member's job, if they have one, and whether it is their turn in their team."""
        actor.require(Role.RESPONDER)
        now, me = self._clock.now(), member_id(member)
        job = dispatches.held_by(self._works.database, actor.org, me)
        person = self._member(actor.org, me)
        on_duty = me in {each.id for each in self._directory.on_duty(actor.org, team, now)}
        return Duty(job, on_duty, person.name, person.relation)

    def my_job(self, actor: Actor, member: str, alert: str, *, again: bool = False) -> JobView:
        """The job of an alert they were asked about; raises `NotFound`. The look goes on record,
        unless it is `again` the same, of a page that follows its changes.
        """
        view = self._job(self._worker(actor, member, alert))
        if not again:
            self._looked(actor, alert, None)
        return view

    def my_job_act(self, actor: Actor, member: str, alert: str, said: Said) -> JobView:
        """As `job_act` by a link."""
        return self._job_act(self._worker(actor, member, alert), said)

    def my_keysafe(self, actor: Actor, member: str, alert: str) -> str:
        """As `link_keysafe`."""
        return self._keysafe_of(self._worker(actor, member, alert))

    def my_homes(
        self, actor: Actor, contacts: Mapping[str, str], language: str | None = None
    ) -> list[FamilyHome]:
        """How it stands in the homes where they are a contact (`contacts`, by home), in this
        language or that in which they are written to. The look goes on record for each.
        """
        actor.require(Role.FAMILY)
        opened = self._reads.open_alerts(actor.org, contacts)
        found = []
        for home, contact in contacts.items():
            person = self._contact_in(actor.org, home, contact)
            if person is None:
                continue
            here = [each.alert for each in opened if each.alert.home == home]
            self._looked(actor, None, home)
            spoken = language or person.language
            found.append(self._family_home(actor, home, person, here, spoken))
        return found

    def my_answer(
        self, actor: Actor, contacts: Mapping[str, str], alert: str,
        answer: Literal["going", "cannot", "arrived"],
    ) -> LinkView:  # fmt: skip
        """The word of somebody who was asked about this alert; raises `NotFound` otherwise."""
        actor.require(Role.FAMILY)
        found = self._reads.alert(actor.org, alert).alert
        contact = contacts.get(found.home)
        if contact is None or found.rung(contact) is None:
            raise NotFound(f"There is no alert {alert}.")
        holder = Holder(org=actor.org, alert=alert, contact=contact, by=actor.id)
        return self._answer_of(holder, answer)

    def _family_home(
        self, actor: Actor, home: str, person: Contact, here: list[Alert], language: str
    ) -> FamilyHome:
        say = translations(language).gettext
        card = self._directory.card(actor.org, home)
        who = (card.resident_label if person.may_know_who else "") or say(SOMEBODY)
        known = [each for each in here if family.may_hear(each, person.may_know)]
        since = self._clock.now() - LATELY
        over = self._reads.resolved(actor.org, home=home, limit=4 * SHOWN)
        return FamilyHome(
            home=home, who=who, language=language,
            label=card.home_label if person.may_know_who else "",
            asked=[Asked(each.id, self._link_view(each, person.id)) for each in here
                   if each.rung(person.id)],
            now=family.now_words(known, who, say),
            lately=[
                Happened(each.alert.opened_at, family.lately_words(each.alert, who, say))
                for each in over
                if each.alert.opened_at >= since and family.may_hear(each.alert, person.may_know)
            ][:SHOWN],
        )  # fmt: skip

    def _worker(self, actor: Actor, member: str, alert: str) -> Holder:
        actor.require(Role.RESPONDER)
        return Holder(org=actor.org, alert=alert, contact=member_id(member), by=actor.id)

    def _member(self, org: str, me: str) -> Contact:
        found = next((each for each in self._directory.everyone(org, "") if each.id == me), None)
        if found is None:
            raise NotFound("You are in no team any more; ask your supervisor.")
        return found

    def _contact_in(self, org: str, home: str, contact: str) -> Contact | None:
        people = self._directory.contacts(org, home)
        return next((each for each in people if each.id == contact), None)

    def _looked(self, actor: Actor, alert: str | None, home: str | None) -> None:
        where = {} if home is None else {"home": home}
        with self._works.begin(self._clock.now()) as work:
            work.done_by(actor, Act.LOOKED, alert=alert, **where)
