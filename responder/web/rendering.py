"""Templates to HTML: everything is escaped, and a name that is missing is an error."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from responder.api.parts import Parts, parts_of
from responder.api.signed_in import (
    COOKIE,
    LISTENING,
    ON_FIGURES,
    ON_THE_DESK,
    ON_THE_RECORD,
    WITH_DEVICES,
    Asker,
    csrf_token,
    seconds_left,
)
from responder.life import waiting
from responder.outgoing.languages import DEFAULT, NAMES, known, translations
from responder.web import wording
from telecare.register.reach import calling
from telecare.tenancy import Actor
from telecare.vocabulary import Role

STATIC = Path(__file__).parent / "static"


def static(name: str) -> str:
    """Where a file of ours is, by its content: a browser that has it asks for it no more."""
    return f"/static/{name}?{sha256((STATIC / name).read_bytes()).hexdigest()[:12]}"


@lru_cache
def _environment(language: str) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        extensions=["jinja2.ext.i18n"],
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        words=wording.words,
        room_words=wording.room_words,
        outcome_words=wording.outcome_words,
        clock_time=wording.clock_time,
        civil_day=wording.civil_day,
        when=wording.when,
        day_and_time=wording.day_and_time,
        to_the_second=wording.to_the_second,
        answered_in=wording.answered_in,
        reading_words=wording.reading_words,
        month=wording.month,
        short_id=wording.short_id,
        detail=wording.detail,
        duration=waiting.words,
        calling=calling,
    )
    environment.globals["static"] = static
    said = translations(language)
    environment.install_gettext_callables(  # type: ignore[attr-defined]
        said.gettext, said.ngettext, newstyle=True
    )
    return environment


def page(
    request: Request,
    template: str,
    shown: Mapping[str, Any],
    *,
    actor: Actor | None = None,
    status: int = 200,
    language: str = DEFAULT,
) -> HTMLResponse:
    """`template` with the clock's band, and with the bar of `actor` if somebody is signed in."""
    language = known(language)
    parts = parts_of(request)
    secret = request.cookies.get(COOKIE, "")
    frame: dict[str, Any] = {
        "clock": parts.clock,
        "language": language,
        "others": {code: name for code, name in NAMES.items() if code != language},
        "simulated_people": parts.settings.simulated_people,
        "csrf": csrf_token(parts, secret) if actor and secret else "",
        "session_left": _session_left(request, parts),
        "at": request.url.path + (f"?{request.url.query}" if request.url.query else ""),
        "centre": None,
    }
    if actor is not None:
        frame |= {"me": actor, "pages": _pages(actor), "here": ""}
    html = _environment(language).get_template(template).render(frame | dict(shown))
    return HTMLResponse(html, status)


def _session_left(request: Request, parts: Parts) -> float | None:
    """Real seconds until the session that asks is over; None without one."""
    asker: Asker | None = getattr(request.state, "asker", None)
    if asker is None or asker.session is None:
        return None
    return seconds_left(parts, asker.session)


def _pages(actor: Actor) -> list[dict[str, str]]:
    """The pages this role may open."""
    found = []
    if actor.role in ON_THE_DESK:
        found += [
            ("Desk", "/desk"),
            ("Calls", "/calls"),
            ("Homes", "/homes"),
            ("History", "/history"),
        ]
        found += [("Windows", "/windows"), ("Plans", "/plans"), ("Rotas", "/rotas")]
    if actor.role in WITH_DEVICES:
        found.append(("Devices", "/devices"))
    if actor.role in ON_FIGURES:
        found += [("Reports", "/reports"), ("Judgement", "/judgement")]
    if actor.role in LISTENING:
        found.append(("Quality", "/quality"))
    if actor.role in ON_THE_RECORD:
        found.append(("Record", "/record"))
    own = {Role.RESPONDER: ("My jobs", "/jobs"), Role.FAMILY: ("Family", "/family"),
           Role.INTEGRATION: ("Interface", "/interface")}  # fmt: skip
    if actor.role in own:
        found.append(own[actor.role])
    return [{"name": name, "address": address} for name, address in found]
