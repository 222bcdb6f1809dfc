"""The page behind a contact's link: one sentence and two buttons, on a phone, at night.

Looking changes nothing, because mail scanners follow links; only the button's POST answers.
A responder's page also says how to get there and in. It speaks the contact's language, or
the one they choose.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, Field

from responder.api.parts import Parts, WithParts
from responder.api.signed_in import require_own_page
from responder.channels.allowed_hosts import AllowedHosts
from responder.channels.push_key import public_key, vapid_key
from responder.outgoing.languages import NAMES
from responder.seeing.views import LinkView
from responder.web.maps import map_link
from responder.web.problem_page import problem_page
from responder.web.rendering import page
from telecare.errors import ChannelRefused, InvalidInput, NotFound
from telecare.register.browsers import Browser

router = APIRouter()
Answer = Literal["going", "cannot", "arrived"]


@router.get("/l/{token}")
def link(request: Request, token: str, parts: WithParts, lang: str | None = None) -> Response:
    """What is asked of the holder of this link."""
    try:
        found = parts.desk.link(token)
    except NotFound as gone:
        return problem_page(request, 404, "", str(gone))
    return _shown(request, parts, token, found, lang)


@router.post("/l/{token}")
def answer(
    request: Request,
    token: str,
    parts: WithParts,
    answer: Annotated[Answer, Form()],
    lang: str | None = None,
) -> Response:
    """The holder's answer; then the page again, so that loading it anew sends nothing twice."""
    require_own_page(request, parts)
    parts.desk.link_answer(token, answer)
    chosen = f"?lang={lang}" if lang in NAMES else ""
    return RedirectResponse(f"/l/{token}{chosen}", 303)


@router.post("/l/{token}/keysafe")
def keysafe(request: Request, token: str, parts: WithParts, lang: str | None = None) -> Response:
    """The keysafe's code, once, for a responder on the spot; nothing keeps the page."""
    require_own_page(request, parts)
    code = parts.desk.link_keysafe(token)
    return _shown(request, parts, token, parts.desk.link(token), lang, code=code)


class Asked(BaseModel):
    """A subscription as a browser writes it down."""

    endpoint: str = Field(max_length=2000)
    keys: dict[str, Annotated[str, Field(max_length=200)]]


@router.post("/l/{token}/browser")
def browser(request: Request, token: str, parts: WithParts, asked: Asked) -> Response:
    """From now on this browser of the holder is told by push message."""
    require_own_page(request, parts)
    org, contact = parts.desk.link_holder(token)
    try:
        AllowedHosts(parts.settings.push_hosts).require(asked.endpoint)
    except ChannelRefused as refusal:
        raise InvalidInput(str(refusal)) from None
    try:
        kept = Browser(asked.endpoint, asked.keys["p256dh"], asked.keys["auth"])
    except KeyError:
        raise InvalidInput("A subscription needs its keys p256dh and auth.") from None
    parts.register.browsers.add(org, contact, kept)
    return Response(status_code=204)


def _shown(
    request: Request, parts: Parts, token: str, found: LinkView, lang: str | None, **more: Any
) -> Response:
    language = lang if lang in NAMES else found.language
    push = ""
    if parts.settings.push_subject and not found.over:
        push = public_key(vapid_key(parts.settings.data_dir))
    chosen = f"?lang={lang}" if lang in NAMES else ""
    org, _contact = parts.desk.link_holder(token)
    shown = {
        "link": found, "push_key": push, "code": None,
        "centre": parts.register.organisations.organisation(org),
        "map": map_link(request, found.job.home_label) if found.job else "",
        "here": f"/l/{token}{chosen}", "here_keysafe": f"/l/{token}/keysafe{chosen}", **more,
    }  # fmt: skip
    return page(request, "link.html", shown, language=language)
