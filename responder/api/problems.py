"""How a refusal is told: problem+json to machines, a plain page to people, one sentence each."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, urlsplit

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from telecare.errors import (
    AlreadyExists,
    Conflict,
    Forbidden,
    InvalidInput,
    NotFound,
    NotMigrated,
    StoreUnavailable,
    TelecareError,
)
from telecare.observe import log, where


class NotSignedIn(TelecareError):
    """Sign in first, or send a valid API token as a bearer token."""


class Locked(TelecareError):
    """This session is locked: type your PIN or your password to go on."""


class TooManyTries(TelecareError):
    """Too many wrong passwords; try again in a few minutes."""


class TooLarge(TelecareError):
    """This is more than the desk accepts in one request."""


_STATUS: Mapping[type[TelecareError], tuple[int, str]] = {
    NotSignedIn: (401, "Not signed in"),
    Forbidden: (403, "Not allowed"),
    NotFound: (404, "Not found"),
    Conflict: (409, "Somebody else was first"),
    AlreadyExists: (409, "Already there"),
    TooLarge: (413, "Too large"),
    InvalidInput: (422, "Cannot be accepted"),
    Locked: (423, "Locked"),
    TooManyTries: (429, "Too many tries"),
    NotMigrated: (503, "The database is of another version"),
    StoreUnavailable: (503, "The database does not answer"),
}
_HTTP_TITLES = {404: "Not found", 405: "Not possible here", 422: "Cannot be accepted"}
_HTTP_SENTENCES = {
    404: "There is no such page.",
    405: "This address does not take that method.",
}
PROBLEM = "application/problem+json"


def status_of(error: TelecareError) -> tuple[int, str]:
    """The HTTP status and title of `error`; 500 for what we did not foresee."""
    for kind in type(error).__mro__:
        if kind in _STATUS:
            return _STATUS[kind]
    return 500, "Something is wrong"


def wants_page(request: Request) -> bool:
    """True when a person's browser asks for a page, not a program for data."""
    return not request.url.path.startswith("/api/") and "text/html" in request.headers.get(
        "accept", ""
    )


def problem(status: int, title: str, detail: str) -> JSONResponse:
    """RFC 9457 body; `detail` is the one sentence that says what to do."""
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else None
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    return JSONResponse(body, status, headers, PROBLEM)


def answer(request: Request, status: int, title: str, sentence: str) -> Response:
    """The refusal in the form the asker understands."""
    if not wants_page(request):
        return problem(status, title, sentence)
    if status == 401:
        return RedirectResponse(f"/sign-in?next={_way_back(request)}", 303)
    if status == 423:
        return RedirectResponse(f"/locked?next={_way_back(request)}", 303)
    # Pages know this module for its errors, so it finds them at the time of need.
    from responder.web.problem_page import problem_page  # noqa: PLC0415

    return problem_page(request, status, title, sentence)


def _way_back(request: Request) -> str:
    """Where to go on afterwards: the page that was asked for, or whose button was pressed."""
    looked = request.method in ("GET", "HEAD")
    at = urlsplit(str(request.url) if looked else request.headers.get("referer", "/"))
    return quote(at.path + (f"?{at.query}" if at.query else ""))


def install(app: FastAPI) -> None:
    """Give the app one way to refuse."""
    app.add_exception_handler(TelecareError, _telecare)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unforeseen)


async def _telecare(request: Request, error: Exception) -> Response:
    assert isinstance(error, TelecareError)
    status, title = status_of(error)
    if status >= 500:
        log("responder.api").warning("refused", error=type(error).__name__, status=status)
    return answer(request, status, title, str(error))


async def _validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    # What was sent is never echoed: it may be somebody's personal data.
    where = ".".join(str(part) for part in first["loc"][1:]) or "the request"
    return answer(request, 422, "Cannot be accepted", f"Check {where}: {first['msg']}.")


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    # A body that is no JSON at all is refused as one that is not what we ask for.
    status = 422 if error.status_code == 400 else error.status_code
    title = _HTTP_TITLES.get(status, "Refused")
    sentence = _HTTP_SENTENCES.get(status, str(error.detail))
    refused = answer(request, status, title, sentence)
    refused.headers.update(error.headers or {})
    return refused


async def _unforeseen(request: Request, error: Exception) -> Response:
    log("responder.api").error("failed", **where(error))
    return answer(
        request, 500, "A fault of ours", "This is a fault of ours and is on our log; try once more."
    )
