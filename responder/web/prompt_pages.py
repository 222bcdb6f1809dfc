"""What is expected of a home's day, who is rung about it by the platform, and by which number."""

from __future__ import annotations

from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from responder.api.parts import Parts, WithParts
from responder.api.signed_in import Operator
from responder.arranged.expectations import PROMPTED, What
from responder.arranged.prompting import CHANNEL
from responder.arranged.prompts import MOST_TRIES, Prompt
from responder.outgoing.languages import DEFAULT, NAMES
from responder.web.rendering import page
from responder.web.typed import REFUSED, Sent
from responder.whom.people import Channel
from telecare.errors import InvalidInput
from telecare.tenancy import Actor

router = APIRouter()
WORDS = {
    What.MEDICATION: "time for their tablets",
    What.IM_OK: "are they well?",
    What.NOT_UP: "up and about",
    What.CARER_VISIT: "the carer's visit",
    What.CALL: "a call by an operator",
    What.VISIT: "a visit by video",
    What.REVIEW: "the review of a package",
    What.PACKAGE_END: "the end of a package",
}
"""What is expected, as people say it."""
ARRANGED = (What.MEDICATION, What.IM_OK, What.CALL, What.NOT_UP, What.CARER_VISIT)
"""What the form offers; packages and visits are arranged elsewhere."""
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@router.get("/homes/{home}/day")
def day(request: Request, home: str, actor: Operator, parts: WithParts) -> Response:
    """What is expected here, and the telephones. Opening it is a recorded look."""
    return _shown(request, parts, actor, home)


@router.post("/homes/{home}/day")
def arranged(
    request: Request, home: str, actor: Operator, parts: WithParts, sent: Sent
) -> Response:
    """Expected from now on, or the page again with the reason."""
    days = tuple(n for n in range(7) if f"day-{n}" in sent)
    try:
        what = _what(str(sent.get("what", "")))
        if not days:
            raise InvalidInput("Choose at least one day of the week.")
        rings = str(sent.get("rings", "0"))
        by_platform = rings != "0" and what in PROMPTED
        parts.arrangements.expected.expect(
            actor, home, what, str(sent.get("begins", "")), str(sent.get("by", "")),
            days=days,
            text=str(sent.get("text", ""))[:200].strip(),
            by_call=what in PROMPTED and not by_platform,
            prompt=Prompt(
                most=_whole(rings), minutes=_whole(str(sent.get("minutes", "5"))),
                resident=str(sent.get("resident", "")),
            )
            if by_platform
            else None,
        )  # fmt: skip
    except REFUSED as refused:
        typed = {name: str(value) for name, value in sent.items()}
        return _shown(request, parts, actor, home, str(refused), typed)
    return RedirectResponse(f"/homes/{home}/day", 303)


@router.post("/homes/{home}/day/{expectation}/end")
def ended(home: str, expectation: str, actor: Operator, parts: WithParts) -> Response:
    """Expected no more."""
    parts.arrangements.expected.expect_no_more(actor, expectation)
    return RedirectResponse(f"/homes/{home}/day", 303)


@router.post("/homes/{home}/residents/{resident}/telephone")
def telephone(
    request: Request,
    home: str,
    resident: str,
    actor: Operator,
    parts: WithParts,
    phone: Annotated[str, Form(max_length=40)] = "",
    language: Annotated[str, Form(max_length=10)] = DEFAULT,
) -> Response:
    """By which telephone a resident is rung, or the page again with the reason."""
    try:
        parts.arrangements.expected.telephone(actor, home, resident, phone, language)
    except InvalidInput as refused:
        typed = {f"phone-{resident}": phone}
        return _shown(request, parts, actor, home, str(refused), typed)
    return RedirectResponse(f"/homes/{home}/day", 303)


def _shown(
    request: Request,
    parts: Parts,
    actor: Actor,
    home: str,
    refusal: str = "",
    typed: dict[str, str] | None = None,
) -> Response:
    known = parts.register.homes.home(actor.org, home)
    parts.desk.look_at_home(actor, home)
    rows = [
        {"entry": each, "words": WORDS[each.what], "days": _days(each.days)}
        for each in parts.arrangements.expected.expected(actor, home)
    ]
    shown = {
        "here": "Homes", "home": known, "rows": rows, "refusal": refusal, "typed": typed or {},
        "residents": parts.register.residents.residents(actor.org, home), "languages": NAMES,
        "zone": ZoneInfo(known.time_zone), "days": list(enumerate(DAYS)), "most": MOST_TRIES,
        "offered": [(each.value, WORDS[each]) for each in ARRANGED],
        "rings": parts.desk.has_channel(CHANNEL), "way": Channel(CHANNEL).words,
    }  # fmt: skip
    return page(request, "day.html", shown, actor=actor, status=422 if refusal else 200)


def _what(said: str) -> What:
    if said not in [each.value for each in ARRANGED]:
        raise InvalidInput("Choose what is expected from the list.")
    return What(said)


def _days(days: tuple[int, ...]) -> str:
    return "every day" if len(days) == len(DAYS) else ", ".join(DAYS[each] for each in days)


def _whole(written: str) -> int:
    if not (written.isascii() and written.isdigit() and len(written) < 4):
        raise InvalidInput(f"{written or 'Nothing'} is no whole number.")
    return int(written)
