"""What happens by itself while a responder is sought, drives or is in a home?

Pure. Each of the two clocks is called out before it is broken. Whoever is silent is followed
by the next crew at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec
from msgspec.structs import replace

from responder.callout import lone_worker
from responder.callout.crews import Crew
from responder.callout.dispatch import (
    LATEST_ARRIVAL,
    LONGEST_SEARCH,
    MARKS,
    SEARCHING,
    Dispatch,
    DispatchState,
    Offer,
    mark_after,
    planned,
)
from responder.callout.lone_worker import Word
from responder.life.alert import ARRIVAL


class Reason(StrEnum):
    """Why a step was taken; goes to the record and the tests alike."""

    NOT_DUE = "not_due"
    NEAREST = "nearest"
    """The first crew is asked."""
    NEXT_CREW = "next_crew"
    """The one before declined, did not answer in time or turned back."""
    NOBODY_LEFT = "nobody_left"
    """No crew on duty is free and unasked, or the search took too long."""
    MARK = "mark"
    """One of the clocks is about to be broken, or is."""
    SAFETY_ASKED = "safety_asked"
    SAFETY_SILENT = "safety_silent"


class Offered(msgspec.Struct, frozen=True, tag="offered"):
    """This crew is to be asked."""

    offer: Offer


class Silent(msgspec.Struct, frozen=True, tag="silent"):
    """This member did not answer in time."""

    member: str


class Unmanned(msgspec.Struct, frozen=True, tag="unmanned"):
    """Nobody goes."""

    asked: int


class Announce(msgspec.Struct, frozen=True, tag="announce"):
    """Call it out on every operator's desk."""

    sentence: str
    minutes: int
    """Since the decision."""


class AskSafe(msgspec.Struct, frozen=True, tag="ask_safe"):
    """Ask the responder whether they are safe."""

    number: int


class CallDesk(msgspec.Struct, frozen=True, tag="call_desk"):
    """They did not answer: an alert of its own."""


Effect = Offered | Silent | Unmanned | Announce | AskSafe | CallDesk


class Decision(msgspec.Struct, frozen=True):
    """What happens now and what the dispatch is then."""

    reason: Reason
    effects: tuple[Effect, ...]
    dispatch: Dispatch


def decide(dispatch: Dispatch, now: datetime, crews: Sequence[Crew] = ()) -> Decision:
    """The step that is due at `now`; `crews` are those who could go, the first to be asked first.

    After it `next_due_at` lies after `now` for every dispatch that is not over.
    """
    if dispatch.next_due_at is None or now < dispatch.next_due_at:
        return Decision(Reason.NOT_DUE, (), dispatch)
    reason, effects = Reason.NOT_DUE, list[Effect]()
    if dispatch.state in SEARCHING:
        reason, effects, dispatch = _search(dispatch, now, crews)
    elif dispatch.stay is not None:
        word, stay = lone_worker.judge(dispatch.stay, now, dispatch.terms)
        dispatch = replace(dispatch, stay=stay)
        if word is Word.ASK:
            reason, effects = Reason.SAFETY_ASKED, [AskSafe(stay.asks)]
        elif word is Word.CALL:
            reason, effects = Reason.SAFETY_SILENT, [CallDesk()]
    if not dispatch.is_over and dispatch.arrived_at is None:
        dispatch, marks = _marked(dispatch, now)
        effects += marks
        reason = Reason.MARK if marks and reason is Reason.NOT_DUE else reason
    return Decision(reason, tuple(effects), planned(dispatch))


def _search(
    dispatch: Dispatch, now: datetime, crews: Sequence[Crew]
) -> tuple[Reason, list[Effect], Dispatch]:
    effects: list[Effect] = []
    offer = dispatch.offer
    if dispatch.state is DispatchState.OFFERED and offer is not None:
        if now < offer.deadline:
            return Reason.NOT_DUE, [], dispatch
        effects.append(Silent(offer.crew.member))
    asked = {each.crew.member for each in dispatch.offers}
    fresh = [each for each in crews if each.member not in asked]
    if not fresh or now - dispatch.sought_at >= LONGEST_SEARCH:
        over = replace(dispatch, state=DispatchState.UNMANNED, holder="")
        return Reason.NOBODY_LEFT, [*effects, Unmanned(len(asked))], over
    offer = Offer(crew=fresh[0], at=now, deadline=now + dispatch.answers)
    offered = replace(
        dispatch, state=DispatchState.OFFERED, holder=offer.crew.member,
        offers=(*dispatch.offers, offer),
    )  # fmt: skip
    reason = Reason.NEXT_CREW if asked else Reason.NEAREST
    return reason, [*effects, Offered(offer)], offered


def _marked(dispatch: Dispatch, now: datetime) -> tuple[Dispatch, list[Effect]]:
    """Past marks are called out once, the last for all: an outage is no burst of calls."""
    passed = dispatch.marks
    while now >= dispatch.decided_at + mark_after(passed):
        passed += 1
    if passed == dispatch.marks:
        return dispatch, []
    at = mark_after(passed - 1)
    minutes = round((now - dispatch.decided_at).total_seconds() / 60)
    if at in (MARKS[0], MARKS[2]):
        limit = ARRIVAL if at == MARKS[0] else LATEST_ARRIVAL
        left = max(0, round(limit.total_seconds() / 60) - minutes)
        sentence = f"The responder is not there yet: {_limit(limit)} are over in {left} minutes."
    elif at == ARRIVAL:
        sentence = "45 minutes are over and the responder is not there. Find out where they are."
    else:
        sentence = f"{minutes} minutes are over and no responder is there. Send somebody else."
    return replace(dispatch, marks=passed), [Announce(sentence, minutes)]


def _limit(limit: timedelta) -> str:
    return f"{round(limit.total_seconds() / 60)} minutes"
