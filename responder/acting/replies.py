"""What contacts answer: through their own link, or to an operator who writes it down."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from responder.callout import dispatching
from responder.kept.record import Act
from responder.life import alerts
from responder.life.alerts import COMING, Alert
from responder.outgoing.languages import DEFAULT
from responder.seeing.looks import Looks
from responder.seeing.views import JobSheet, LinkView
from responder.store import Work, dispatches
from responder.store.messages import of_alert
from responder.whom.people import Contact, HomeCard, is_member
from telecare.errors import Forbidden, NotFound
from telecare.vocabulary import AlertState, CallState

Answer = Literal["going", "cannot", "answered", "arrived"]
"""What a contact said: I am going; I cannot; they picked up; they are there."""


class Holder(msgspec.Struct, frozen=True, kw_only=True):
    """Whose word it is: somebody who was asked about one alert."""

    org: str
    alert: str
    contact: str
    by: str
    """Whom the record names: the contact by their link, or the account they signed in with."""


class Called(msgspec.Struct, frozen=True):
    """Somebody who picked up the telephone."""

    link: LinkView
    contact: Contact
    card: HomeCard


class Replies(Looks):
    """The holder of a contact's link: one alert, one contact, two answers."""

    def link(self, token: str) -> LinkView:
        """What the link is about; raises `NotFound` for a wrong or expired token. Changes
        nothing: mail scanners follow links.
        """
        row = self._reads.link(self._links.digest(token), self._clock.now())
        return self._link_view(self._reads.alert(row.org, row.alert).alert, row.contact)

    def link_answer(self, token: str, answer: Literal["going", "cannot", "arrived"]) -> LinkView:
        """The contact's own answer; the same answer twice changes nothing. After somebody else
        is going or it is closed, it is written down and the view says `over`.
        """
        return self._answer_of(self._holder(token), answer)

    def link_keysafe(self, token: str) -> str:
        """The keysafe's code, for a responder who has arrived while the alert is open; on record
        before it is shown. Raises `Forbidden` for anybody else, `NotFound` when there is none.
        """
        return self._keysafe_of(self._holder(token))

    def link_holder(self, token: str) -> tuple[str, str]:
        """Organisation and contact of a link that holds; raises `NotFound`."""
        row = self._reads.link(self._links.digest(token), self._clock.now())
        return row.org, row.contact

    def called(self, token: str) -> Called:
        """Who holds the telephone; raises `NotFound` for a wrong or expired token."""
        row = self._reads.link(self._links.digest(token), self._clock.now())
        alert = self._reads.alert(row.org, row.alert).alert
        contact = self._who(alert, row.contact)
        if contact is None:
            raise NotFound("The contact is not on file any more.")
        card = self._directory.card(row.org, alert.home)
        return Called(self._link_view(alert, row.contact), contact, card)

    def _holder(self, token: str) -> Holder:
        row = self._reads.link(self._links.digest(token), self._clock.now())
        return Holder(org=row.org, alert=row.alert, contact=row.contact, by=row.contact)

    def _answer_of(self, holder: Holder, answer: Literal["going", "cannot", "arrived"]) -> LinkView:
        with self._works.begin(self._clock.now()) as work:
            found = work.alert(holder.org, holder.alert)
            before = found.rung(holder.contact)
            said = _SAID[answer]
            arrived = before is not None and before.state is CallState.ARRIVED
            if before is not None and (before.state is said or (arrived and answer == "going")):
                after = found
            else:
                after = answered(work, found, holder.contact, answer, holder.by)
                work.put(after)
        return self._link_view(after, holder.contact)

    def _keysafe_of(self, holder: Holder) -> str:
        with self._works.begin(self._clock.now()) as work:
            found = work.alert(holder.org, holder.alert)
            rung, contact = found.rung(holder.contact), self._who(found, holder.contact)
            there = rung is not None and rung.state is CallState.ARRIVED
            if not (found.is_open and there and contact and contact.is_responder):
                raise Forbidden("The code is shown to a responder who has arrived, and on record.")
            work.write(
                Act.KEYSAFE_REVEALED, org=holder.org, actor=holder.by, alert=holder.alert,
                home=found.home,
            )  # fmt: skip
        code = self._directory.keysafe(holder.org, found.home)
        if code is None:
            raise NotFound("There is no keysafe code on file for this home.")
        return code

    def _who(self, alert: Alert, contact: str) -> Contact | None:
        people = self._directory.everyone(alert.org, alert.home)
        return next((each for each in people if each.id == contact), None)

    def _link_view(self, alert: Alert, contact: str) -> LinkView:
        person = self._who(alert, contact)
        card = self._directory.card(alert.org, alert.home)
        resident = card.resident_label if person and person.may_know_who else ""
        rung = alert.rung(contact)
        state = rung.state if rung else CallState.NOT_TRIED
        others = alert.state is not AlertState.WAITING and any(
            each.contact != contact and each.state in COMING for each in alert.rungs
        )
        elsewhere = alert.state is AlertState.ATTENDING and state not in COMING
        over = not alert.is_open or (state not in COMING and (others or elsewhere))
        over = over or (is_member(contact) and self._in_vain(alert, contact))
        return LinkView(
            contact_name=person.name if person else "",
            resident_label=resident,
            sentence=f"We could not settle a call for help from {resident or 'the home'}. "
            "Can you go and see?",
            state=state,
            over=over,
            language=person.language if person else DEFAULT,
            job=_job(card) if person and person.is_responder and not over else None,
        )

    def _in_vain(self, alert: Alert, contact: str) -> bool:
        history = dispatches.history(self._works.database, alert.org, alert.id)
        if not history:
            return False
        with self._works.database.read() as connection:
            sent = of_alert(connection, alert.org, alert.id)
        return dispatching.asked_in_vain(history, sent, alert, contact)


def _job(card: HomeCard) -> JobSheet:
    return JobSheet(
        home_label=card.home_label, access=card.access, hazards=card.hazards,
        speaking=card.speaking, has_keysafe=card.has_keysafe,
    )  # fmt: skip


_SAID = {
    "going": CallState.ON_THE_WAY,
    "cannot": CallState.DECLINED,
    "arrived": CallState.ARRIVED,
}


def answered(
    work: Work, found: Alert, contact: str, answer: Answer, by: str, *, at: datetime | None = None
) -> Alert:
    """The alert after a contact's answer, which goes on record; the caller puts it. A responder
    who takes a job that somebody else has changes nothing. `at`: when they say it was, for an
    answer that waited for a signal; the record has both times.
    """
    if not dispatching.follow(work, found, contact, answer, at or work.now):
        work.write(
            Act.ANSWERED, org=found.org, actor=by, alert=found.id, contact=contact,
            answer="too_late",
        )  # fmt: skip
        return found
    after = _after(found, contact, answer, work.now)
    work.write(
        Act.ANSWERED, org=found.org, actor=by, alert=found.id, contact=contact, answer=answer,
        **({} if at is None else {"said_at": at.isoformat()}),
    )  # fmt: skip
    if found.state is AlertState.ATTENDING and after.state is not AlertState.ATTENDING:
        work.write(Act.LEFT_ALONE, org=found.org, actor=by, alert=found.id, contact=contact)
        after = alerts.announced(after, "Whoever was on the way cannot come after all.", work.now)
    return after


def _after(found: Alert, contact: str, answer: Answer, now: datetime) -> Alert:
    if answer == "answered":
        return alerts.stood(found, contact, CallState.ANSWERED, now)
    if answer == "cannot":
        return alerts.refused(found, contact, now)
    return alerts.going(found, contact, now, arrived=answer == "arrived")
