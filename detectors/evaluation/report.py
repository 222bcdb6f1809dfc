"""What an evaluation is asked and what it answers: tables, figures for machines, plots."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec

Progress = Callable[[str, int, int], None]
"""Told what is under way, how many parts of it are done, and of how many."""


def silent(what: str, done: int, whole: int) -> None:
    """The progress nobody watches."""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One evaluation. Either `data`, or `train` and `test` (other people, same formats)."""

    protocol: str
    data: Path | None = None
    train: Path | None = None
    test: Path | None = None
    only: str | None = None
    """Name of the one set to look at; None for all that are there."""
    seed: int = 1
    """Same seed, same numbers."""
    progress: Progress = silent


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One method's figures. `reached` is None where nobody set a goal."""

    name: str
    figures: dict[str, float | None]
    reached: bool | None = None
    note: str = ""

    @property
    def verdict(self) -> str:
        """`reached` or `not reached` where there is a goal, then the note."""
        words = {True: "reached", False: "not reached", None: ""}[self.reached]
        return "; ".join(each for each in (words, self.note) if each)


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """Methods side by side, measured in one run on the same people."""

    title: str
    columns: tuple[str, ...]
    """Keys of the rows' figures, in the order of printing."""
    rows: Sequence[Row]


class Curve(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    x: Sequence[float]
    y: Sequence[float]


class Plot(msgspec.Struct, frozen=True, kw_only=True):
    title: str
    x_label: str
    y_label: str
    curves: Sequence[Curve]


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The whole answer.

    `figures` are ours in one line, by the keys `sensitivity`, `specificity`, `f1`, `auc`,
    `average_precision`, `false_alerts_per_home_week`, `recall_at_1_per_home_week`,
    `recall_at_half_per_home_week` where they apply; an evaluation of several sets leaves
    them empty and says them by set, in `parts`.
    """

    title: str
    tables: Sequence[Table]
    figures: dict[str, float | None] = {}
    parts: dict[str, dict[str, float | None]] = {}
    remarks: Sequence[str] = ()
    """Sentences a reader must know before believing a figure."""
    plots: Sequence[Plot] = ()

    def for_machines(self) -> dict[str, Any]:
        """One JSON object: the figures at the top, all rows beneath. Rounded to six places,
        so that the same run gives the same text on another machine.
        """
        return {
            **_rounded(self.figures),
            "parts": {name: _rounded(figures) for name, figures in self.parts.items()},
            "tables": [
                {
                    "title": table.title,
                    "rows": [
                        {"name": row.name, "reached": row.reached, **_rounded(row.figures)}
                        for row in table.rows
                    ],
                }
                for table in self.tables
            ],
            "remarks": list(self.remarks),
        }


def number(value: float | None) -> str:
    """Three places, as the published tables have them; a dash where there is none."""
    return "-" if value is None or math.isnan(value) else f"{value:.3f}"


def _rounded(figures: dict[str, float | None]) -> dict[str, float | None]:
    return {
        key: None if value is None or math.isnan(value) else round(value, 6)
        for key, value in figures.items()
    }
