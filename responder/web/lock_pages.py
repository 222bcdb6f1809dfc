"""The page in front of a locked session, for every role; the desk has its own window for it.

It speaks the language its reader chooses, or that of the page behind it.
"""

from __future__ import annotations

from typing import Annotated
from urllib.parse import parse_qs, urlsplit

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from responder.api.locking import change_password, choose_pin, lock, unlock
from responder.api.parts import WithParts
from responder.api.problems import TooManyTries, status_of
from responder.api.signed_in import ON_THE_DESK, Asker, Holder, SignedIn, give_cookie
from responder.outgoing.languages import NAMES, known, translations
from responder.web.jobs import Language, chosen
from responder.web.own_words import refusal_words
from responder.web.rendering import page
from responder.web.sign_in_pages import inside, second_factor_page
from telecare.errors import Forbidden, InvalidInput, TelecareError

router = APIRouter()


@router.get("/locked")
def locked(
    request: Request,
    asker: Holder,
    next: str = "/",  # noqa: A002 - the URL's word
    lang: Language = "",
) -> Response:
    """Asks who is there; leads on where nothing is locked."""
    if not asker.locked:
        return RedirectResponse(inside(next), 303)
    return _locked(request, asker, next, lang)


@router.post("/lock")
def locking(
    request: Request,
    asker: Holder,
    parts: WithParts,
    next: Annotated[str, Form(max_length=4000)] = "/",  # noqa: A002 - the form's word
) -> Response:
    """Show nothing from now on."""
    lock(request, parts, asker)
    return _locked(request, asker, next, "")


@router.post("/locked")
def unlocking(
    request: Request,
    asker: Holder,
    parts: WithParts,
    word: Annotated[str, Form(max_length=200)] = "",
    code: Annotated[str, Form(max_length=20)] = "",
    next: Annotated[str, Form(max_length=4000)] = "/",  # noqa: A002 - the form's word
    lang: Language = "",
) -> Response:
    """On to where they were, or the page again with a sentence."""
    try:
        secret = unlock(request, parts, asker, word, code)
    except (Forbidden, TooManyTries) as refused:
        return _locked(request, asker, next, lang, refused)
    answer = RedirectResponse(inside(next), 303)
    give_cookie(answer, parts, secret)
    return answer


@router.post("/second-factor/pin")
def choosing(
    request: Request,
    actor: SignedIn,
    parts: WithParts,
    pin: Annotated[str, Form(max_length=200)] = "",
    password: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """A PIN for unlocking."""
    try:
        choose_pin(parts, actor, pin, password)
    except (Forbidden, InvalidInput, TooManyTries) as refused:
        return second_factor_page(request, parts, actor, refused)
    return second_factor_page(request, parts, actor, done="Your PIN unlocks from now on.")


@router.post("/second-factor/password")
def changing(
    request: Request,
    actor: SignedIn,
    parts: WithParts,
    password: Annotated[str, Form(max_length=200)] = "",
    new: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    """Another password."""
    try:
        change_password(request, parts, actor, password, new)
    except (Forbidden, InvalidInput, TooManyTries) as refused:
        return second_factor_page(request, parts, actor, refused)
    done = "Your password is changed, and your other sessions have ended."
    return second_factor_page(request, parts, actor, done=done)


def _locked(
    request: Request,
    asker: Asker,
    next: str,  # noqa: A002 - the URL's word
    lang: str,
    refused: TelecareError | None = None,
) -> Response:
    behind = parse_qs(urlsplit(next).query).get("lang", [""])[0]
    language = lang if lang in NAMES else known(behind)
    say = translations(language).gettext
    shown = {
        "refusal": refusal_words(say, str(refused)) if refused else "", "next": inside(next),
        "over": asker.session is not None and asker.session.over,
        "has_desk": asker.actor.role in ON_THE_DESK, "lang": chosen(lang),
    }  # fmt: skip
    status = status_of(refused)[0] if refused else 200
    return page(request, "locked.html", shown, actor=asker.actor, status=status, language=language)
