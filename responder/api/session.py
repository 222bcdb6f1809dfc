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
    SignedIn,
    csrf_token,
    give_cookie,
    require_own_page,
    take_cookie,
)
from telecare.errors import TelecareError
from telecare.observe import log
from telecare.register.people import Person
from telecare.tenancy import Actor

router = APIRouter(tags=["session"])


class SignInBody(BaseModel):
    """A person's account."""

    username: Annotated[str, Field(min_length=1, max_length=200)]
    password: Annotated[str, Field(min_length=1, max_length=200)]


class Me(msgspec.Struct, frozen=True, kw_only=True):
    """Who is signed in, and what their page sends along with an act."""

    org: str
    id: str
    name: str
    role: str
    csrf: str = ""
    """To be sent as the header X-CSRF-Token with every act of a cookie session; empty for
    bearer tokens, which need none."""


def sign_in(request: Request, parts: Parts, username: str, password: str) -> tuple[Person, str]:
    """The person and a fresh session; the old one of this browser ends.

    Raises `NotSignedIn` for a wrong pair and `TooManyTries` after too many of them.
    """
    require_own_page(request, parts)
    address = request.client.host if request.client else ""
    parts.limit.check(address, username)
    found = parts.register.people.sign_in(username, password)
    if found is None:
        parts.limit.failed(address, username)
        log("responder.api").info("sign_in_refused")
        raise NotSignedIn("This username and password do not belong together; try again.")
    parts.limit.succeeded(address, username)
    try:
        parts.desk.signed(found[0].actor())
    except TelecareError:
        # Nobody is let in whose coming is not on record.
        parts.register.people.sign_out(found[1])
        raise
    if before := request.cookies.get(COOKIE):
        parts.register.people.sign_out(before)
    log("responder.api").info("signed_in", org=found[0].org, person=found[0].person)
    return found


def sign_out(request: Request, parts: Parts, actor: Actor) -> None:
    """End this browser's session, on record; an API token has none to end."""
    secret = request.cookies.get(COOKIE, "")
    if secret:
        parts.register.people.sign_out(secret)
        parts.desk.signed(actor, out=True)


@router.post("/session", responses=answers(Me, 422, 429))
def begin(request: Request, body: SignInBody, parts: WithParts) -> Json:
    """Sign in; the answer sets the session's cookie."""
    person, secret = sign_in(request, parts, body.username, body.password)
    actor = person.actor()
    answer = Json(
        Me(
            org=actor.org,
            id=actor.id,
            name=actor.name,
            role=person.role.value,
            csrf=csrf_token(parts, secret),
        )
    )
    give_cookie(answer, parts, secret)
    return answer


@router.delete("/session", responses=answers(dict[str, bool]))
def end(request: Request, actor: SignedIn, parts: WithParts) -> Json:
    """Sign out: the session ends on the server too."""
    sign_out(request, parts, actor)
    answer = Json({"signed_out": True})
    take_cookie(answer, parts)
    return answer


@router.get("/me", responses=answers(Me))
def me(request: Request, actor: SignedIn, parts: WithParts) -> Json:
    """Who I am."""
    secret = request.cookies.get(COOKIE, "")
    by_cookie = "authorization" not in request.headers
    return Json(
        Me(
            org=actor.org,
            id=actor.id,
            name=actor.name,
            role=actor.role.value if actor.role else "",
            csrf=csrf_token(parts, secret) if by_cookie else "",
        )
    )
