"""A spreadsheet saved as text, row by row.

Pure. Commas, semicolons and tabs separate: whichever the first row has most of, or what a line
such as `sep=;` before it names. Rows are numbered as the spreadsheet shows them: the names of the
columns are row 1, empty rows count, and a cell with a line break in it is no row more. A stray
quotation mark spoils its own row alone; two that may be the ends of one cell make what stands
between them one row, which is for the caller to refuse.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence

import msgspec

LINES_OF_A_ROW = 20
"""A quotation mark that is not closed within so many lines stands alone."""
_LINE_END = re.compile(r"\r\n|\n|\r")
_SAYS_SEPARATOR = re.compile(r'"?sep=([,;\t])"?[,;\t]*', re.IGNORECASE)


class Row(msgspec.Struct, frozen=True):
    """One row: its cells, or why it cannot be cut into them."""

    number: int
    cells: Sequence[str] = ()
    wrong: str = ""


class Spreadsheet:
    """The names of the columns, as they are written, and the rows below them."""

    def __init__(self, text: str) -> None:
        lines = _LINE_END.split(text.removeprefix("\ufeff"))
        said = _SAYS_SEPARATOR.fullmatch(lines[0])
        if said:
            del lines[0]
        first = lines[0] if lines else ""
        self._separator = said[1] if said else max(",;\t", key=first.count)
        self._lines = lines[1:]
        self.columns = [name.strip().strip('"') for name in first.split(self._separator)]

    def rows(self) -> Iterator[Row]:
        """Every row that is not empty."""
        number, at = 1, 0
        while at < len(self._lines):
            number += 1
            cells, lines = self._cut(at)
            if cells is None:
                why = "A quotation mark is not closed, or stands alone; remove it."
                yield Row(number, (), why)
            elif any(cell.strip() for cell in cells):
                yield self._row(number, cells)
            at += lines

    def _row(self, number: int, cells: Sequence[str]) -> Row:
        if len(cells) == len(self.columns):
            return Row(number, cells)
        why = f"It has {len(cells)} cells where the first line names {len(self.columns)}."
        return Row(number, (), why)

    def _cut(self, at: int) -> tuple[Sequence[str] | None, int]:
        """The cells of the row that begins with line `at`, and how many lines it has."""
        cells = self._cells(self._lines[at])
        if cells is not None or '"' not in self._lines[at]:
            return cells, 1
        for lines in range(2, LINES_OF_A_ROW + 1):
            several = self._lines[at : at + lines]
            if '"' not in several[-1]:
                continue
            cells = self._cells(*several)
            if cells is not None and len(cells) == len(self.columns):
                return cells, lines
        return None, 1

    def _cells(self, *lines: str) -> Sequence[str] | None:
        written = [f"{line}\n" for line in lines]
        try:
            (cells,) = csv.reader(written, delimiter=self._separator, strict=True)
        except (csv.Error, ValueError):
            return None
        return cells
