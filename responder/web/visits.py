"""The page behind a visit's link: when it is, and the way in when its time has come.

One link serves all who take part, so it speaks the language of their browser, or the one they
choose.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from fastapi.responses import Response

from responder.api.parts import Parts, WithParts
from responder.arranged.visits import VisitLinks
from responder.web.problem_page import problem_page, readers_language
from responder.web.rendering import page
from telecare.errors import NotFound

router = APIRouter()


@router.get("/v/{org}/{visit}/{sign}")
def visit(request: Request, org: str, visit: str, sign: str, parts: WithParts) -> Response:
    """A visit by video. Looking changes nothing."""
    try:
        found = parts.arrangements.expected.expectation(org, visit)
        links = links_of(parts)
        links.require(found, sign)
    except NotFound as gone:
        return problem_page(request, 404, "", str(gone))
    view = links.view(found, parts.clock.now())
    shown = {
        "visit": view, "zone": ZoneInfo(view.time_zone), "own": request.url.path,
        "centre": parts.register.organisations.organisation(org),
    }  # fmt: skip
    return page(request, "visit.html", shown, language=readers_language(request))


def links_of(parts: Parts) -> VisitLinks:
    """Links of this installation's visits."""
    settings = parts.settings
    return VisitLinks(parts.register.key, settings.public_url, settings.video_url)
