"""A responder's job, worked from their telephone: one link, one job, one holder.

Acts may have waited in the telephone for a signal: each says when it was done, and the record
has that time beside the time it reached us. The same act twice changes nothing.
"""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec
from msgspec.structs import replace

from responder.acting.replies import Answer, Holder, Replies, answered
from responder.callout import dispatch, dispatching, lone_worker
from responder.callout.dispatch import OVER, THERE, Dispatch, DispatchState, Proof
from responder.callout.lone_worker import Need
from responder.kept.record import Act
from responder.life.alerts import ARRIVAL, Alert
from responder.life.due import planned
from responder.outgoing.languages import DEFAULT
from responder.seeing.looks import DESK
from responder.seeing.views import JobView
from responder.store import Work, dispatches
from telecare.errors import Conflict, Forbidden, InvalidInput, NotFound
from telecare.tenancy import Actor
from telecare.vocabulary import Outcome, Role

WAITED_AT_MOST = timedelta(hours=2)
"""An act that claims to be older is taken as done when it reached us."""
LINE_LENGTH = 500
NOT_YOURS = "This is not a job of yours; please telephone us."
CLOSE_AGAIN = timedelta(minutes=5)
"""How soon the desk is reminded to close an alert whose responder has left."""
ENDINGS = (
    Outcome.RESPONDER_ATTENDED, Outcome.AMBULANCE, Outcome.FOUND_SAFE, Outcome.GP_OR_111,
    Outcome.POLICE, Outcome.FALSE_ALARM, Outcome.EQUIPMENT_FAULT, Outcome.NO_ONE_FOUND,
)  # fmt: skip
"""How a visit may end, in a responder's words; the desk closes the alert."""


class JobAct(StrEnum):
    """What a responder says."""

    TAKE = "take"
    DECLINE = "decline"
    """I cannot, or cannot after all."""
    SET_OFF = "set_off"
    ARRIVED = "arrived"
    CODE = "code"
    """This is the code of the card in the home."""
    LOCKED_OUT = "locked_out"
    """I cannot get in."""
    INSIDE = "inside"
    SAFE = "safe"
    HELP = "help"
    """I need help."""
    LEFT = "left"


_ANSWERS: dict[JobAct, Answer] = {
    JobAct.TAKE: "going",
    JobAct.DECLINE: "cannot",
    JobAct.ARRIVED: "arrived",
}


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """An act as the responder's telephone sends it."""

    act: JobAct
    at: datetime | None = None
    """When they pressed, if it had to wait for a signal."""
    code: str = ""
    outcome: Outcome | None = None
    text: str = ""


