"""A refusal for a person: one sentence, and where to go from there.

Who holds a link of ours may be worried for somebody, at night, and has no account to go back to:
they are told in their language, with the number that always answers.
"""

from __future__ import annotations

from contextlib import suppress

from fastapi import Request
from fastapi.responses import Response

from responder.api.parts import parts_of
from responder.outgoing.languages import DEFAULT, NAMES, translations
from responder.web.rendering import page
from telecare.errors import StoreUnavailable
from telecare.register.organisations import Organisation

LINKS = {"l": 1, "j": 1, "v": 3}
"""How the addresses of links begin, and how many parts follow: a contact's, a responder's job, a
visit.
"""


def problem_page(request: Request, status: int, title: str, sentence: str) -> Response:
    """The refusal; to the holder of a link in words of their own where they can act on it."""
    begins, *follows = request.url.path[1:].split("/")
    if begins in LINKS:
        link = "/".join([f"/{begins}", *follows[: LINKS[begins]]])
        return _for_a_holder(request, link, status, title, sentence)
    back = {"address": "/", "words": "Back to the start"}
    shown = {"title": title, "sentence": sentence, "back": back, "own": ""}
    return page(request, "problem.html", shown, status=status)


def _for_a_holder(request: Request, link: str, status: int, title: str, sentence: str) -> Response:
    language = readers_language(request)
    _ = translations(language).gettext
    back = {"address": f"{link}?lang={language}", "words": _("Try again")}
    centre = None
    if status == 404:
        centre = _only_organisation(request)
        title = _("This link is not valid any more")
        sentence = {
            "l": _("It was used up or is too old. If you are worried, ring us."),
            "j": _("It was used up or is too old. Ring the monitoring centre."),
            "v": _("Ask whoever sent you the link for a new one."),
        }[link[1]]
    elif status >= 500:
        with suppress(StoreUnavailable):  # it may be what does not work
            centre = _only_organisation(request)
        title = _("That did not work")
        sentence = _("We may not have heard you. Try again, or ring us.")
    shown = {
        "title": title, "sentence": sentence, "back": None if status == 404 else back, "own": link,
        "centre": centre,
    }  # fmt: skip
    return page(request, "problem.html", shown, status=status, language=language)


def _only_organisation(request: Request) -> Organisation | None:
    """A link that is gone does not say whose it was; where there are several, nobody knows."""
    known = parts_of(request).register.organisations.organisations()
    return known[0] if len(known) == 1 else None


def readers_language(request: Request) -> str:
    """The one chosen, else the first of the browser's that we have, else English."""
    browsers = request.headers.get("accept-language", "").lower().split(",")
    wanted = [request.query_params.get("lang"), *(each.strip()[:2] for each in browsers)]
    return next((each for each in wanted if each in NAMES), DEFAULT)
