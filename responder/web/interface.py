"""The interface for programs as a page: read from the routes themselves, like docs/api.md."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import msgspec
from fastapi import FastAPI

_METHODS = ("get", "post", "put", "patch", "delete")


class Route(msgspec.Struct, frozen=True):
    """One thing a program may ask."""

    group: str
    method: str
    path: str
    says: str
    """The first sentence of its description."""


class Group(msgspec.Struct, frozen=True):
    """Routes about one thing."""

    name: str
    routes: list[Route]


def routes_of(app: FastAPI) -> list[Group]:
    """Every route of the app's OpenAPI description, by what it is about."""
    found = [
        _route(method, path, said)
        for path, methods in app.openapi()["paths"].items()
        for method, said in methods.items()
        if method in _METHODS
    ]
    ordered = sorted(found, key=lambda each: (each.group, each.path, each.method))
    return [Group(name, list(routes)) for name, routes in groupby(ordered, lambda r: r.group)]


def _route(method: str, path: str, said: dict[str, Any]) -> Route:
    first = str(said.get("description", "")).split("\n\n")[0].replace("\n", " ").strip()
    return Route((said.get("tags") or ["other"])[0], method.upper(), path, first)
