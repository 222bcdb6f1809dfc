"""Which calls does a supervisor listen to, and how good were they?

Pure. The Quality Standards Framework asks for at least two calls a month of each handler, one of
them to the emergency services where there was one, in turn across the kinds of calls. Nobody
chooses them: a seed does, so that the same month gives the same calls whenever it is drawn, and
drawing more keeps those drawn before.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from hashlib import blake2b
from typing import Any

import msgspec

from responder.kept.record import Act, Entry
from responder.outgoing.call_references import CallReference, calls_of
from telecare.errors import InvalidInput
from telecare.vocabulary import Outcome

SETTING = "quality"
"""Of an organisation: `{"calls": 2, "share": 0.05}`."""
ACTS = tuple(
    each.value
    for each in (
        Act.OPENED, Act.JOINED, Act.DELIVERED, Act.CALL_NOTED, Act.RESOLVED, Act.CALL_LISTENED,
    )
)  # fmt: skip
"""All that is needed of an alert's life."""
EMERGENCY = frozenset({Outcome.AMBULANCE, Outcome.FIRE, Outcome.POLICE})
BEST = 2
"""What an answer counts at most: 0 no, 1 in part, 2 yes."""


class Question(StrEnum):
    """What is listened for. No published sheet was found: these are ours, to be agreed on."""

    GREETING = "greeting"
    FINDING_OUT = "finding_out"
    MANNER = "manner"
    PLAN = "plan"
    NEXT = "next"
    RECORD = "record"


WORDS = {
    Question.GREETING: "Said who they are and asked how they can help",
    Question.FINDING_OUT: "Found out what happened, and whether somebody is in danger",
    Question.MANNER: "Spoke calmly, and as this person needs to be spoken to",
    Question.PLAN: "Did what the plan says, in its order, or said why not",
    Question.NEXT: "Told the person what happens next, and stayed with them as long as needed",
    Question.RECORD: "Wrote down what was said and how it ended, as it was",
}


class Wanted(msgspec.Struct, frozen=True):
    """How many calls of each handler are listened to in a month: the greater of both."""

    calls: int = 2
    share: float = 0.0

    def of(self, handled: int) -> int:
        """So many of this many."""
        return min(handled, max(self.calls, math.ceil(self.share * handled)))


class Review(msgspec.Struct, frozen=True, kw_only=True):
    """What came of listening."""

    at: datetime
    by: str
    scores: dict[Question, int]
    """Without those that did not apply."""
    text: str = ""
    """Id of what was written."""

    @property
    def points(self) -> int:
        """In all."""
        return sum(self.scores.values())

    @property
    def of(self) -> int:
        """At best."""
        return BEST * len(self.scores)


class Handled(msgspec.Struct, frozen=True, kw_only=True):
    """A closed alert with calls, as one handler had it."""

    alert: str
    operator: str
    kind: str
    outcome: Outcome
    closed_at: datetime
    calls: list[CallReference]
    review: Review | None = None

    @property
    def to_emergency(self) -> bool:
        """The emergency services were called."""
        return self.outcome in EMERGENCY


def wanted_of(settings: Mapping[str, Any]) -> Wanted:
    """What an organisation with these settings wants; raises `InvalidInput` for what is none."""
    said = settings.get(SETTING, {})
    try:
        wanted = msgspec.convert(said, Wanted)
    except msgspec.ValidationError:
        wanted = Wanted(calls=-1)
    if not (0 <= wanted.calls <= 1000 and 0 <= wanted.share <= 1):
        raise InvalidInput(f'{SETTING} is written like {{"calls": 2, "share": 0.05}}.')
    return wanted


def handled(life: Sequence[Entry], until: datetime) -> list[Handled]:
    """Who handled this alert's calls, by what was on record `until` then; nobody when it had
    none. A call written down belongs to who wrote it, others to who closed the alert.
    """
    then = [each for each in life if each.at < until]
    closed = next((each for each in reversed(then) if each.act == Act.RESOLVED), None)
    calls = calls_of(then, {})
    if closed is None or not calls:
        return []
    noted = {each.actor for each in then if each.act == Act.CALL_NOTED}
    opened = next((each for each in then if each.act == Act.OPENED), None)
    reviews = _reviews(life)
    return [
        Handled(
            alert=closed.alert or "", operator=operator,
            kind=str(opened.detail["kind"]) if opened else "",
            outcome=Outcome(str(closed.detail["outcome"])), closed_at=closed.at, calls=calls,
            review=reviews.get(operator),
        )
        for operator in sorted(noted or {closed.actor})
    ]  # fmt: skip


def draw(seed: str, found: Iterable[Handled], wanted: Wanted) -> list[Handled]:
    """The calls to be listened to, handler by handler, in the order they were drawn."""
    drawn: list[Handled] = []
    by_operator: dict[str, list[Handled]] = {}
    for each in found:
        by_operator.setdefault(each.operator, []).append(each)
    for operator in sorted(by_operator):
        left = sorted(by_operator[operator], key=lambda each: _lot(seed, each))
        taken: Counter[str] = Counter()
        for number in range(wanted.of(len(left))):
            emergency = [each for each in left if each.to_emergency] if number == 0 else []
            # The first of the kind drawn least so far; `left` stands in the order of the lots.
            chosen = emergency[0] if emergency else min(left, key=lambda e: taken[e.kind])
            left.remove(chosen)
            taken[chosen.kind] += 1
            drawn.append(chosen)
    return drawn


def checked(scores: Mapping[Question, int | None]) -> dict[Question, int]:
    """The answers that count; raises `InvalidInput` when none does, or one is none."""
    told = {each: score for each, score in scores.items() if score is not None}
    if not told:
        raise InvalidInput("Answer at least one question.")
    if any(not 0 <= score <= BEST for score in told.values()):
        raise InvalidInput("An answer is 0 (no), 1 (in part) or 2 (yes).")
    return told


def _lot(seed: str, each: Handled) -> bytes:
    words = f"{seed}\0{each.operator}\0{each.alert}"
    return blake2b(words.encode(), digest_size=16).digest()


def _reviews(life: Sequence[Entry]) -> dict[str, Review]:
    """By handler: the last time somebody listened."""
    found = {}
    for entry in life:
        if entry.act == Act.CALL_LISTENED:
            detail = entry.detail
            found[str(detail["operator"])] = Review(
                at=entry.at, by=entry.actor, text=str(detail.get("text", "")),
                scores={q: int(str(detail[q.value])) for q in Question if q.value in detail},
            )  # fmt: skip
    return found
