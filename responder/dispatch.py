"""A responder is sent to a home: what each act and each minute makes of it.

Pure. Two clocks run from the decision to send somebody, whoever goes in the end: nine of
ten are to be there within 45 minutes and the rest within 60. Each is called out before it is
broken. Whoever declines or is silent is followed by the next crew at once. From arrival to
leaving `responder.lone_worker` watches over the responder.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec
from msgspec.structs import replace

from responder import lone_worker
from responder.alert import ARRIVAL
from responder.crews import Crew
from responder.lone_worker import Stay, Terms, Word
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
_SEARCHING = frozenset({DispatchState.SEEKING, DispatchState.OFFERED})


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
    if dispatch.state in _SEARCHING:
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


# what people do


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
    if dispatch.state not in _SEARCHING | {DispatchState.UNMANNED}:
        if dispatch.holder == member and dispatch.state in DRIVING | THERE:
            return dispatch
        raise Conflict("Somebody else has the job, or it is over. You need not go.")
    if member not in {each.crew.member for each in dispatch.offers}:
        raise Conflict("You were not asked to take this job.")
    return planned(replace(dispatch, state=DispatchState.ACCEPTED, holder=member, accepted_at=now))


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
