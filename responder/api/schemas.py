"""OpenAPI for answers that are msgspec records, so that they are described once: where defined."""

from __future__ import annotations

from typing import Any

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.responses import Response

from responder.api import once

_REFERENCE = "#/components/schemas/{name}"


class Json(Response):
    """JSON of any msgspec record or collection of them."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return msgspec.json.encode(content)


class Problem(msgspec.Struct, frozen=True):
    """RFC 9457 problem details; `detail` is one sentence that says what to do."""

    type: str
    title: str
    status: int
    detail: str


_described: dict[str, Any] = {}
REFUSALS = {
    401: "Nobody is signed in, or the token does not hold",
    403: "This role or token may not",
    404: "There is no such thing in this organisation",
    409: "Somebody else was first, or the same request is under way",
    413: "More than is accepted at once",
    422: "Something of it cannot be accepted; the detail says what",
    423: "The session is locked until its owner unlocks it",
    429: "Too many tries; wait",
    503: "The database does not answer; nothing was lost, try again",
}
_KEY = {
    "name": once.HEADER,
    "in": "header",
    "required": False,
    "description": "Makes a repeat safe: the same key within 24 hours gives the same answer.",
    "schema": {"type": "string", "minLength": 1, "maxLength": once.LONGEST_KEY,
               "pattern": "^[!-~]+$"},
}  # fmt: skip
_ONWARD = {
    "description": 'The next page, with rel="next"; absent on the last',
    "schema": {"type": "string"},
}
_WAYS_IN = {
    "token": {"type": "http", "scheme": "bearer"},
    "session": {"type": "apiKey", "in": "cookie", "name": "telecare_session"},
}


def answers(kind: Any, *problems: int) -> dict[int | str, dict[str, Any]]:
    """`responses=` of a route that answers `kind`, or a problem of one of these statuses. What
    every route may answer is added by `install`.
    """
    refusals: dict[int | str, dict[str, Any]] = {status: refusal(status) for status in problems}
    return {200: content(kind), **refusals}


def refusal(status: int) -> dict[str, Any]:
    """How a refusal of this status is described."""
    described = content(Problem, "application/problem+json")
    return described | {"description": REFUSALS[status]}


def content(kind: Any, media_type: str = "application/json") -> dict[str, Any]:
    """How an answer of this kind is described."""
    (schema,), components = msgspec.json.schema_components([kind], ref_template=_REFERENCE)
    _described.update(components)
    return {"description": "As described", "content": {media_type: {"schema": schema}}}


def install(app: FastAPI) -> None:
    """Describe the app with these records among its components, and every route with all it
    may answer.
    """

    def describe() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = get_openapi(
                title=app.title, version=app.version, description=app.description, routes=app.routes
            )
            for path, methods in schema["paths"].items():
                for method, operation in methods.items():
                    _complete(path, method, operation)
            parts = schema.setdefault("components", {})
            known = parts.setdefault("schemas", {})
            known.update(_described)
            for unused in ("HTTPValidationError", "ValidationError"):
                known.pop(unused, None)
            parts["securitySchemes"] = _WAYS_IN
            app.openapi_schema = schema
        return app.openapi_schema

    app.openapi = describe  # type: ignore[method-assign]


def _complete(path: str, method: str, operation: dict[str, Any]) -> None:
    """Add what every route of this shape may answer, is asked with, and needs."""
    possible = operation["responses"]
    if "422" in possible or operation.get("parameters") or "requestBody" in operation:
        possible["422"] = refusal(422)
    if not path.startswith("/api/"):
        return
    signing_in = method == "post" and path in ("/api/v1/session", "/api/v1/enrolment")
    always = (
        {401, 403, 423, 503} | ({404} if "{" in path else set()) | ({429} if signing_in else set())
    )
    if method not in ("get", "head"):
        always |= {413, 422}
    parameters = operation.setdefault("parameters", [])
    if once.takes_key(method.upper(), path):
        always.add(409)
        parameters.append(_KEY)
    for status in always:
        possible.setdefault(str(status), refusal(status))
    operation["security"] = [] if signing_in else [{name: []} for name in _WAYS_IN]
    if any(each["name"] == "cursor" for each in parameters):
        possible["200"]["headers"] = {"Link": _ONWARD}
