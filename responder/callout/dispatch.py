"""A responder is sent to a home: where that stands, and what each act makes of it.

Pure. Two clocks run from the decision to send somebody, whoever goes in the end: nine of
ten are to be there within 45 minutes and the rest within 60. What happens by itself is
`dispatch_decision`'s; from arrival to leaving `lone_worker` watches over the responder.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec
from msgspec.structs import replace

from responder.callout import lone_worker
from responder.callout.crews import Crew
from responder.callout.lone_worker import Stay, Terms
from responder.life.alert import ARRIVAL
from telecare.errors import Conflict
from telecare.vocabulary import Outcome

ANSWERS = timedelta(minutes=2)
"""How long one crew has to say: I take it, or I cannot."""
LATEST_ARRIVAL = timedelta(minutes=60)
BEFORE_BREACH = timedelta(minutes=10)
"""How long before 45 minutes are over the desk is warned: time to send somebody else."""
BEFORE_LATEST = timedelta(minutes=5)
LATE_AGAIN = timedelta(minutes=15)
"""How often it is called out after 60 minutes."""
MARKS = (ARRIVAL - BEFORE_BREACH, ARRIVAL, LATEST_ARRIVAL - BEFORE_LATEST, LATEST_ARRIVAL)
LONGEST_SEARCH = timedelta(minutes=15)
"""After so long without an acceptance the desk is told that nobody goes."""
PROOF_WINDOW = timedelta(minutes=15)
"""A press this near to the arrival that was said proves it."""
UNKNOWN_DRIVE = timedelta(minutes=5)
"""Nobody is there sooner, where the length of the drive is not known."""
CODE_TRIES = 5
TAKEN = "Somebody else has the job, or it is over. You need not go."


class DispatchState(StrEnum):
    """Where a dispatch stands."""

    SEEKING = "seeking"
    """The nearest free crew is being found; nobody is asked at this moment."""
    OFFERED = "offered"
    """One crew has been asked and may still answer."""
    ACCEPTED = "accepted"
    """A responder has taken the job and not set off yet."""
    ON_THE_WAY = "on_the_way"
    ARRIVED = "arrived"
    """At the door, by their own word or by a press on the resident's unit."""
    INSIDE = "inside"
    """With the resident."""
    LEFT = "left"
    """They have left and said how it ended."""
    UNMANNED = "unmanned"
    """No crew on duty could go; the desk was told and must find another way."""
    CALLED_OFF = "called_off"
    """Somebody decided that nobody needs to go any more."""


DRIVING = frozenset({DispatchState.ACCEPTED, DispatchState.ON_THE_WAY})
THERE = frozenset({DispatchState.ARRIVED, DispatchState.INSIDE})
OVER = frozenset({DispatchState.LEFT, DispatchState.UNMANNED, DispatchState.CALLED_OFF})
SEARCHING = frozenset({DispatchState.SEEKING, DispatchState.OFFERED})


class Proof(StrEnum):
    """What shows that they are really there."""

    UNIT = "unit"
    """A press on the resident's own unit."""
    CODE = "code"
    """The code that stands on a card in the home."""


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """One crew was asked."""

    crew: Crew
    at: datetime
    deadline: datetime


class Dispatch(msgspec.Struct, frozen=True, kw_only=True):
    """One decision to send a responder, and all that came of it."""

    org: str
    id: str
    alert: str
    home: str
    state: DispatchState
    decided_at: datetime
    """Both clocks run from here."""
    by: str
    """Who decided: a person's id, or the platform by the plan."""
    team: str = ""
    """Asked first, before whoever is nearer."""
    answers: timedelta = ANSWERS
    sought_at: datetime
    """When the search for a crew began: at the decision, or when the last one turned back."""
    offers: tuple[Offer, ...] = ()
    holder: str = ""
    """Who is asked now or has the job; empty while nobody is."""
    marks: int = 0
    """How many of the clocks' marks were called out."""
    accepted_at: datetime | None = None
    set_off_at: datetime | None = None
    arrived_at: datetime | None = None
    locked_out_at: datetime | None = None
    """When they last said that they cannot get in."""
    inside_at: datetime | None = None
    left_at: datetime | None = None
    proof: Proof | None = None
    pressed_at: datetime | None = None
    """The last press on the resident's unit while somebody could be there already."""
    wrong_codes: int = 0
    terms: Terms = Terms()
    """How we watch over whoever goes."""
    stay: Stay | None = None
    outcome: Outcome | None = None
    next_due_at: datetime | None = None
    """When `decide` must be asked again; None only when it is over."""

    @property
    def offer(self) -> Offer | None:
        """The offer to whoever holds it."""
        return next((o for o in reversed(self.offers) if o.crew.member == self.holder), None)

    @property
    def is_over(self) -> bool:
        """Nothing happens by itself any more."""
        return self.state in OVER


