"""When does the platform ring a resident, and when does it leave that to people?

Pure. A prompt ("time for your tablets") or a daily check begins with a call of the platform's
own. It rings again when nobody answers, and whatever stands in the way (no telephone on file,
a provider that is out, nobody picking up) leaves it to the operators' list at once, while
there is still time for a person to ring.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec
from msgspec.structs import replace

from telecare.errors import InvalidInput

FOR_PEOPLE = timedelta(minutes=10)
"""So long before its end it is left to people: an operator finds the line and rings."""
TAKEN_WITHIN = timedelta(minutes=2)
"""A provider that has not taken a call by then is as good as out."""
MOST_TRIES, LONGEST_WAIT_MINUTES, SHORTEST_WAIT_MINUTES = 5, 60, 2


class PromptState(StrEnum):
    """How far the platform has come in this stretch."""

    AHEAD = "ahead"
    """It has not rung yet."""
    RINGING = "ringing"
    """It has rung, and rings again at `next_at` unless they answer."""
    DONE = "done"
    """They pressed 1, or it happened without."""
    PEOPLE = "people"
    """It stands on the operators' list; `why` says for what reason."""


class Why(StrEnum):
    """Why something was left to people."""

    ASKED = "asked"
    """They pressed 2: they would like somebody to ring them."""
    NO_ANSWER = "no_answer"
    """The platform rang as often as it was to."""
    NO_TELEPHONE = "no_telephone"
    """No number is on file that can be rung."""
    PROVIDER = "provider"
    """The telephone provider does not take the call, or there is none."""
    TOO_LATE = "too_late"
    """After an outage of ours little time is left."""


class Prompt(msgspec.Struct, frozen=True, kw_only=True):
    """How the platform rings about something expected, and where it stands."""

    most: int = 3
    """So often it rings in one stretch."""
    minutes: int = 5
    """Between two tries."""
    resident: str = ""
    """Whom; empty: the first of the home who has a telephone."""
    state: PromptState = PromptState.AHEAD
    tries: int = 0
    taken: bool = True
    """The provider has taken the last try."""
    next_at: datetime | None = None
    """When the platform rings next, or decides what follows; None: no more in this stretch."""
    why: Why | None = None


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What must be known before ringing."""

    happened: bool = False
    away: bool = False
    """A window says that nobody is at home."""
    telephone: bool = True
    provider: bool = True
    """This installation can ring at all."""


class Reason(StrEnum):
    """Why a decision fell as it did."""

    RING = "ring"
    HAPPENED = "happened"
    AWAY = "away"
    LEFT = "left"


class Decision(msgspec.Struct, frozen=True):
    """The prompt afterwards, and what is to be done."""

    reason: Reason
    prompt: Prompt


def checked(prompt: Prompt, length: timedelta) -> Prompt:
    """The prompt itself; raises `InvalidInput` when a stretch of `length` is too short for it."""
    if not 1 <= prompt.most <= MOST_TRIES:
        raise InvalidInput(f"The platform rings 1 to {MOST_TRIES} times.")
    if not SHORTEST_WAIT_MINUTES <= prompt.minutes <= LONGEST_WAIT_MINUTES:
        raise InvalidInput(
            f"Between two tries lie {SHORTEST_WAIT_MINUTES} to {LONGEST_WAIT_MINUTES} minutes."
        )
    if prompt.most * timedelta(minutes=prompt.minutes) + FOR_PEOPLE > length:
        raise InvalidInput(
            "People need ten minutes after the last try: ring fewer times, sooner one after "
            "the other, or give it a later end."
        )
    return prompt


def ahead(prompt: Prompt, opens_at: datetime | None) -> Prompt:
    """For the next stretch, as if nothing had been; None: there is no next."""
    return replace(prompt, state=PromptState.AHEAD, tries=0, taken=True, next_at=opens_at, why=None)


def decide(prompt: Prompt, ends_at: datetime, now: datetime, facts: Facts) -> Decision:
    """What the platform does at `next_at`."""
    wait = timedelta(minutes=prompt.minutes)
    late = now + FOR_PEOPLE > ends_at
    if facts.happened:
        return Decision(Reason.HAPPENED, done(prompt))
    if facts.away:
        return Decision(Reason.AWAY, replace(prompt, next_at=None if late else now + wait))
    why: Why | None = None
    if not facts.telephone:
        why = Why.NO_TELEPHONE
    elif not facts.provider or not prompt.taken:
        why = Why.PROVIDER
    elif prompt.tries >= prompt.most:
        why = Why.NO_ANSWER
    elif late:
        why = Why.TOO_LATE
    if why is not None:
        return Decision(Reason.LEFT, left(prompt, why))
    rung = replace(
        prompt, state=PromptState.RINGING, tries=prompt.tries + 1, taken=False,
        next_at=now + TAKEN_WITHIN,
    )  # fmt: skip
    return Decision(Reason.RING, rung)


def taken(prompt: Prompt, attempt: int, now: datetime) -> Prompt:
    """The provider has taken a try: there is time to answer it."""
    if prompt.state is not PromptState.RINGING or prompt.tries != attempt:
        return prompt
    return replace(prompt, taken=True, next_at=now + timedelta(minutes=prompt.minutes))


def unreached(prompt: Prompt, attempt: int) -> Prompt:
    """The provider says that nobody picked up: after the last try people need not wait."""
    is_last = prompt.tries == attempt == prompt.most
    if prompt.state is not PromptState.RINGING or not is_last:
        return prompt
    return left(prompt, Why.NO_ANSWER)


def left(prompt: Prompt, why: Why) -> Prompt:
    """From now on people see to it; who asked to be rung is not asked by a machine again."""
    if prompt.state is PromptState.DONE:
        return prompt
    return replace(prompt, state=PromptState.PEOPLE, next_at=None, why=why)


def done(prompt: Prompt) -> Prompt:
    """It has happened: nobody rings any more."""
    return replace(prompt, state=PromptState.DONE, next_at=None, why=None)
