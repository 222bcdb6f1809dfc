"""Templates to HTML: everything is escaped, and a name that is missing is an error."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from responder.api.parts import parts_of
from responder.api.signed_in import COOKIE, ON_FIGURES, ON_THE_DESK, ON_THE_RECORD, csrf_token
from responder.web import wording
from telecare.tenancy import Actor


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        words=wording.words,
        outcome_words=wording.outcome_words,
        clock_time=wording.clock_time,
        day_and_time=wording.day_and_time,
        answered_in=wording.answered_in,
        reading_words=wording.reading_words,
    )
    return environment


_ENVIRONMENT = _environment()


def page(
    request: Request,
    template: str,
    shown: Mapping[str, Any],
    *,
    actor: Actor | None = None,
    status: int = 200,
) -> HTMLResponse:
    """`template` with the clock's band, and with the bar of `actor` if somebody is signed in."""
    parts = parts_of(request)
    secret = request.cookies.get(COOKIE, "")
    frame: dict[str, Any] = {
        "clock": parts.clock,
        "csrf": csrf_token(parts, secret) if actor and secret else "",
    }
    if actor is not None:
        frame |= {"me": actor, "pages": _pages(actor), "here": ""}
    html = _ENVIRONMENT.get_template(template).render(frame | dict(shown))
    return HTMLResponse(html, status)


def _pages(actor: Actor) -> list[dict[str, str]]:
    """The pages this role may open."""
    found = []
    if actor.role in ON_THE_DESK:
        found += [("Desk", "/desk"), ("Homes", "/homes"), ("History", "/history")]
    if actor.role in ON_FIGURES:
        found.append(("Judgement", "/judgement"))
    if actor.role in ON_THE_RECORD:
        found.append(("Record", "/record"))
    return [{"name": name, "address": address} for name, address in found]
