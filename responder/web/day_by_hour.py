"""How does four weeks of activity look? One SVG: days across, hours down, the usual beside.

Pure. Colours come from the style sheet by class, so the picture follows the night theme;
the shades differ in lightness, so it can be read without colours too. What is not known is
hatched, never pale: a dark hub must not look like a quiet person.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from responder.seeing.activity import HOURS, Activity, CellState, Day

STEP_X, STEP_Y, GAP = 27, 16, 2
LEFT, TOP = 56, 34
USUAL_GAP, USUAL_WIDTH = 22, 46
SHADES = 5
LABELLED = range(0, HOURS, 3)
NIGHT = 16
"""Hours after 06:00 at which the night begins: 22:00."""


def day_by_hour(shown: Activity, key: str = "activity") -> str:
    """The picture. Its words tell the same to those who do not see it."""
    limits = shade_limits(shown)
    bottom = TOP + HOURS * STEP_Y
    usual_left = LEFT + len(shown.days) * STEP_X + USUAL_GAP
    width, height = usual_left + USUAL_WIDTH + 8, bottom + 86
    parts = [_hatch(key)]
    parts += _hours(usual_left)
    for index, day in enumerate(shown.days):
        parts += _column(day, LEFT + index * STEP_X, limits, key)
    parts += _marks(shown.days, bottom)
    parts += _dates(shown.days, bottom)
    parts += _usual(shown, usual_left, limits, key)
    parts += _legend(limits, bottom + 58, key)
    room = shown.room.replace("-", " ") if shown.room else "all rooms"
    title = f"Activity by day and hour: {room}"
    return (
        f'<svg class="pic heat" viewBox="0 0 {width} {height}" role="img" data-left="{LEFT}" '
        f'data-top="{TOP}" data-step-x="{STEP_X}" data-step-y="{STEP_Y}" '
        f'data-days="{len(shown.days)}" aria-labelledby="{key}-title {key}-desc">'
        f'<title id="{key}-title">{escape(title)}</title>'
        f'<desc id="{key}-desc">{escape(told(shown))}</desc>{"".join(parts)}</svg>'
    )


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
        " The table below has every number."
    )


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


def _shade(count: float, limits: Sequence[int]) -> str:
    level = sum(count >= limit for limit in limits)
    # With fewer shades than five the darkest is still the darkest.
    return f"heat-{level and SHADES - len(limits) + level}"


def _column(day: Day, x: float, limits: Sequence[int], key: str) -> list[str]:
    cells = []
    for hour, cell in enumerate(day.cells):
        if cell.state is CellState.AHEAD:
            continue
        y = TOP + hour * STEP_Y
        silent = cell.state is CellState.SILENT
        look = f'fill="url(#{key}-hatch)"' if silent else f'class="{_shade(cell.count, limits)}"'
        cells.append(_box(look, x, y, STEP_X - GAP))
    return cells


def _box(look: str, x: float, y: float, width: float) -> str:
    return f'<rect {look} x="{x}" y="{y}" width="{width}" height="{STEP_Y - GAP}" rx="2"/>'


def _hours(usual_left: int) -> Iterable[str]:
    for hour in LABELLED:
        yield _text(LEFT - 8, TOP + hour * STEP_Y + 11, _clock(hour), "end")
    for hour, words in ((0, "day"), (NIGHT, "night")):
        y = TOP + hour * STEP_Y - GAP / 2
        yield f'<line class="heat-rule" x1="{LEFT}" x2="{usual_left - 8}" y1="{y}" y2="{y}"/>'
        beside = TOP + (hour + 1) * STEP_Y + 11
        yield _text(LEFT - 8, beside, words, "end", "pic-name")


def _marks(days: Sequence[Day], bottom: int) -> Iterable[str]:
    """A frame around each run of marked days, with a flag on top."""
    runs: list[list[int]] = []
    for index, day in enumerate(days):
        if not day.changed:
            continue
        if runs and runs[-1][-1] == index - 1 and days[index - 1].changed == day.changed:
            runs[-1].append(index)
        else:
            runs.append([index])
    for run in runs:
        x, width = LEFT + run[0] * STEP_X - 2.5, len(run) * STEP_X + 3
        yield (
            f'<rect class="heat-change" x="{x}" y="{TOP - 4}" width="{width}" '
            f'height="{bottom - TOP + 6}" rx="4"/>'
        )
        middle = x + width / 2
        anchor = "end" if run[-1] >= len(days) - 3 else "start" if run[0] < 3 else "middle"
        at = {"end": x + width, "start": x, "middle": middle}[anchor]
        yield _text(at, TOP - 12, "changed", anchor, "pic-mark-name")


def _dates(days: Sequence[Day], bottom: int) -> Iterable[str]:
    for index, day in enumerate(days):
        middle = LEFT + index * STEP_X + (STEP_X - GAP) / 2
        weekend = " heat-weekend" if day.date.weekday() >= 5 else ""
        yield _text(middle, bottom + 14, f"{day.date:%a}"[0], "middle", f"pic-tick{weekend}")
        # A first day right before a Monday leaves the date to it: two would overlap.
        if (day.date.weekday() == 0) if index else day.date.weekday() < 5:
            words = f"{day.date.day} {day.date:%b}"
            yield _text(middle, bottom + 31, words, "middle", "pic-name")


def _usual(shown: Activity, left: int, limits: Sequence[int], key: str) -> Iterable[str]:
    yield _text(left + USUAL_WIDTH / 2, TOP - 12, "usual", "middle", "pic-name")
    for hour, usual in enumerate(shown.usual):
        look = f'class="{_shade(usual.middle, limits)}"' if usual else f'fill="url(#{key}-hatch)"'
        yield _box(look, left, TOP + hour * STEP_Y, USUAL_WIDTH)
    yield _text(left + USUAL_WIDTH / 2, TOP + HOURS * STEP_Y + 14, "median", "middle")


def _legend(limits: Sequence[int], y: float, key: str) -> Iterable[str]:
    x = float(LEFT)
    entries = [('class="heat-0"', "nobody noticed")]
    for index, low in enumerate(limits):
        high = limits[index + 1] - 1 if index + 1 < len(limits) else None
        words = f"{low} or more" if high is None else f"{low}" if high == low else f"{low}-{high}"
        entries.append((f'class="{_shade(low, limits)}"', words))
    entries.append((f'fill="url(#{key}-hatch)"', "not known: home not heard"))
    for look, words in entries:
        yield _box(look, x, y, STEP_X - GAP)
        yield _text(x + STEP_X + 4, y + 11.5, words, "start", "pic-name")
        x += STEP_X + 24 + 6.4 * len(words)


def _hatch(key: str) -> str:
    return (
        f'<defs><pattern id="{key}-hatch" width="6" height="6" patternUnits="userSpaceOnUse" '
        f'patternTransform="rotate(45)"><rect class="heat-hatch-ground" width="6" height="6"/>'
        f'<line class="heat-hatch" x1="1" x2="1" y1="0" y2="6"/></pattern></defs>'
    )


def _clock(hour: int) -> str:
    return f"{(hour + 6) % HOURS:02d}:00"


def _text(x: float, y: float, words: str, anchor: str, css: str = "pic-tick") -> str:
    return (
        f'<text class="{css}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'
    )
