"""Locking one's session and coming back to it, over JSON.

A locked session shows nothing of residents on any route; the live line goes on, veiled, so that
a desk somebody left for a minute still sounds its alarms.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from responder.api.parts import Parts, WithParts
from responder.api.schemas import Json, answers
from responder.api.second_factor import self_of
from responder.api.session import let_in
from responder.api.signed_in import (
    COOKIE,
    Asker,
    Holder,
    SignedIn,
    csrf_token,
    give_cookie,
)
from responder.kept.record import Act
from telecare.errors import Forbidden, NotFound
from telecare.register.people import Person
from telecare.register.sessions import Session
from telecare.tenancy import Actor

router = APIRouter(tags=["session"])
_Word = Annotated[str, Field(min_length=1, max_length=200)]


class UnlockBody(BaseModel):
    """What shows that its owner is back."""

    model_config = ConfigDict(extra="forbid")

    word: _Word
    """The PIN, while the session is not over; or the password."""
    code: Annotated[str, Field(max_length=20)] = ""
    """Of the authenticator or on paper: needed with a second factor once the session is over."""


class PinBody(BaseModel):
    """A PIN of one's own."""

    model_config = ConfigDict(extra="forbid")

    pin: Annotated[str, Field(max_length=200)]
    password: _Word


class PasswordBody(BaseModel):
    """Another password of one's own."""

    model_config = ConfigDict(extra="forbid")

    password: _Word
    """That of now."""
    new: Annotated[str, Field(max_length=1000)]


class Unlocked(msgspec.Struct, frozen=True):
    """The page goes on."""

    csrf: str
    """To be sent with every act from now on: the session may be a fresh one."""


def lock(request: Request, parts: Parts, asker: Asker) -> None:
    """Show nothing from now on, and put it on record. Raises `NotFound` for a token."""
    if not _session(asker).locked:
        parts.register.sessions.lock(request.cookies.get(COOKIE, ""))
        parts.desk.seated(asker.actor, Act.LOCKED)


def unlock(request: Request, parts: Parts, asker: Asker, word: str, code: str = "") -> str:
    """The secret of the session that goes on. By PIN it is the same one; who shows all that
    signing in asks for has a fresh one, and only that goes on past the end.

    Raises `Forbidden` for what is neither, `TooManyTries`, and `NotFound` for a token.
    """
    session, secret = _session(asker), request.cookies.get(COOKIE, "")
    if not session.locked:
        return secret
    if not session.over and _by_pin(parts, session, secret, word):
        return _same(parts, asker.actor, secret)
    _check_password(parts, session.person, word)
    factors, person = parts.register.second_factors, session.person
    needed = factors.since(person.org, person.person) is not None
    if needed and not code and session.over:
        raise Forbidden("Type the code of your authenticator too, or a recovery code.")
    if needed and code and not factors.takes(person.org, person.person, code):
        raise _wrong(parts, person, "This code is not the one of now; try the next.")
    if session.over or (needed and code) or not (needed or session.proved):
        return let_in(request, parts, person, proved=needed)
    return _same(parts, asker.actor, secret)


def choose_pin(parts: Parts, actor: Actor, pin: str, password: str) -> None:
    """The PIN of this person from now on, on record. Raises `InvalidInput` for one that is
    guessed at once, and as `unlock` does for the password.
    """
    person = self_of(parts, actor)
    _check_password(parts, person, password)
    parts.register.sessions.set_pin(person, pin)


def change_password(request: Request, parts: Parts, actor: Actor, now: str, new: str) -> None:
    """This person's password from now on; their other sessions end. Raises `InvalidInput` for a
    poor one, and as `unlock` does for the one of now.
    """
    person = self_of(parts, actor)
    _check_password(parts, person, now)
    keep = request.cookies.get(COOKIE, "")
    parts.register.people.change_password(person, new, keep=keep, by=person.person)


@router.post("/session/lock", responses=answers(dict[str, bool], 404))
def locking(request: Request, asker: Holder, parts: WithParts) -> Json:
    """Lock this session; again changes nothing."""
    lock(request, parts, asker)
    return Json({"locked": True})


@router.post("/session/unlock", responses=answers(Unlocked, 404, 422, 429))
def unlocking(request: Request, body: UnlockBody, asker: Holder, parts: WithParts) -> Json:
    """Go on; the answer may set the cookie of a fresh session."""
    secret = unlock(request, parts, asker, body.word, body.code)
    answer = Json(Unlocked(csrf_token(parts, secret)))
    give_cookie(answer, parts, secret)
    return answer


@router.post("/me/password", responses=answers(dict[str, bool], 404, 422, 429))
def changing(request: Request, body: PasswordBody, actor: SignedIn, parts: WithParts) -> Json:
    """Change one's password; one's other sessions end."""
    change_password(request, parts, actor, body.password, body.new)
    return Json({"changed": True})


@router.post("/me/pin", responses=answers(dict[str, bool], 404, 422, 429))
def choosing(body: PinBody, actor: SignedIn, parts: WithParts) -> Json:
    """Choose what unlocks one's sessions beside the password; it signs nobody in."""
    choose_pin(parts, actor, body.pin, body.password)
    return Json({"set": True})


def _session(asker: Asker) -> Session:
    if asker.session is None:
        raise NotFound("Only a person's session is locked, not an API token.")
    return asker.session


def _by_pin(parts: Parts, session: Session, secret: str, word: str) -> bool:
    """A word that is no PIN by its looks is not counted as a wrong one."""
    if not word.isdigit():
        return False
    return parts.register.sessions.takes_pin(secret, session.person, word)


def _same(parts: Parts, actor: Actor, secret: str) -> str:
    parts.desk.seated(actor, Act.UNLOCKED)
    parts.register.sessions.unlock(secret)
    return secret


def _check_password(parts: Parts, person: Person, password: str) -> None:
    parts.limit.check(_own(person), _own(person))
    if parts.register.people.by_password(person.username, password) != person:
        raise _wrong(parts, person, "This is neither your PIN nor your password; try again.")
    parts.limit.succeeded(_own(person), _own(person))


def _wrong(parts: Parts, person: Person, sentence: str) -> Forbidden:
    parts.limit.failed(_own(person), _own(person))
    return Forbidden(sentence)


def _own(person: Person) -> str:
    """Counted by itself: nobody's wrong words keep a colleague out."""
    return f"lock of {person.org} {person.person}"
