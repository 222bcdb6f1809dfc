"""The operators' desk: every act on an alert, and every look at one.

Synchronous and thread-safe. Every method is given the actor and works within the actor's
organisation only: an id of another organisation is `NotFound`, as if it did not exist.
Each act is one transaction with its entry in the record, so that what was done and what
is on record never differ.

Raises `NotFound`, `Forbidden` (role), `Conflict` (somebody else has it, or it is closed),
`InvalidInput`, `StoreUnavailable`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from responder.people import Channel
from responder.views import AlertDetail, AlertLine, ChainReport, LinkView, RecordLine
from telecare.tenancy import Actor
from telecare.vocabulary import FalseAlarmCause, Outcome

Answer = Literal["going", "cannot", "answered", "arrived"]
"""What a contact said: I am going; I cannot; they picked up; they are there."""


class Desk:
    """Commands and reads for pages, JSON and tests alike."""

    # reads

    def queue(self, actor: Actor) -> list[AlertLine]:
        """All open alerts in the order to work them: priority, overdue first, then age."""
        raise NotImplementedError

    def line(self, actor: Actor, alert: str) -> AlertLine:
        """One alert's line, open or resolved. Not a recorded look: it is what the queue shows."""
        raise NotImplementedError

    def lines(self, actor: Actor, alerts: Sequence[str]) -> list[AlertLine]:
        """Lines of these alerts (open or resolved), for the live stream; unknown ids are left
        out.
        """
        raise NotImplementedError

    def open_alert(self, actor: Actor, alert: str) -> AlertDetail:
        """The whole alert. Looking is an act: it goes on record."""
        raise NotImplementedError

    def history(
        self,
        actor: Actor,
        *,
        home: str | None = None,
        before: datetime | None = None,
        limit: int = 100,
    ) -> list[AlertLine]:
        """Resolved alerts, last resolved first; page on by `before` = last `resolved_at`."""
        raise NotImplementedError

    def changes_after(self, org: str, sequence: int, limit: int = 500) -> tuple[int, list[str]]:
        """The sequence read up to, and the alerts changed after `sequence`, each once.

        Nothing new returns `(sequence, [])`. For the live stream, which has already checked
        its actor.
        """
        raise NotImplementedError

    def sequence(self, org: str) -> int:
        """The record's last sequence in `org`; 0 when empty. Take it before `queue` to
        follow without a gap.
        """
        raise NotImplementedError

    def record(
        self,
        actor: Actor,
        *,
        after: int = 0,
        alert: str | None = None,
        limit: int = 500,
    ) -> list[RecordLine]:
        """Entries of the audit record in order. Needs auditor, supervisor or manager."""
        raise NotImplementedError

    def verify_chain(self, org: str) -> ChainReport:
        """Recomputes every hash of the organisation's record."""
        raise NotImplementedError

    # acts of an operator or supervisor

    def claim(self, actor: Actor, alert: str) -> AlertLine:
        """Take it. Exactly one of many wins; the others get `Conflict` naming the owner.
        Claiming what is already mine changes nothing.
        """
        raise NotImplementedError

    def release(self, actor: Actor, alert: str) -> AlertLine:
        """Give it back to the queue; it is announced again at once. The owner only."""
        raise NotImplementedError

    def hand_over(self, actor: Actor, alert: str, to: str, to_name: str) -> AlertLine:
        """Give it to a colleague by id. The owner, or a supervisor (who may also take over)."""
        raise NotImplementedError

    def note(self, actor: Actor, alert: str, text: str) -> AlertLine:
        """Write a note, 1 to 4,000 characters. Anyone on the desk; also on resolved alerts."""
        raise NotImplementedError

    def contact(
        self, actor: Actor, alert: str, contact_id: str, channel: Channel | None = None
    ) -> AlertLine:
        """Ring one contact now by `channel`, or None: the operator telephones by hand.
        The owner only.
        """
        raise NotImplementedError

    def contact_answer(
        self, actor: Actor, alert: str, contact_id: str, answer: Answer
    ) -> AlertLine:
        """Write down what the contact said to the operator. `going` and `arrived` make the
        alert attending and stop the ladder.
        """
        raise NotImplementedError

    def attending(self, actor: Actor, alert: str, who: str) -> AlertLine:
        """Somebody outside the contacts is on the way (responder, ambulance): `who` says it."""
        raise NotImplementedError

    def watch(self, actor: Actor, alert: str, minutes: int) -> AlertLine:
        """Check again in 1 to 720 minutes; then it waits in the queue again, announced."""
        raise NotImplementedError

    def resolve(
        self,
        actor: Actor,
        alert: str,
        outcome: Outcome,
        text: str,
        false_alarm_cause: FalseAlarmCause | None = None,
    ) -> AlertLine:
        """Close it. The owner only; one line of text, 1 to 500 characters. A false alarm needs
        its cause, any other outcome must have none.
        """
        raise NotImplementedError

    def reveal_keysafe(self, actor: Actor, alert: str) -> str:
        """The code of the alert's home, for the alert's owner while it is open; on record
        before it is shown.
        """
        raise NotImplementedError

    # the holder of a contact's link

    def link(self, token: str) -> LinkView:
        """What the link is about; raises `NotFound` for a wrong or expired token. Changes
        nothing: mail scanners follow links.
        """
        raise NotImplementedError

    def link_answer(self, token: str, answer: Literal["going", "cannot"]) -> LinkView:
        """The contact's own answer; the same answer twice changes nothing. After somebody else
        is going or it is closed, it is written down and the view says `over`.
        """
        raise NotImplementedError
