"""The pages of coming and going: password and code, an identity provider, a second factor."""

from __future__ import annotations

from typing import Annotated, Any

import segno
from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from markupsafe import Markup

from responder.api.parts import Parts, WithParts
from responder.api.problems import NotSignedIn, TooManyTries, status_of
from responder.api.second_factor import confirmed, self_of
from responder.api.session import let_in, sign_in, sign_out
from responder.api.signed_in import Holder, SignedIn, give_cookie, keep_browser, take_cookie
from responder.channels.identity_provider import ASKED_SECONDS, Asked, IdentityProvider
from responder.web.rendering import page
from telecare.errors import (
    ChannelRefused,
    ChannelUnavailable,
    Conflict,
    InvalidInput,
    NotFound,
    TelecareError,
)
from telecare.register.secrets import opened
from telecare.tenancy import Actor

router = APIRouter()
ASKED = "telecare_asked"
"""The cookie that ties the provider's answer to the browser that asked."""
BACK = "/sign-in/elsewhere/back"


@router.get("/sign-in")
def sign_in_page(request: Request, parts: WithParts, next: str = "/") -> Response:  # noqa: A002 - the URL's word
    """The sign-in with its volume check."""
    return _sign_in(request, parts, next)


@router.post("/sign-in")
def signing_in(
    request: Request,
    parts: WithParts,
    username: Annotated[str, Form(max_length=200)],
    password: Annotated[str, Form(max_length=200)],
    code: Annotated[str, Form(max_length=20)] = "",
    next: Annotated[str, Form(max_length=500)] = "/",  # noqa: A002 - the form's word
) -> Response:
    """A new session, or the page again with a sentence."""
    try:
        person, secret = sign_in(request, parts, username, password, code)
    except (NotSignedIn, TooManyTries) as error:
        return _sign_in(request, parts, next, error, username=username)
    answer = RedirectResponse(inside(next), 303)
    give_cookie(answer, parts, secret)
    keep_browser(request, answer, parts, person)
    return answer


@router.post("/sign-out")
def signing_out(request: Request, parts: WithParts, asker: Holder) -> Response:
    """The session ends here and on the server."""
    sign_out(request, parts, asker.actor)
    answer = RedirectResponse("/sign-in", 303)
    take_cookie(answer, parts)
    return answer


# by an identity provider


@router.get("/sign-in/elsewhere")
def elsewhere(request: Request, parts: WithParts, next: str = "/") -> Response:  # noqa: A002 - the URL's word
    """Off to the identity provider, with a cookie that only this browser brings back."""
    try:
        address, asked = _provider(parts).ask(inside(next))
    except ChannelUnavailable as error:
        return _sign_in(request, parts, next, error)
    answer = RedirectResponse(address, 303)
    # Lax: the browser comes back from another site, and must bring it then.
    answer.set_cookie(
        ASKED, parts.register.key.seal(asked.written()).decode(), max_age=ASKED_SECONDS,
        httponly=True, samesite="lax", secure=parts.secure, path="/sign-in",
    )  # fmt: skip
    return answer


@router.get(BACK)
def back(
    request: Request,
    parts: WithParts,
    code: Annotated[str, Query(max_length=2000)] = "",
    state: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """Whoever the provider says it is, if they are somebody of ours."""
    provider = _provider(parts)
    try:
        asked = Asked.read(opened(parts.register.key, request.cookies.get(ASKED, "")))
        subject = provider.subject(asked, code, state)
    except (ChannelUnavailable, ChannelRefused) as error:
        return _sign_in(request, parts, "/", error)
    person = parts.register.identities.person(provider.issuer, subject)
    if person is None:
        unknown = NotSignedIn("Nobody here is linked to this account; ask your supervisor.")
        return _sign_in(request, parts, asked.next, unknown)
    secret = let_in(request, parts, person, proved=True)
    # A page of ours leads on: after another site's redirect the browser holds our cookie back.
    answer = page(request, "onward.html", {"onward": inside(asked.next)})
    give_cookie(answer, parts, secret)
    answer.delete_cookie(ASKED, httponly=True, samesite="lax", secure=parts.secure, path="/sign-in")
    return answer


# a second factor


@router.get("/second-factor")
def second_factor(request: Request, actor: SignedIn, parts: WithParts) -> Response:
    """Whether one is in force, and a button to set one up."""
    return second_factor_page(request, parts, actor)


@router.post("/second-factor")
def begin(request: Request, actor: SignedIn, parts: WithParts) -> Response:
    """A key to scan."""
    try:
        parts.register.second_factors.enrol(self_of(parts, actor))
    except Conflict as refused:
        return second_factor_page(request, parts, actor, refused)
    return second_factor_page(request, parts, actor, scan=True)


@router.post("/second-factor/confirm")
def confirm(
    request: Request,
    actor: SignedIn,
    parts: WithParts,
    code: Annotated[str, Form(max_length=20)],
) -> Response:
    """The first code puts it in force; the recovery codes are shown once."""
    try:
        codes = confirmed(request, parts, actor, code)
    except (InvalidInput, NotFound, Conflict, TooManyTries) as refused:
        return second_factor_page(request, parts, actor, refused, scan=True)
    return second_factor_page(request, parts, actor, codes=codes)


def second_factor_page(
    request: Request,
    parts: Parts,
    actor: Actor,
    refused: Exception | None = None,
    *,
    scan: bool = False,
    codes: list[str] | None = None,
    done: str = "",
) -> Response:
    """One's account: the second factor, and the PIN that unlocks a desk."""
    person, factors = self_of(parts, actor), parts.register.second_factors
    address = factors.pending(person) if scan else None
    drawn = segno.make(address).svg_inline(scale=5, light="#ffffff") if address else ""
    shown: dict[str, Any] = {
        "refusal": str(refused) if refused else "",
        "since": factors.since(person.org, person.person),
        "picture": Markup(drawn),  # noqa: S704 - drawn by segno, no text of anybody's
        "key": address.partition("secret=")[2].partition("&")[0] if address else "",
        "codes": codes or [],
        "done": done,
        "must": actor.role is None and not codes,
    }
    status = status_of(refused)[0] if isinstance(refused, TelecareError) else 200
    return page(request, "second_factor.html", shown, actor=actor, status=status)


def _sign_in(
    request: Request,
    parts: Parts,
    next: str,  # noqa: A002 - the URL's word
    error: TelecareError | None = None,
    *,
    username: str = "",
) -> Response:
    shown = {
        "refusal": str(error) if error else "",
        "username": username,
        "next": inside(next),
        "elsewhere": parts.settings.oidc_name if parts.settings.oidc_issuer else "",
    }
    status = 200
    if error is not None:
        status = 503 if isinstance(error, ChannelUnavailable) else status_of(error)[0]
        status = 401 if isinstance(error, ChannelRefused) else status
    return page(request, "signin.html", shown, status=status)


def _provider(parts: Parts) -> IdentityProvider:
    """Raises `NotFound` when none is configured."""
    if parts.settings.oidc_issuer is None:
        raise NotFound("No identity provider is set up here; sign in with your password.")
    return IdentityProvider(parts.settings, f"{parts.settings.public_url}{BACK}", parts.machine)


def inside(address: str) -> str:
    """`address` if it stays on this site, else the start."""
    inside = address.startswith("/") and not address.startswith(("//", "/\\"))
    return address if inside and address.isprintable() else "/"