def planned(dispatch: Dispatch) -> Dispatch:
    """With `next_due_at` as it follows from everything else."""
    if dispatch.is_over:
        return replace(dispatch, next_due_at=None, holder="")
    if dispatch.stay is not None:
        return replace(dispatch, next_due_at=lone_worker.next_at(dispatch.stay, dispatch.terms))
    due = [dispatch.decided_at + mark_after(dispatch.marks)]
    if dispatch.state is DispatchState.SEEKING:
        due.append(dispatch.sought_at)
    elif dispatch.state is DispatchState.OFFERED and dispatch.offer is not None:
        due.append(dispatch.offer.deadline)
    return replace(dispatch, next_due_at=min(due))


def mark_after(number: int) -> timedelta:
    """How long after the decision the clocks' mark of this number (from 0) stands."""
    if number < len(MARKS):
        return MARKS[number]
    return LATEST_ARRIVAL + LATE_AGAIN * (number - len(MARKS) + 1)


def begun(
    ident: str, org: str, alert: str, home: str, by: str, now: datetime, *, team: str = "",
    answers: timedelta = ANSWERS,
) -> Dispatch:  # fmt: skip
    """Somebody, or the plan, decides to send a responder."""
    return planned(
        Dispatch(
            org=org, id=ident, alert=alert, home=home, state=DispatchState.SEEKING,
            decided_at=now, by=by, team=team, answers=answers, sought_at=now,
        )
    )  # fmt: skip


def accepted(dispatch: Dispatch, member: str, now: datetime) -> Dispatch:
    """Whoever was ever asked may take it as long as nobody else has: the first one wins, also
    after the search was given up.
    """
    if dispatch.state not in SEARCHING | {DispatchState.UNMANNED}:
        if dispatch.holder == member and dispatch.state in DRIVING | THERE:
            return dispatch
        raise Conflict(TAKEN)
    if member not in {each.crew.member for each in dispatch.offers}:
        raise Conflict("You were not asked to take this job.")
    # The taker's offer stands last: by it anybody knows who went when it is over.
    offers = sorted(dispatch.offers, key=lambda each: each.crew.member == member)
    return planned(
        replace(
            dispatch, state=DispatchState.ACCEPTED, holder=member, accepted_at=now,
            offers=tuple(offers),
        )
    )  # fmt: skip


def standing(history: Sequence[Dispatch], member: str) -> Dispatch | None:
    """The newest of an alert's dispatches, oldest first, as it stands for this member; None when
    there is none. Who was asked by one that found nobody may still take the one that followed.
    """
    if not history:
        return None
    newest = history[-1]
    earlier = [
        offer
        for each in history
        if each is newest or each.state is DispatchState.UNMANNED
        for offer in each.offers
        if offer.crew.member == member
    ]
    if not earlier or earlier[-1] in newest.offers:
        return newest
    return replace(newest, offers=(earlier[-1], *newest.offers))


def is_past(history: Sequence[Dispatch], member: str) -> bool:
    """Whether this member was asked by searches for a responder, and none of them stands."""
    stands = standing(history, member)
    return (
        stands is not None
        and not any(each.crew.member == member for each in stands.offers)
        and any(offer.crew.member == member for each in history for offer in each.offers)
    )


def declined(dispatch: Dispatch, member: str, now: datetime) -> Dispatch:
    """They cannot, or cannot after all: the next crew is sought at once."""
    if dispatch.holder != member or dispatch.state in THERE or dispatch.is_over:
        return dispatch
    return planned(
        replace(
            dispatch, state=DispatchState.SEEKING, holder="", sought_at=now, accepted_at=None,
            set_off_at=None, pressed_at=None,
        )
    )  # fmt: skip


