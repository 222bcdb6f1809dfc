"""How strong is the shade of an hour, and what do four weeks show in words?

Pure. The picture itself is a table, days down and hours across: its numbers are read by those who
do not see the shades, and it fits a telephone.
"""

from __future__ import annotations

from collections.abc import Sequence

from responder.seeing.activity import HOURS, Activity, CellState

SHADES = 5


def shade_limits(shown: Activity) -> list[int]:
    """The least count of each shade, rising: a fifth of the busy hours to each, or fewer."""
    counts = sorted(cell.count for day in shown.days for cell in day.cells if cell.count)
    if not counts:
        return [1]
    limits = [1]
    for n in range(1, SHADES):
        limit = counts[len(counts) * n // SHADES]
        if limit > limits[-1]:
            limits.append(limit)
    return limits


def shade(count: float, limits: Sequence[int]) -> int:
    """0 for nobody noticed, up to `SHADES`; with fewer shades the darkest is still the darkest."""
    level = sum(count >= limit for limit in limits)
    return level and SHADES - len(limits) + level


def legend(limits: Sequence[int]) -> list[tuple[int, str]]:
    """Each shade with the counts it stands for."""
    entries = [(0, "nobody noticed")]
    for low, following in zip(limits, [*limits[1:], None], strict=True):
        high = following - 1 if following else None
        words = f"{low} or more" if high is None else f"{low}" if high == low else f"{low}-{high}"
        entries.append((shade(low, limits), words))
    return entries


def told(shown: Activity) -> str:
    """What the picture shows, in sentences."""
    silent = sum(cell.state is CellState.SILENT for day in shown.days for cell in day.cells)
    total = sum(cell.count for day in shown.days for cell in day.cells)
    marked = [f"{day.date:%a} {day.date.day} {day.date:%b}" for day in shown.days if day.changed]
    known = [hour for hour, usual in enumerate(shown.usual) if usual and usual.middle > 0]
    usual = ""
    if known:
        usual = f" Usually active from {_clock(known[0])} to {_clock(known[-1] + 1)}."
    changed = f" Marked as changed: {', '.join(marked)}." if marked else " No day is marked."
    return (
        f"{len(shown.days)} days, each 24 hours from 06:00; {total} times somebody was noticed."
        f"{usual}{changed} {silent} hours are not known, because nothing was heard from the home."
    )


def _clock(hour: int) -> str:
    return f"{(hour + 6) % HOURS:02d}:00"
