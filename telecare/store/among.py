"""Rows by their keys, where a key is several columns.

SQLite (below 3.46) looks through a whole table for `(a, b) IN (VALUES (...), (...))`; for `a = ?
AND b IN (...)` it goes by the index.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, false, or_


def among(
    columns: Sequence[ColumnElement[Any]], keys: Iterable[Sequence[Any]]
) -> ColumnElement[bool]:
    """That the values of `columns` are one of `keys`, of which many begin alike."""
    *begins, last = columns
    beginning: dict[tuple[Any, ...], list[Any]] = defaultdict(list)
    for *first, ends in keys:
        beginning[tuple(first)].append(ends)
    return or_(
        false(),
        *(
            and_(
                *(column == value for column, value in zip(begins, first, strict=True)),
                last.in_(ends),
            )
            for first, ends in beginning.items()
        ),
    )
