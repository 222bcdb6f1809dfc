"""Asks every store what it can be asked, with what the questions need, found by its kind."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from enum import Enum
from typing import Any

import responder.store
import telecare.register
from responder.store import Work, tables, timed
from telecare.register.browsers import Browser
from telecare.store import lane
from tests.browser.office import NIGHT, Office


def questions() -> Iterator[tuple[str, type | None, Callable[..., Any]]]:
    """Every public function and method of the stores: its name, its class, itself."""
    modules = [lane]
    for package in (responder.store, telecare.register):
        found = pkgutil.iter_modules(package.__path__, f"{package.__name__}.")
        modules += [importlib.import_module(each.name) for each in found]
    for module in modules:
        for name, thing in vars(module).items():
            if name.startswith("_") or getattr(thing, "__module__", "") != module.__name__:
                continue
            if inspect.isfunction(thing):
                yield f"{module.__name__}.{name}", None, thing
            elif inspect.isclass(thing):
                for inner, method in vars(thing).items():
                    if inspect.isfunction(method) and not inner.startswith("_"):
                        yield f"{module.__name__}.{name}.{inner}", thing, method


class Undone(Exception):
    """Nothing that was asked within the act is kept."""


class Asker:
    """One act, and everything a question may want."""

    def __init__(self, office: Office, work: Work, ids: dict[str, str]) -> None:
        self._ids = ids
        self._work = work
        self._at_hand: dict[str, Any] = {
            "Work": work, "Connection": work.connection, "Database": office.desk.database,
            "Ground": office.register._ground, "Organisations": office.register.organisations,
            "Homes": office.register.homes, "Clock": office.clock, "str": "none-such",
            "int": 1, "float": 1.0, "bool": False, "datetime": NIGHT, "date": NIGHT.date(),
            "Sequence[str]": [*ids.values()], "Sequence[datetime]": [NIGHT],
            "bytes": b"\x01" * 32, "dict[str, Any]": {"a": 1}, "Mapping[str, Any]": {"a": 1},
            "Callable[[dict[str, Any]], dict[str, Any]]": dict,
            "Table": tables.alert, "Browser": Browser("https://push.example/1", "p", "a"),
        }  # fmt: skip

    def ask(self, org: str, owner: type | None, function: Callable[..., Any]) -> Any:
        """What it answers to `org`, given the ids we know wherever it wants one."""
        chosen = {}
        for each in inspect.signature(function).parameters.values():
            kind = str(each.annotation).removesuffix(" | None")
            if each.name in ("self", "org") or each.kind is each.VAR_KEYWORD:
                continue
            if each.name in self._ids and kind == "str":
                chosen[each.name] = self._ids[each.name]
            elif each.default is inspect.Parameter.empty:
                chosen[each.name] = self._made(kind, function.__globals__)
        first = [] if owner is None else [self._instance(owner)]
        answer = function(*first, org=org, **chosen)
        return list(answer) if inspect.isgenerator(answer) else answer

    def _made(self, kind: str, known: dict[str, Any]) -> Any:
        if inspect.isclass(known.get(kind)) and issubclass(known[kind], Enum):
            return next(iter(known[kind]))
        if kind.startswith(("Sequence[", "Collection[")):
            return self._at_hand.get(kind, [])
        assert kind in self._at_hand, f"say in {__name__} what to give for {kind}"
        return self._at_hand[kind]

    def _instance(self, owner: type) -> Any:
        if owner is Work:
            return self._work
        if owner is timed.Rows:
            return timed.windows
        wanted = inspect.signature(owner).parameters.values()
        return owner(*(self._made(str(p.annotation), {}) for p in wanted if p.default is p.empty))


@contextmanager
def asking(office: Office, ids: dict[str, str]) -> Iterator[Asker]:
    """Questions within an act that is undone at the end."""
    with suppress(Undone), office.works.begin(NIGHT) as work:
        yield Asker(office, work, ids)
        raise Undone
