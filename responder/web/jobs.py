"""The responder's job on a telephone: offer, way, door, code, safety, end.

Looking changes nothing; every button is a form that works without a script. With one, what is
pressed where there is no signal waits in the telephone and is sent in its order. The page speaks
the language its reader chooses.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from responder.acting.jobs import LINE_LENGTH, JobAct, Said
from responder.api.parts import Parts, WithParts, parts_of
from responder.api.problems import wants_page
from responder.api.signed_in import require_own_page
from responder.callout.dispatch import DRIVING, THERE
from responder.outgoing.languages import NAMES, translations
from responder.seeing.views import JobView
from responder.web.maps import map_link
from responder.web.own_words import ending_words, refusal_words
from responder.web.problem_page import problem_page
from responder.web.rendering import page
from telecare.errors import Conflict, Forbidden, InvalidInput, NotFound, TelecareError
from telecare.tenancy import Actor
from telecare.vocabulary import Outcome

router = APIRouter()


def said_in_form(
    act: Annotated[JobAct, Form()],
    at: Annotated[str, Form(max_length=40)] = "",
    code: Annotated[str, Form(max_length=20)] = "",
    outcome: Annotated[Outcome | None, Form()] = None,
    text: Annotated[str, Form(max_length=LINE_LENGTH)] = "",
) -> Said:
    """What the buttons of a job's page send. `at` is when one was pressed, where it had to wait
    for a signal.
    """
    return Said(act=act, at=_moment(at), code=code, outcome=outcome, text=text)


def _moment(said: str) -> datetime | None:
    """A time as a browser says it; None when it is none."""
    try:
        found = datetime.fromisoformat(said)
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else None


SaidInForm = Annotated[Said, Depends(said_in_form)]
Language = Annotated[str, Query(max_length=10)]
"""The one its reader chose; empty or unknown: English."""


def chosen(lang: str) -> str:
    """What an address says of the language that was chosen."""
    return f"?lang={lang}" if lang in NAMES else ""


def told(refusal: TelecareError, lang: str) -> TelecareError:
    """The refusal in the language of the page that asked."""
    return type(refusal)(refusal_words(translations(lang).gettext, str(refusal)))


def done(request: Request, here: str) -> Response:
    """Yes: then the page again, so that loading it anew sends nothing twice; to its script an
    answer that no network on the way gives for us.
    """
    return RedirectResponse(here, 303) if wants_page(request) else Response(status_code=204)


@router.get("/j/{token}")
def job(request: Request, token: str, parts: WithParts, lang: Language = "") -> Response:
    """The job as it stands."""
    return _shown(request, parts, token, lang)


@router.post("/j/{token}")
def act(
    request: Request, token: str, parts: WithParts, said: SaidInForm, lang: Language = ""
) -> Response:
    """What the responder presses."""
    require_own_page(request, parts)
    try:
        parts.desk.job_act(token, said)
    except (Conflict, InvalidInput, Forbidden) as refusal:
        if not wants_page(request):
            raise told(refusal, lang) from None
        return _shown(request, parts, token, lang, refusal=refusal)
    return done(request, f"/j/{token}{chosen(lang)}")


@router.post("/j/{token}/keysafe")
def keysafe(request: Request, token: str, parts: WithParts, lang: Language = "") -> Response:
    """The keysafe's code, once, for the responder on the spot; nothing keeps the page."""
    require_own_page(request, parts)
    try:
        code = parts.desk.link_keysafe(token)
    except Forbidden as refusal:
        return _shown(request, parts, token, lang, refusal=refusal, status=403)
    return _shown(request, parts, token, lang, revealed=code)


def _shown(
    request: Request, parts: Parts, token: str, lang: str, *, status: int = 200, **more: Any
) -> Response:
    try:
        found = parts.desk.job(token)
    except NotFound as gone:
        return problem_page(request, 404, "", str(gone))
    org, _contact = parts.desk.link_holder(token)
    return job_page(request, found, org, f"/j/{token}", lang, status=status, **more)


def job_page(
    request: Request,
    found: JobView,
    org: str,
    here: str,
    lang: str,
    *,
    actor: Actor | None = None,
    status: int = 200,
    refusal: TelecareError | None = None,
    **more: Any,
) -> Response:
    """The job with its buttons, which post to `here`; with the bar of whoever is signed in."""
    language = lang if lang in NAMES else found.language
    say = translations(language).gettext
    shown = {
        "job": found, "here": "My jobs" if actor else "", "own": here,
        "centre": parts_of(request).register.organisations.organisation(org),
        "zone": ZoneInfo(found.time_zone), "map": map_link(request, found.home_label, found.place),
        "driving": found.mine and found.state in DRIVING,
        "there": found.mine and found.state in THERE,
        "endings": ending_words(say).items(),
        "refusal": refusal_words(say, str(refusal)) if refusal else "",
        "revealed": None, "lang": chosen(lang), **more,
    }  # fmt: skip
    return page(request, "job.html", shown, actor=actor, status=status, language=language)
