"""Signing in and out over JSON, and who I am."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from responder.api.parts import Parts, WithParts
from responder.api.problems import NotSignedIn
from responder.api.schemas import Json, answers
from responder.api.signed_in import (
    COOKIE,
    Holder,
    bearer,
    csrf_token,
    give_cookie,
    keep_browser,
    known_browser,
    require_own_page,
    seconds_left,
    take_cookie,
)
from telecare.observe import log
from telecare.register.people import Person
from telecare.tenancy import Actor

router = APIRouter(tags=["session"])


class SignInBody(BaseModel):
    """A person's account."""

    username: Annotated[str, Field(min_length=1, max_length=200)]
    password: Annotated[str, Field(min_length=1, max_length=200)]
    code: Annotated[str, Field(max_length=20)] = ""
    """Six digits of the authenticator, or a recovery code, once a second factor is set up."""


class Me(msgspec.Struct, frozen=True, kw_only=True):
    """Who is signed in, and what their page sends along with an act."""

    org: str
    id: str
    name: str
    role: str
    """Empty while a second factor must be set up before anything else."""
    scopes: list[str] = []
    """What an integration's token may do."""
    csrf: str = ""
    """To be sent as the header X-CSRF-Token with every act of a cookie session; empty for
    bearer tokens, which need none."""
    locked: bool = False
    """Nothing of residents is told until this session is unlocked."""
    seconds_left: float | None = None
    """Real time until the session is over and only signing in again goes on; none for tokens."""


def sign_in(
    request: Request, parts: Parts, username: str, password: str, code: str = ""
) -> tuple[Person, str]:
    """The person and a fresh session; the old one of this browser ends.

    Raises `NotSignedIn` for what does not belong together or a code that is missing, and
    `TooManyTries` after too many of them.
    """
    require_own_page(request, parts)
    address = request.client.host if request.client else ""
    browser = known_browser(request, parts, username)
    parts.limit.check(address, username, browser)
    person = parts.register.people.by_password(username, password)
    if person is None:
        raise _refused(parts, address, username, browser, "username and password")
    factors = parts.register.second_factors
    needed = factors.since(person.org, person.person) is not None
    if needed and not code:
        raise NotSignedIn("Type the code of your authenticator too, or a recovery code.")
    if needed and not factors.takes(person.org, person.person, code):
        raise _refused(parts, address, username, browser, "username, password and code")
    parts.limit.succeeded(address, username, browser)
    return person, let_in(request, parts, person, proved=needed)


def let_in(request: Request, parts: Parts, person: Person, *, proved: bool) -> str:
    """The secret of a session that begins now, on record; this browser's old one ends."""
    parts.desk.signed(person.actor())  # nobody is let in whose coming is not on record
    secret = parts.register.sessions.begin(person, proved=proved)
    if before := request.cookies.get(COOKIE):
        parts.register.sessions.end(before)
    log("responder.api").info("signed_in", org=person.org, person=person.person)
    return secret


def _refused(parts: Parts, address: str, username: str, browser: str, what: str) -> NotSignedIn:
    if parts.limit.failed(address, username, browser):
        person = parts.register.people.by_username(username)
        if person is not None:
            parts.desk.guessed_at(person.org, person.person)
    log("responder.api").info("sign_in_refused")
    return NotSignedIn(f"This {what} do not belong together; try again.")


def sign_out(request: Request, parts: Parts, actor: Actor) -> None:
    """End this browser's session, on record; an API token has none to end."""
    secret = request.cookies.get(COOKIE, "")
    if secret:
        parts.register.sessions.end(secret)
        parts.desk.signed(actor, out=True)


@router.post("/session", responses=answers(Me, 422, 429))
def begin(request: Request, body: SignInBody, parts: WithParts) -> Json:
    """Sign in; the answer sets the session's cookie."""
    person, secret = sign_in(request, parts, body.username, body.password, body.code)
    answer = Json(
        Me(
            org=person.org,
            id=person.person,
            name=person.name,
            role=person.role.value,
            csrf=csrf_token(parts, secret),
        )
    )
    give_cookie(answer, parts, secret)
    keep_browser(request, answer, parts, person)
    return answer


@router.delete("/session", responses=answers(dict[str, bool]))
def end(request: Request, asker: Holder, parts: WithParts) -> Json:
    """Sign out: the session ends on the server too."""
    sign_out(request, parts, asker.actor)
    answer = Json({"signed_out": True})
    take_cookie(answer, parts)
    return answer


@router.get("/me", responses=answers(Me))
def me(request: Request, asker: Holder, parts: WithParts) -> Json:
    """Who I am, and how long still."""
    actor, session = asker.actor, asker.session
    secret = request.cookies.get(COOKIE, "")
    by_cookie = not bearer(request)
    return Json(
        Me(
            org=actor.org,
            id=actor.id,
            name=actor.name,
            role=actor.role.value if actor.role else "",
            csrf=csrf_token(parts, secret) if by_cookie else "",
            scopes=list(actor.scopes),
            locked=asker.locked,
            seconds_left=None if session is None else seconds_left(parts, session),
        )
    )
