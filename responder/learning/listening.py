"""Supervisors listen to calls that a seed has drawn, and write down how good they were.

Synchronous and thread-safe. The draw is worked out anew each time, from the record; what came of
listening is on record too. Raises `Forbidden`, `InvalidInput`, `NotFound`, `Conflict`.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from responder.kept.record import Act
from responder.learning import quality
from responder.learning.quality import Handled, Question, Wanted
from responder.outgoing.call_references import calls_of
from responder.reports.month import Month, month
from responder.store import Reads, Works
from responder.store.months import Months
from telecare.clock import Clock
from telecare.errors import Conflict, InvalidInput, NotFound
from telecare.register import Register
from telecare.tenancy import Actor
from telecare.vocabulary import Role

REMARK_LENGTH = 1000


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be listened to of a month that is over."""

    month: Month
    seed: str
    """Whoever has it and the record draws the same calls."""
    wanted: Wanted
    handled: int
    """Closed alerts with calls there were, each counted for each of its handlers."""
    drawn: list[Handled]
    names: dict[str, str]
    """Of handlers and supervisors, by id."""


class Listening:
    """The draw of each month, and the score sheets."""

    def __init__(self, works: Works, register: Register, clock: Clock) -> None:
        self._works = works
        self._months, self._reads = Months(works.database), Reads(works.database)
        self._register = register
        self._clock = clock

    def sample(self, actor: Actor, name: str) -> Sample:
        """The calls of the month written as 2026-03. Supervisors."""
        actor.require(Role.SUPERVISOR)
        organisation = self._register.organisations.organisation(actor.org)
        period = month(name, organisation.time_zone, self._clock.now())
        if period.ends > self._clock.now():
            raise InvalidInput("Calls are drawn when their month is over; ask for an earlier one.")
        seed, wanted = self.seed(actor.org, name), quality.wanted_of(organisation.settings)
        found = handled_in(self._months, actor.org, period, self._reads.sequence(actor.org))
        return Sample(
            month=period, seed=seed, wanted=wanted, handled=len(found),
            drawn=quality.draw(seed, found, wanted), names=self.names(actor),
        )  # fmt: skip

    def one(self, actor: Actor, name: str, alert: str, operator: str) -> Handled:
        """One that was drawn, with its references and remark in words. On record as a look."""
        each = self._drawn(actor, name, alert, operator)
        wordings = self._reads.wordings(actor.org, alert)
        calls = calls_of(self._reads.call_entries(actor.org, [alert]), wordings)
        review = each.review
        if review is not None and review.text:
            review = msgspec.structs.replace(review, text=wordings.get(review.text, "[erased]"))
        with self._works.begin(self._clock.now()) as work:
            work.done_by(actor, Act.LOOKED, alert=alert)
        return msgspec.structs.replace(each, calls=calls, review=review)

    def listened(
        self,
        actor: Actor,
        name: str,
        alert: str,
        operator: str,
        scores: Mapping[Question, int | None],
        text: str = "",
    ) -> None:
        """How good it was; the last sheet counts. Nobody listens to calls of their own."""
        each = self._drawn(actor, name, alert, operator)
        if each.operator == actor.id:
            raise Conflict("Somebody else listens to your calls.")
        told, text = quality.checked(scores), text.strip()
        if len(text) > REMARK_LENGTH:
            raise InvalidInput(f"A remark has at most {REMARK_LENGTH} characters.")
        with self._works.begin(self._clock.now()) as work:
            kept = work.wording(actor.org, alert, text) if text else {}
            work.done_by(
                actor, Act.CALL_LISTENED, alert=alert, operator=operator,
                month=name, **{q.value: score for q, score in told.items()}, **kept,
            )  # fmt: skip

    def names(self, actor: Actor) -> dict[str, str]:
        """Of handlers and supervisors, by id."""
        actor.require(Role.SUPERVISOR)
        return self._reads.staff(actor.org)

    def seed(self, org: str, name: str) -> str:
        """A month's seed: nobody knows it beforehand who has not the installation's secret."""
        return seed_of(self._register, org, name)

    def _drawn(self, actor: Actor, name: str, alert: str, operator: str) -> Handled:
        for each in self.sample(actor, name).drawn:
            if (each.alert, each.operator) == (alert, operator):
                return each
        raise NotFound("This call was not drawn: nobody picks the calls that are listened to.")


def seed_of(register: Register, org: str, name: str) -> str:
    """See `Listening.seed`."""
    return register.key.digest(f"quality:{org}:{name}").hex()[:32]


def handled_in(months: Months, org: str, period: Month, upto: int) -> list[Handled]:
    """Everything with calls that was closed in the period."""
    lives = months.endings(org, period.begins, period.ends, upto, quality.ACTS)
    return [each for life in lives for each in quality.handled(life, period.ends)]