def set_off(dispatch: Dispatch, now: datetime) -> Dispatch:
    """They are driving."""
    if dispatch.state is not DispatchState.ACCEPTED:
        return dispatch
    return planned(replace(dispatch, state=DispatchState.ON_THE_WAY, set_off_at=now))


def arrived(dispatch: Dispatch, now: datetime, *, proof: Proof | None = None) -> Dispatch:
    """They are at the door. A press on the resident's unit a little before proves it."""
    if dispatch.state not in DRIVING:
        return dispatch
    pressed = dispatch.pressed_at
    if proof is None and pressed is not None and now - pressed <= PROOF_WINDOW:
        proof = Proof.UNIT
    there = replace(
        dispatch, state=DispatchState.ARRIVED, arrived_at=now, proof=proof, stay=Stay(since=now)
    )
    return planned(there)


def pressed(dispatch: Dispatch, now: datetime) -> Dispatch:
    """The resident's unit was pressed: the responder who is there, or the resident once more.

    It proves an arrival that is said, before it or after. By itself it is none: nobody can tell
    whose hand it was, and the clocks run on.
    """
    if dispatch.state in DRIVING:
        return replace(dispatch, pressed_at=now) if now >= soonest(dispatch) else dispatch
    since = dispatch.arrived_at
    unproved = dispatch.state in THERE and dispatch.proof is None
    if unproved and since is not None and now - since <= PROOF_WINDOW:
        return replace(dispatch, proof=Proof.UNIT)
    return dispatch


def soonest(dispatch: Dispatch) -> datetime:
    """Before this nobody can be there: half of the drive we expect."""
    since = dispatch.set_off_at or dispatch.accepted_at or dispatch.decided_at
    offer = dispatch.offer
    minutes = offer.crew.minutes if offer else None
    return since + (UNKNOWN_DRIVE if minutes is None else timedelta(minutes=minutes) / 2)


def proved_by_code(dispatch: Dispatch, *, right: bool) -> Dispatch:
    """They typed the code of the home's card. Raises `Conflict` after five wrong ones."""
    if dispatch.state not in THERE or dispatch.proof is Proof.CODE:
        return dispatch
    if dispatch.wrong_codes >= CODE_TRIES:
        raise Conflict("Too many wrong codes: press the resident's unit instead.")
    if right:
        return replace(dispatch, proof=Proof.CODE)
    return replace(dispatch, wrong_codes=dispatch.wrong_codes + 1)


def locked_out(dispatch: Dispatch, now: datetime) -> Dispatch:
    """They stand before a door that nobody opens: the desk finds a way, and they stay watched
    over. Raises `Conflict` before they have arrived.
    """
    if dispatch.state not in THERE | OVER:
        raise Conflict("Say first that you have arrived.")
    if dispatch.state is not DispatchState.ARRIVED:
        return dispatch
    return replace(dispatch, locked_out_at=now)


def entered(dispatch: Dispatch, now: datetime) -> Dispatch:
    """They are with the resident."""
    if dispatch.state is not DispatchState.ARRIVED:
        return dispatch
    return replace(dispatch, state=DispatchState.INSIDE, inside_at=now)


def left(dispatch: Dispatch, outcome: Outcome, now: datetime) -> Dispatch:
    """They have left; nobody watches over them any more."""
    if dispatch.state not in THERE:
        raise Conflict("Say first that you have arrived.")
    return planned(
        replace(dispatch, state=DispatchState.LEFT, left_at=now, outcome=outcome, stay=None)
    )


def called_off(dispatch: Dispatch) -> Dispatch:
    """Nobody needs to go. Whoever is there already stays watched over until they leave."""
    if dispatch.state in THERE or dispatch.is_over:
        return dispatch
    return planned(replace(dispatch, state=DispatchState.CALLED_OFF))


def safe(dispatch: Dispatch, now: datetime) -> Dispatch:
    """They said that they are safe."""
    if dispatch.stay is None:
        return dispatch
    return planned(replace(dispatch, stay=lone_worker.safe(dispatch.stay, now)))