class Jobs(Replies):
    """The holder of a job's link."""

    def job(self, token: str) -> JobView:
        """What the link is about; raises `NotFound`. Changes nothing."""
        return self._job(self._holder(token))

    def job_act(self, token: str, said: Said) -> JobView:
        """The responder's word. Raises `Conflict` when somebody else has the job, `InvalidInput`
        for a missing outcome or a wrong code.
        """
        return self._job_act(self._holder(token), said)

    def _job(self, holder: Holder) -> JobView:
        found = dispatches.history(self._works.database, holder.org, holder.alert)
        mine = [each for each in found if holder.contact in _asked(each)]
        standing = dispatch.standing(found, holder.contact)
        if standing is None or not mine:
            raise NotFound(NOT_YOURS)
        shown = standing if holder.contact in _asked(standing) else mine[-1]
        alert = self._reads.alert(holder.org, holder.alert).alert
        return self._job_view(alert, shown, holder.contact)

    def _job_act(self, holder: Holder, said: Said) -> JobView:
        now, act = self._clock.now(), said.act
        if act is JobAct.LEFT and (said.outcome not in ENDINGS or len(said.text) > LINE_LENGTH):
            raise InvalidInput("Say how it ended, and at most one line of text.")
        wrong = False
        with self._works.begin(now) as work:
            alert = work.alert(holder.org, holder.alert)
            history = dispatches.of_alert(work, holder.org, holder.alert)
            found = dispatch.standing(history, holder.contact)
            mine = [each for each in history if holder.contact in _asked(each)]
            if found is None or not mine:
                raise NotFound(NOT_YOURS)
            if holder.contact not in _asked(found) and act is not JobAct.HELP:
                raise Conflict(dispatch.TAKEN)  # theirs was called off, or they left it
            # A telephone knows nothing of a story's clock.
            moment = _believed(found, said.at if self._clock.is_real else None, now)
            if act in _ANSWERS:
                self._answer(work, alert, found, holder, act, None if moment == now else moment)
            elif act is JobAct.HELP:  # heard from whoever was sent, whoever has the job by now
                self._does(work, alert, mine[-1], holder, said, moment)
            else:
                _require_holder(found, holder.contact)
                wrong = self._does(work, alert, found, holder, said, moment)
        if wrong:
            raise InvalidInput("That is not the code of this home. Look at the card once more.")
        return self._job(holder)

    def arrival_code(self, actor: Actor, home: str) -> str:
        """What stands on the card in the home; part of a look at the home, which the caller has
        recorded.
        """
        actor.require(*DESK, Role.TEC)
        return self._links.arrival_code(actor.org, home)

    def link_keysafe(self, token: str) -> str:
        """Of a job's holder: from their arrival until they leave, and only then."""
        return self._keysafe_of(self._holder(token))

    def _keysafe_of(self, holder: Holder) -> str:
        found = dispatches.history(self._works.database, holder.org, holder.alert)
        mine = [each for each in found if holder.contact in _asked(each)]
        if mine and not (mine[-1].holder == holder.contact and mine[-1].state in THERE):
            raise Forbidden("The code is shown from your arrival until you leave, and on record.")
        return super()._keysafe_of(holder)

    def _answer(
        self, work: Work, alert: Alert, found: Dispatch, holder: Holder, act: JobAct,
        at: datetime | None,
    ) -> None:  # fmt: skip
        if _has_said(found, holder.contact, act):
            return
        if act is JobAct.DECLINE and found.state in THERE:
            raise Conflict("You have arrived: say how it ended when you leave, or ask for help.")
        work.put(answered(work, alert, holder.contact, _ANSWERS[act], holder.by, at=at))

    def _does(
        self, work: Work, alert: Alert, found: Dispatch, holder: Holder, said: Said,
        moment: datetime,
    ) -> bool:  # fmt: skip
        """Carries an act of the job's holder out; True when a code was wrong."""
        after, detail = self._after(work, found, said, moment)
        wrong = said.act is JobAct.CODE and "proof" not in detail
        if after != found:
            dispatches.put(work, after)
        news = after != found or said.act is JobAct.HELP
        if news and said.act in _NEEDS:
            dispatching.call_desk(work, found, holder.contact, _NEEDS[said.act])
        act = Act.WRONG_CODE if wrong else _WRITES.get(said.act)
        if news and act is not None:
            work.write(
                act, org=found.org, actor=holder.by, alert=found.alert, dispatch=found.id,
                contact=holder.contact, said_at=moment.isoformat(), **detail,
            )  # fmt: skip
            work.put(_as_the_desk_sees(work, alert, after, said.act))
        return wrong

    def _after(
        self, work: Work, found: Dispatch, said: Said, moment: datetime
    ) -> tuple[Dispatch, dict[str, str]]:
        """What an act makes of the dispatch, and what the record says beside it."""
        if said.act in _MOVES:
            return _MOVES[said.act](found, moment), {}
        if said.act is JobAct.CODE:
            code = self._links.arrival_code(found.org, found.home)
            right = hmac.compare_digest(said.code.strip().encode(), code.encode())
            proof = {"proof": Proof.CODE.value} if right else {}
            return dispatch.proved_by_code(found, right=right), proof
        if said.act is JobAct.LEFT and found.state is not DispatchState.LEFT:
            assert said.outcome is not None
            text = said.text.strip()
            kept = work.wording(found.org, found.alert, text) if text else {}
            after = dispatch.left(found, said.outcome, moment)
            return after, {"outcome": said.outcome.value, **kept}
        return found, {}

    def _job_view(self, alert: Alert, found: Dispatch, contact: str) -> JobView:
        card = self._directory.card(found.org, found.home)
        person = self._who(alert, contact)
        offer = next(o for o in reversed(found.offers) if o.crew.member == contact)
        held = found.holder == contact
        left = found.state is DispatchState.LEFT and offer is found.offers[-1]
        over = not (held or left) and found.state not in (
            DispatchState.SEEKING, DispatchState.OFFERED, DispatchState.UNMANNED
        )  # fmt: skip
        over = over or (not alert.is_open and found.state not in THERE)
        minutes = offer.crew.minutes
        stay = found.stay if held else None
        show = not over or left
        return JobView(
            state=found.state, mine=held or left, over=over,
            open_to_me=not over and found.state not in THERE and not left,
            language=person.language if person else DEFAULT,
            name=person.name if person else "", sentence=alert.sentence if show else "",
            resident_label=card.resident_label if show else "",
            home_label=card.home_label if show else "",
            place=self._directory.place(found.org, found.home) if show else None,
            access=card.access if show else "", hazards=card.hazards if show else [],
            speaking=card.speaking if show else "", has_keysafe=card.has_keysafe,
            minutes=None if minutes is None else round(minutes),
            time_zone=self._directory.team_zone(found.org, offer.crew.team),
            decided_at=found.decided_at, due_at=found.decided_at + ARRIVAL,
            arrived_at=found.arrived_at if held or left else None,
            proof=found.proof, locked_out_at=found.locked_out_at, inside_at=found.inside_at,
            left_at=found.left_at,
            asked_safe_at=stay.asked_at if stay else None,
            ask_safe_at=lone_worker.next_at(stay, found.terms) if stay else None,
            wrong_codes=found.wrong_codes,
        )  # fmt: skip


