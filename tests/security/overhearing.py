"""What the stores say to the database, and whether each statement asks for one organisation.

Rows show only what a question happens to find; the statement shows what it could find.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Delete, Engine, Select, Table, Update, event
from sqlalchemy.sql import visitors
from sqlalchemy.sql.elements import (
    BinaryExpression,
    BindParameter,
    ClauseElement,
    ColumnElement,
)
from sqlalchemy.sql.operators import in_op


@contextmanager
def statements_overheard() -> Iterator[list[ClauseElement]]:
    """Every select, update and delete that is said to any database meanwhile."""
    overheard: list[ClauseElement] = []

    def hear(_connection: Any, statement: Any, *_rest: Any) -> None:
        if isinstance(statement, Select | Update | Delete):
            overheard.append(statement)

    event.listen(Engine, "before_execute", hear)
    try:
        yield overheard
    finally:
        event.remove(Engine, "before_execute", hear)


def names_an_organisation(statement: ClauseElement) -> bool:
    """Whether every table of the statement that has organisations is held to the one asked for,
    by itself or by way of a table it is joined to.
    """
    parts = [statement, *(statement.get_final_froms() if isinstance(statement, Select) else ())]
    seen: list[Any] = [each for part in parts for each in visitors.iterate(part)]
    wanted = {each for each in seen if isinstance(each, Table) and "org" in each.c}
    equal = [(each.left, each.right) for each in seen if _is_equation(each)]
    held: set[Any] = {
        column.table
        for each in seen
        if isinstance(each, BinaryExpression) and each.operator is in_op
        for column in _columns_of(each.left)
        if _is_org(column)
    }
    while True:
        more = {
            side.table
            for left, right in equal
            for side, other in ((left, right), (right, left))
            if _is_org(side) and (isinstance(other, BindParameter) or _is_org_of(other, held))
        } - held
        if not more:
            return wanted <= held
        held |= more


def _is_equation(element: Any) -> bool:
    return isinstance(element, BinaryExpression) and element.operator is operator.eq


def _is_org(side: Any) -> bool:
    return isinstance(side, ColumnElement) and getattr(side, "name", "") == "org"


def _is_org_of(side: Any, tables: set[Any]) -> bool:
    return _is_org(side) and side.table in tables


def _columns_of(element: ClauseElement) -> Iterator[Any]:
    return visitors.iterate(element)
