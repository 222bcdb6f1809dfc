"""OpenAPI for answers that are msgspec records, so that they are described once: where defined."""

from __future__ import annotations

from typing import Any

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.responses import Response

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


def answers(kind: Any, *problems: int) -> dict[int | str, dict[str, Any]]:
    """`responses=` of a route that answers `kind`, or a problem of one of these statuses."""
    refusals: dict[int | str, dict[str, Any]] = {
        status: _content(Problem, "application/problem+json") for status in problems
    }
    for status, words in ((401, "Not signed in"), (403, "Not allowed"), (503, "Try again")):
        refusals.setdefault(status, _content(Problem, "application/problem+json"))
        refusals[status]["description"] = words
    return {200: _content(kind, "application/json"), **refusals}


def _content(kind: Any, media_type: str) -> dict[str, Any]:
    (schema,), components = msgspec.json.schema_components([kind], ref_template=_REFERENCE)
    _described.update(components)
    return {"description": "As described", "content": {media_type: {"schema": schema}}}


def install(app: FastAPI) -> None:
    """Describe the app with these records among its components."""

    def describe() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = get_openapi(
                title=app.title, version=app.version, description=app.description, routes=app.routes
            )
            known = schema.setdefault("components", {}).setdefault("schemas", {})
            known.update(_described)
            known.setdefault("HTTPValidationError", known["Problem"])
            app.openapi_schema = schema
        return app.openapi_schema

    app.openapi = describe  # type: ignore[method-assign]
