"""Who is asking, and may they? The one place where a request gets its actor.

A cookie session or a bearer token, nothing else. Whoever uses a cookie must also prove, for
anything but looking, that the request was made by our own page.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request, Response

from responder.api.parts import Parts, WithParts
from responder.api.problems import NotSignedIn
from responder.tunings import TUNERS
from telecare.errors import Forbidden
from telecare.tenancy import Actor
from telecare.vocabulary import Role

COOKIE = "telecare_session"
CSRF_HEADER = "X-CSRF-Token"
_LOOKING = frozenset({"GET", "HEAD", "OPTIONS"})

ON_THE_DESK = (Role.OPERATOR, Role.SUPERVISOR)
"""Roles that work alerts and see residents."""
WITH_EQUIPMENT = (*ON_THE_DESK, Role.TEC)
"""Roles that work alerts; the desk shows the TEC team equipment only, and nobody's name."""
ON_FIGURES = (Role.SUPERVISOR, Role.TEC, Role.MANAGER)
"""Roles that read how right the detectors are; figures hold no resident's data."""
ON_THE_RECORD = (Role.AUDITOR, Role.SUPERVISOR)
"""Roles that read the record."""


def csrf_token(parts: Parts, secret: str) -> str:
    """What our own pages send along with an act; bound to the session, kept nowhere."""
    return parts.register.key.digest(f"csrf {secret}").hex()


async def sent_csrf(request: Request) -> str:
    """The token our desk sends as a header, and our plain forms as a field."""
    kind = request.headers.get("content-type", "")
    if kind.startswith("application/x-www-form-urlencoded"):
        return str((await request.form()).get("csrf", ""))
    return request.headers.get(CSRF_HEADER, "")


def actor_of(request: Request, parts: WithParts, sent: Annotated[str, Depends(sent_csrf)]) -> Actor:
    """The actor of this request. Raises `NotSignedIn`, or `Forbidden` for a foreign page's act."""
    kind, _, secret = request.headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer" and secret:
        actor = parts.register.people.token_actor(secret.strip())
        if actor is None:
            raise NotSignedIn("This API token is not valid; `telecare token create` issues one.")
        return actor
    secret = request.cookies.get(COOKIE, "")
    person = parts.register.people.session(secret) if secret else None
    if person is None:
        raise NotSignedIn
    if request.method not in _LOOKING:
        require_own_page(request, parts)
        if not parts.register.key.matches(f"csrf {secret}", _bytes(sent)):
            raise Forbidden("This act did not come from a page of ours; load the page again.")
    return person.actor()


def require_own_page(request: Request, parts: Parts) -> None:
    """Raises `Forbidden` if a browser says that another site's page made this request."""
    origin = request.headers.get("origin")
    ours = {request.headers.get("host", ""), urlsplit(parts.settings.public_url).netloc}
    if origin is not None and urlsplit(origin).netloc not in ours:
        raise Forbidden("This request came from another site's page, so nothing was done.")
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise Forbidden("This request came from another site's page, so nothing was done.")


def may(*roles: Role) -> Callable[..., Actor]:
    """A dependency: the actor, if they have one of `roles`; `Forbidden` otherwise."""

    def allowed(actor: Annotated[Actor, Depends(actor_of)]) -> Actor:
        actor.require(*roles)
        return actor

    return allowed


SignedIn = Annotated[Actor, Depends(actor_of)]
Operator = Annotated[Actor, Depends(may(*ON_THE_DESK))]
AlertWorker = Annotated[Actor, Depends(may(*WITH_EQUIPMENT))]
FigureReader = Annotated[Actor, Depends(may(*ON_FIGURES))]
Tuner = Annotated[Actor, Depends(may(*TUNERS))]
RecordReader = Annotated[Actor, Depends(may(*ON_THE_RECORD))]


def give_cookie(response: Response, parts: Parts, secret: str) -> None:
    """A session of the browser: unreadable for scripts, never sent from another site."""
    response.set_cookie(
        COOKIE, secret, httponly=True, samesite="strict", secure=parts.secure, path="/"
    )


def take_cookie(response: Response, parts: Parts) -> None:
    """Forget the session in the browser."""
    response.delete_cookie(COOKIE, httponly=True, samesite="strict", secure=parts.secure, path="/")


def _bytes(hexadecimal: str) -> bytes:
    try:
        return bytes.fromhex(hexadecimal)
    except ValueError:
        return b""
