"""What stands first for responders, families and programs: their jobs, their homes, the interface.

Phone-sized, plain forms; looking changes nothing but the record.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from responder.api.parts import Parts, WithParts
from responder.api.problems import wants_page
from responder.api.signed_in import Relative, SignedIn, Worker
from responder.outgoing.languages import DEFAULT, NAMES
from responder.web.interface import routes_of
from responder.web.jobs import Language, SaidInForm, chosen, done, job_page, told
from responder.web.rendering import page
from telecare.errors import Conflict, Forbidden, InvalidInput, NotFound
from telecare.tenancy import Actor

router = APIRouter()


@router.get("/jobs")
def jobs(request: Request, actor: Worker, parts: WithParts, lang: Language = "") -> Response:
    """The job they have now; without one, whether it is their turn."""
    member = parts.register.accounts.member(actor.org, actor.id)
    language = lang if lang in NAMES else DEFAULT
    centre = parts.register.organisations.organisation(actor.org)
    shown: dict[str, Any] = {
        "here": "My jobs", "duty": None, "centre": centre, "lang": chosen(lang),
    }  # fmt: skip
    if member is None:
        return page(request, "jobs.html", shown, actor=actor, language=language)
    mine = [each for each in parts.register.teams.members(actor.org) if each.member == member]
    duty = parts.desk.duty(actor, member, mine[0].team if mine else "")
    if duty.job is not None:
        return RedirectResponse(f"/jobs/{duty.job}{chosen(lang)}", 303)
    return page(request, "jobs.html", shown | {"duty": duty}, actor=actor, language=language)


@router.get("/jobs/{alert}")
def job(
    request: Request, alert: str, actor: Worker, parts: WithParts, lang: Language = ""
) -> Response:
    """One job of theirs. This look goes on record, once for a page that looks again by itself."""
    with parts.looks.looking(actor, alert) as again:
        found = parts.desk.my_job(actor, _member(parts, actor), alert, again=again)
    return job_page(request, found, actor.org, f"/jobs/{alert}", lang, actor=actor)


@router.post("/jobs/{alert}")
def act(
    request: Request, alert: str, actor: Worker, parts: WithParts, said: SaidInForm,
    lang: Language = "",
) -> Response:  # fmt: skip
    """What they press."""
    member = _member(parts, actor)
    try:
        parts.desk.my_job_act(actor, member, alert, said)
    except (Conflict, InvalidInput, Forbidden) as refusal:
        if not wants_page(request):
            raise told(refusal, lang) from None
        found = parts.desk.my_job(actor, member, alert)
        return job_page(
            request, found, actor.org, f"/jobs/{alert}", lang, actor=actor, refusal=refusal
        )
    return done(request, f"/jobs/{alert}{chosen(lang)}")


@router.post("/jobs/{alert}/keysafe")
def keysafe(
    request: Request, alert: str, actor: Worker, parts: WithParts, lang: Language = ""
) -> Response:
    """The keysafe's code, once, on the spot and on record; nothing keeps the page."""
    member = _member(parts, actor)
    code = parts.desk.my_keysafe(actor, member, alert)
    found = parts.desk.my_job(actor, member, alert)
    return job_page(request, found, actor.org, f"/jobs/{alert}", lang, actor=actor, revealed=code)


@router.get("/family")
def family(
    request: Request,
    actor: Relative,
    parts: WithParts,
    lang: Language = "",
) -> Response:
    """The homes they are tied to, in the language they are written to or the one they ask for.
    This look goes on record.
    """
    contacts = parts.register.accounts.contacts(actor.org, actor.id)
    zones = parts.register.homes
    homes = parts.desk.my_homes(actor, contacts, lang if lang in NAMES else None)
    written = homes[0].language if homes else DEFAULT
    language = lang if lang in NAMES else written
    shown = {
        "here": "Family", "lang": chosen(lang),
        "centre": parts.register.organisations.organisation(actor.org),
        "homes": [
            {"home": each, "zone": ZoneInfo(zones.home(actor.org, each.home).time_zone)}
            for each in homes
        ],
    }  # fmt: skip
    return page(request, "family.html", shown, actor=actor, language=language)


@router.post("/family/{alert}")
def answer(
    alert: str,
    actor: Relative,
    parts: WithParts,
    answer: Annotated[Literal["going", "cannot", "arrived"], Form()],
    lang: Language = "",
) -> Response:
    """I am going, or I cannot; then the page again."""
    contacts = parts.register.accounts.contacts(actor.org, actor.id)
    parts.desk.my_answer(actor, contacts, alert, answer)
    return RedirectResponse(f"/family{chosen(lang)}", 303)


@router.get("/interface")
def interface(request: Request, actor: SignedIn) -> Response:
    """What programs may ask, in words; for whoever writes one."""
    shown = {"here": "Interface", "groups": routes_of(request.app)}
    return page(request, "interface.html", shown, actor=actor)


def _member(parts: Parts, actor: Actor) -> str:
    found = parts.register.accounts.member(actor.org, actor.id)
    if found is None:
        raise NotFound("You have no jobs: nobody has said which member of a team you are.")
    return found
