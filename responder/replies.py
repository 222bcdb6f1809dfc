"""What contacts answer: through their own link, or to an operator who writes it down."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from responder import alerts
from responder.alerts import COMING, Alert
from responder.looks import Looks
from responder.record import Act
from responder.store import Work
from responder.views import LinkView
from telecare.vocabulary import AlertState, CallState

Answer = Literal["going", "cannot", "answered", "arrived"]
"""What a contact said: I am going; I cannot; they picked up; they are there."""


class Replies(Looks):
    """The holder of a contact's link: one alert, one contact, two answers."""

    def link(self, token: str) -> LinkView:
        """What the link is about; raises `NotFound` for a wrong or expired token. Changes
        nothing: mail scanners follow links.
        """
        row = self._reads.link(self._links.digest(token), self._clock.now())
        return self._link_view(self._reads.alert(row.org, row.alert).alert, row.contact)

    def link_answer(self, token: str, answer: Literal["going", "cannot"]) -> LinkView:
        """The contact's own answer; the same answer twice changes nothing. After somebody else
        is going or it is closed, it is written down and the view says `over`.
        """
        row = self._reads.link(self._links.digest(token), self._clock.now())
        with self._works.begin(self._clock.now()) as work:
            found = work.alert(row.org, row.alert)
            before = found.rung(row.contact)
            said = CallState.ON_THE_WAY if answer == "going" else CallState.DECLINED
            arrived = before is not None and before.state is CallState.ARRIVED
            if before is not None and (before.state is said or (arrived and answer == "going")):
                return self._link_view(found, row.contact)
            after = answered(work, found, row.contact, answer, row.contact)
            work.put(after)
        return self._link_view(after, row.contact)

    def _link_view(self, alert: Alert, contact: str) -> LinkView:
        people = self._directory.everyone(alert.org, alert.home)
        name = next((each.name for each in people if each.id == contact), "")
        resident = self._directory.card(alert.org, alert.home).resident_label
        rung = alert.rung(contact)
        state = rung.state if rung else CallState.NOT_TRIED
        others = any(each.contact != contact and each.state in COMING for each in alert.rungs)
        elsewhere = alert.state is AlertState.ATTENDING and state not in COMING
        return LinkView(
            contact_name=name,
            resident_label=resident,
            sentence=f"We could not settle a call for help from {resident or 'the home'}. "
            "Can you go and see?",
            state=state,
            over=not alert.is_open or (state not in COMING and (others or elsewhere)),
        )


def answered(work: Work, found: Alert, contact: str, answer: Answer, by: str) -> Alert:
    """The alert after a contact's answer, which goes on record; the caller puts it."""
    after = _after(found, contact, answer, work.now)
    work.write(
        Act.ANSWERED, org=found.org, actor=by, alert=found.id, contact=contact, answer=answer
    )
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
