"""What every dialect of commands is given, and gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec


class Place(msgspec.Struct, frozen=True):
    """Where something that takes commands was heard."""

    base: str
    """What stands before the dialect's own topics, empty or with a `/` at its end."""
    name: str
    """What names it in them, as `Dialect.place` found it."""


class Order(msgspec.Struct, frozen=True):
    """A command, as far as a dialect needs it."""

    id: str
    body: Mapping[str, Any]


class Words(msgspec.Struct, frozen=True):
    """What to publish."""

    topic: str
    payload: bytes
    qos: int = 1


class Dialect(msgspec.Struct, frozen=True):
    """How one maker's devices are told something, and how they answer."""

    name: str
    fields: Mapping[str, type | tuple[type, ...]]
    """What the body of a command must hold beside `dialect` and `to`, and of which kinds."""
    place: Callable[[str], str | None]
    """What names, in a topic below the base, that which was heard; None where it takes none."""
    say: Callable[[Order, Place], Words]
    fault: Callable[[Mapping[str, Any]], str] = lambda _: ""
    """What else is wrong with a body, in a sentence; or nothing."""
    optional: Mapping[str, type | tuple[type, ...]] = {}
    """What the body may hold."""
