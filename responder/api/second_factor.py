"""Setting up one's own second factor over JSON."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from responder.api.parts import Parts, WithParts
from responder.api.schemas import Json, answers
from responder.api.signed_in import COOKIE, SignedIn
from telecare.errors import InvalidInput, NotFound
from telecare.register.people import Person
from telecare.tenancy import Actor

router = APIRouter(prefix="/me/second-factor", tags=["session"])


class Authenticator(msgspec.Struct, frozen=True):
    """What an authenticator scans."""

    address: str
    """`otpauth://totp/...`; it counts once its first code has been confirmed."""


class RecoveryCodes(msgspec.Struct, frozen=True):
    """Each stands in for the authenticator once; shown now and never again."""

    recovery_codes: list[str]


class CodeBody(BaseModel):
    """Six digits of now."""

    model_config = ConfigDict(extra="forbid")

    code: Annotated[str, Field(min_length=6, max_length=20)]


def self_of(parts: Parts, actor: Actor) -> Person:
    """The person who acts. Raises `NotFound` for an API token, which has no authenticator."""
    try:
        return parts.register.people.person(actor.org, actor.id)
    except NotFound:
        raise NotFound("Only a person has a second factor, not an API token.") from None


def confirmed(request: Request, parts: Parts, actor: Actor, code: str) -> list[str]:
    """Put the enrolled authenticator in force, on record; this session is proved by it."""
    parts.limit.check(_own(actor), actor.id)
    try:
        codes = parts.register.second_factors.confirm(actor.org, actor.id, code)
    except InvalidInput:
        parts.limit.failed(_own(actor), actor.id)
        raise
    parts.desk.second_factor_set(actor)
    parts.register.sessions.prove(request.cookies.get(COOKIE, ""))
    return codes


@router.post("", responses=answers(Authenticator, 404, 409))
def enrol(actor: SignedIn, parts: WithParts) -> Json:
    """A fresh key for an authenticator; one that was not confirmed is replaced."""
    return Json(Authenticator(parts.register.second_factors.enrol(self_of(parts, actor))))


@router.post("/confirm", responses=answers(RecoveryCodes, 404, 409, 422, 429))
def confirm(request: Request, body: CodeBody, actor: SignedIn, parts: WithParts) -> Json:
    """Its first code puts it in force."""
    self_of(parts, actor)
    return Json(RecoveryCodes(confirmed(request, parts, actor, body.code)))


def _own(actor: Actor) -> str:
    return f"second factor of {actor.org} {actor.id}"
