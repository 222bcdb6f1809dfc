"""Whom do operators ring today, what is it about, and what came of it?

A call is something expected (`expectations`) that an operator sees to: it stands on the list
from the beginning of its stretch, and what nobody ticked off by its end becomes an alert like
any other that did not happen. So no call on the list is ever forgotten.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

import msgspec
from msgspec.structs import replace

from responder.arranged import expectations
from responder.arranged.expectations import CALLS, Call, CallOutcome, Expectation
from responder.arranged.prompts import Prompt, PromptState
from responder.kept.record import Act, digest
from responder.store import Work, Works, timed
from telecare.clock import Clock
from telecare.errors import Conflict, InvalidInput
from telecare.messages import Signal
from telecare.tenancy import Actor
from telecare.vocabulary import Role, SignalKind

DESK = (Role.OPERATOR, Role.SUPERVISOR)
TEXT_LENGTH = 300
CALLS_KEPT = 10
"""So many of the last calls of one expectation are kept with their words."""


class EntryState(StrEnum):
    """Where a call of today stands."""

    NOW = "now"
    """Its time has begun, and nobody has reached them yet."""
    RINGING = "ringing"
    """Its time has begun, and the platform itself rings; nobody else needs to yet."""
    LATER = "later"
    """Its time begins later today."""
    DONE = "done"
    """It was ticked off, or happened without a call."""


class CallEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A line of today's list."""

    id: str
    home: str
    state: EntryState
    what: expectations.What
    text: str
    """What it is about, or what is to be said."""
    begins_at: datetime
    by: datetime
    """Until then; afterwards it is an alert."""
    tries: int
    """How often somebody rang in this stretch without reaching them."""
    last: Call | None
    time_zone: str
    prompt: Prompt | None = None
    """How far the platform itself has come with ringing; None: it does not."""


class Calls:
    """The list, and what is written down on it. Synchronous and thread-safe."""

    def __init__(self, works: Works, clock: Clock) -> None:
        self._works = works
        self._clock = clock

    def calls(self, actor: Actor) -> list[CallEntry]:
        """Today's calls: those whose time has come first, the next to end at the top."""
        actor.require(*DESK)
        now = self._clock.now()
        found = timed.expectations.of_org(self._works.database, actor.org)
        entries = [_entry(each, now) for each in found if is_call(each)]
        today = [each for each in entries if each is not None]
        order = list(EntryState)
        return sorted(today, key=lambda each: (order.index(each.state), each.by, each.id))

    def called(
        self, actor: Actor, expectation: str, outcome: CallOutcome, text: str = ""
    ) -> CallEntry:
        """What came of a call. Who was reached needs no second call in this stretch; who must be
        followed up gets an alert at once. Raises `Conflict` before its time.
        """
        actor.require(*DESK)
        if len(text) > TEXT_LENGTH:
            raise InvalidInput(f"At most {TEXT_LENGTH} characters.")
        with self._works.begin(self._clock.now()) as work:
            found = timed.expectations.get(work, actor.org, expectation)
            if not is_call(found) or found.opens_at is None or work.now < found.opens_at:
                raise Conflict("It is not time for this call; the list shows when it is.")
            call = Call(at=work.now, by=actor.id, outcome=outcome, text=text.strip())
            reached = outcome is not CallOutcome.NO_ANSWER
            after = replace(found, calls=(*found.calls, call)[-CALLS_KEPT:])
            if reached:
                after = expectations.confirmed(after, work.now)
            timed.expectations.put(work, after)
            if outcome is CallOutcome.FOLLOW_UP:
                timed.concern(work, _follow_up(found, work))
            work.done_by(
                actor, Act.CALLED, home=found.home,
                expectation=found.id, what=found.what.value, outcome=outcome.value,
                **({"digest": digest(call.text)} if call.text else {}),
            )  # fmt: skip
        shown = _entry(after, self._clock.now())
        assert shown is not None, "a call in its stretch stands on today's list"
        return shown


def is_call(expected: Expectation) -> bool:
    """Whether it is seen to by telephone: by an operator, or by the platform first."""
    return expected.by_call or expected.what in CALLS or expected.prompt is not None


def _entry(expected: Expectation, now: datetime) -> CallEntry | None:
    """Its line on today's list; None when it is another day's."""
    opens, due = expected.opens_at, expected.next_due_at
    if opens is None or due is None:
        return None
    zone = ZoneInfo(expected.time_zone)
    tomorrow = now.astimezone(zone).date() + timedelta(days=1)
    if opens >= datetime.combine(tomorrow, time(), zone):
        return None
    state = EntryState.NOW if now >= opens else EntryState.LATER
    prompt = expected.prompt
    if expected.is_confirmed or (prompt and prompt.state is PromptState.DONE):
        state = EntryState.DONE
    elif state is EntryState.NOW and prompt and prompt.state is not PromptState.PEOPLE:
        state = EntryState.RINGING
    here = [each for each in expected.calls if each.at >= opens]
    return CallEntry(
        id=expected.id, home=expected.home, state=state, what=expected.what,
        text=expected.text or expectations.ABOUT.get(expected.what, ""), begins_at=opens, by=due,
        tries=sum(each.outcome is CallOutcome.NO_ANSWER for each in here),
        last=here[-1] if here else None, time_zone=expected.time_zone, prompt=prompt,
    )  # fmt: skip


def _follow_up(expected: Expectation, work: Work) -> Signal:
    return Signal(
        id=f"{expected.id}-follow-{int(work.now.timestamp())}", org=expected.org,
        home=expected.home, kind=SignalKind.EXPECTATION, type="follow_up", occurred_at=work.now,
        raised_at=work.now, source="responder",
        why="Somebody we rang needs to be seen to: read what was written on the list of calls.",
    )  # fmt: skip