_MOVES = {
    JobAct.SET_OFF: dispatch.set_off, JobAct.LOCKED_OUT: dispatch.locked_out,
    JobAct.INSIDE: dispatch.entered, JobAct.SAFE: dispatch.safe,
}  # fmt: skip
_NEEDS = {JobAct.HELP: Need.HELP, JobAct.LOCKED_OUT: Need.LOCKED_OUT}
_WRITES = {
    JobAct.SET_OFF: Act.SET_OFF, JobAct.INSIDE: Act.ENTERED, JobAct.SAFE: Act.SAFE,
    JobAct.CODE: Act.ARRIVAL_PROVED, JobAct.HELP: Act.HELP_WANTED, JobAct.LEFT: Act.LEFT,
    JobAct.LOCKED_OUT: Act.LOCKED_OUT,
}  # fmt: skip


def _asked(found: Dispatch) -> set[str]:
    return {each.crew.member for each in found.offers}


def _has_said(found: Dispatch, contact: str, act: JobAct) -> bool:
    """Whether an answer says nothing new: a form that was sent twice."""
    held = found.holder == contact and found.accepted_at is not None
    if act is JobAct.TAKE:
        return held
    if act is JobAct.ARRIVED:
        return held and found.arrived_at is not None
    return not found.is_over and found.holder != contact


def _require_holder(found: Dispatch, contact: str) -> None:
    last = found.offers[-1].crew.member == contact
    if found.state in OVER and last:
        return  # the same word once more, after the end
    if found.holder != contact or found.accepted_at is None:
        raise Conflict("Take the job first; or somebody else has it by now.")


def _believed(found: Dispatch, at: datetime | None, now: datetime) -> datetime:
    """When an act was done: what the telephone claims, if that can be, else now."""
    if at is None or at > now or now - at > WAITED_AT_MOST:
        return now
    before = [found.decided_at, found.accepted_at, found.set_off_at, found.arrived_at,
              found.inside_at]  # fmt: skip
    return max(at, *(each for each in before if each is not None))


def _as_the_desk_sees(work: Work, alert: Alert, after: Dispatch, act: JobAct) -> Alert:
    if act is JobAct.HELP:
        return dispatching.announce(work, alert, "The responder asks for help: see their alert.")
    if act is JobAct.LOCKED_OUT:
        return dispatching.announce(work, alert, "The responder cannot get in: see their alert.")
    if act is JobAct.INSIDE and after.locked_out_at is not None:
        return dispatching.announce(work, alert, "The responder is inside after all.")
    if act is JobAct.LEFT and alert.is_open and after.outcome is not None:
        words = after.outcome.value.replace("_", " ")
        told = dispatching.announce(work, alert, f"The responder has left: {words}. Please close.")
        return planned(replace(told, ask_at=told.ask_at and work.now + CLOSE_AGAIN))
    return alert
