"""The page behind a contact's link: one sentence and two buttons, on a phone, at night.

Looking changes nothing, because mail scanners follow links; only the button's POST answers.
"""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from responder.api.parts import WithParts
from responder.api.signed_in import require_own_page
from responder.web.rendering import page
from telecare.errors import NotFound

router = APIRouter()


@router.get("/l/{token}")
def link(request: Request, token: str, parts: WithParts) -> Response:
    """What is asked of the holder of this link."""
    try:
        return page(request, "link.html", {"link": parts.desk.link(token)})
    except NotFound:
        shown = {
            "title": "This link is not valid any more",
            "sentence": "It was used up or is too old. If you are worried, ring us.",
            "back": None,
        }
        return page(request, "problem.html", shown, status=404)


@router.post("/l/{token}")
def answer(
    request: Request,
    token: str,
    parts: WithParts,
    answer: Annotated[Literal["going", "cannot"], Form()],
) -> Response:
    """The holder's answer; then the page again, so that loading it anew sends nothing twice."""
    require_own_page(request, parts)
    parts.desk.link_answer(token, answer)
    return RedirectResponse(f"/l/{token}", 303)
