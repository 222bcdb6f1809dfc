"""Is a responder who is alone in a home safe?

Pure. From arrival they are asked every so often; who does not answer in time, asks for help or
stands before a locked door gets an alert of their own on the desk. Their word starts the time
anew.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec
from msgspec.structs import replace

from responder.whom.people import worker_home
from telecare.messages import Evidence, Signal
from telecare.vocabulary import SignalKind


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """How often we ask, and how long they have."""

    every: timedelta = timedelta(minutes=20)
    answers: timedelta = timedelta(minutes=5)


class Stay(msgspec.Struct, frozen=True, kw_only=True):
    """A stay in a home, as far as safety goes."""

    since: datetime
    """When they arrived or last said that they are safe; or when the desk was last called."""
    asked_at: datetime | None = None
    """While set, they were asked and have not answered."""
    asks: int = 0
    """How often they were asked; numbers the messages."""


class Word(StrEnum):
    """What the time asks for."""

    NOTHING = "nothing"
    ASK = "ask"
    """They are asked whether they are safe."""
    CALL = "call"
    """They did not answer: the desk is called."""


class Need(StrEnum):
    """Why the desk is called for a responder."""

    HELP = "help"
    """They press that they need help."""
    LOCKED_OUT = "locked_out"
    """They press that they cannot get in."""
    SILENT = "silent"
    """They did not answer whether they are safe."""


_WHY = {
    Need.HELP: "A responder asks for help at the home they were sent to.",
    Need.LOCKED_OUT: "A responder cannot get in at the home they were sent to. Find somebody with "
    "a key, or have the door opened by the police or the fire service.",
    Need.SILENT: "A responder has not said that they are safe. Ring them, then send somebody.",
}


def next_at(stay: Stay, terms: Terms) -> datetime:
    """When `judge` must look again."""
    if stay.asked_at is not None:
        return stay.asked_at + terms.answers
    return stay.since + terms.every


def judge(stay: Stay, now: datetime, terms: Terms) -> tuple[Word, Stay]:
    """What is due at `now`. After a call it asks again in its time: an alert that was closed
    too soon is followed by another.
    """
    if now < next_at(stay, terms):
        return Word.NOTHING, stay
    if stay.asked_at is None:
        return Word.ASK, replace(stay, asked_at=now, asks=stay.asks + 1)
    return Word.CALL, replace(stay, since=now, asked_at=None)


def safe(stay: Stay, now: datetime) -> Stay:
    """They said that they are safe."""
    return replace(stay, since=now, asked_at=None)


def signal_of(
    *, org: str, member: str, dispatch: str, alert: str, now: datetime, need: Need, late: str = ""
) -> Signal:
    """What calls the desk; `late` is added to the sentence."""
    return Signal(
        id=f"lone-{dispatch}-{need.value}-{int(now.timestamp())}", org=org,
        home=worker_home(member), kind=SignalKind.LONE_WORKER, type=need.value,
        occurred_at=now, raised_at=now, why=f"{_WHY[need]}{late}", source="responder",
        explicit=need is not Need.SILENT,
        evidence=Evidence(facts={"dispatch": dispatch, "alert": alert}),
    )  # fmt: skip
