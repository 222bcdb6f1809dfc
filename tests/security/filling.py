"""A request body that a route takes, made from what its parameters say of themselves."""

from __future__ import annotations

import types
import typing
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any

from fastapi import params
from fastapi.routing import APIRoute
from pydantic import BaseModel

SAID: dict[str, Any] = {
    "setting": "wandering.still_minutes", "value": "6", "decision": "accept", "begins": "06:00",
    "ends": "2026-03-10T09:00",
    "ends_at": "2026-03-10T09:00:00Z", "by": "10:00", "ends_on": "2026-03-24",
    "review_on": "2026-03-17", "name": "ring", "detector": "wandering",
    "device": "hub-new", "serial": "S1", "code": "000000",
    "steps": [{"kind": "desk", "text": "Look"}], "text": "hello", "minutes": 5, "number": 1,
    "outcome": "found_safe", "answer": "going", "who": "ambulance", "to": "operator-2",
}  # fmt: skip
"""What a person would say where a type alone does not tell."""


def body_of(route: APIRoute, ids: dict[str, str]) -> dict[str, Any]:
    """What to give `httpx` so that the route's body is whole: as a form or as JSON."""
    fields = [(each.name, each.field_info) for each in route.dependant.body_params]
    if not fields:
        return {"json": {}}
    if isinstance(fields[0][1], params.Form):
        return {"data": {name: _value(name, info.annotation, ids) for name, info in fields}}
    return {"json": _value("", fields[0][1].annotation, ids)}


def _value(name: str, kind: Any, ids: dict[str, str]) -> Any:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return {
            each: _value(each, info.annotation, ids)
            for each, info in kind.model_fields.items()
            if info.is_required()
        }
    if isinstance(kind, type) and issubclass(kind, Enum):
        wanted = SAID.get(name)
        return wanted if wanted in {each.value for each in kind} else next(iter(kind)).value
    if name in SAID or name in ids:
        return SAID.get(name) or ids[name]
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Literal:
        return inner[0]
    if origin in (types.UnionType, typing.Union):
        return _value(name, inner[0], ids)
    plain: dict[Any, Any] = {
        str: "x", int: 1, float: 1.0, bool: True, list: [], dict: {},
        date: "2026-12-01", datetime: datetime(2026, 12, 1, tzinfo=UTC).isoformat(),
    }  # fmt: skip
    return plain.get(origin or kind, "x")
