"""How does evidence look? Inline SVG, made on the server, readable without seeing it.

Pure: evidence in, SVG text out. Colours and fonts come from the page's style sheet by class,
so that a picture follows the night theme. Every picture says in words what it shows.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta, tzinfo
from html import escape

from telecare.messages import Evidence, EvidenceSeries

WIDTH = 460
MARGIN_LEFT = 44
MARGIN_RIGHT = 12
ACCELERATION_UNITS = frozenset({"g", "mg", "m/s2", "m/s²"})
LANES_AT_MOST = 9
HOUR = 3600.0


def pictures(evidence: Evidence, *, zone: tzinfo, key: str) -> list[str]:
    """One SVG per thing worth seeing in `evidence`, the most telling first.

    `zone` is the home's; `key` makes element ids unique within the page.
    """
    bars = [series for series in evidence.series if series.labels and series.y]
    traces = [s for s in evidence.series if not s.labels and s.y and s.unit in ACCELERATION_UNITS]
    lanes = [s for s in evidence.series if not s.labels and s.x and s not in traces]
    drawn = [
        trace_picture(series, evidence.marks if series is evidence.series[0] else {}, f"{key}-t{i}")
        for i, series in enumerate(traces)
    ]
    if lanes:
        drawn.append(day_picture(lanes, evidence.around, evidence.marks, zone, f"{key}-d"))
    drawn += [bar_picture(series, f"{key}-b{i}") for i, series in enumerate(bars)]
    return drawn


def trace_picture(series: EvidenceSeries, marks: dict[str, float], key: str) -> str:
    """A line over seconds, with the moments that mattered marked by name."""
    height, top, bottom = 172, 40, 144
    x_of = _Scale(min(series.x), max(series.x), MARGIN_LEFT, WIDTH - MARGIN_RIGHT)
    ceiling = _round_up(max(*series.y, series.usual_high or 0.0))
    floor = min(0.0, *series.y)
    y_of = _Scale(floor, ceiling, bottom, top)
    parts = [_gridline(y_of(v), f"{v:g} {series.unit}") for v in _ticks(floor, ceiling)]
    parts += _band(series, y_of)
    pairs = zip(series.x, series.y, strict=True)
    points = " ".join(f"{x_of(x):.1f},{y_of(y):.1f}" for x, y in pairs)
    parts.append(f'<polyline class="pic-line" points="{points}"/>')
    parts += _marks(marks, x_of, top, bottom)
    for second in _ticks(min(series.x), max(series.x)):
        parts.append(_text(x_of(second), bottom + 18, f"{second:g} s", "middle"))
    peak = max(range(len(series.y)), key=series.y.__getitem__)
    told = "".join(f", {name} at {at:.1f} s" for name, at in marks.items())
    return _svg(
        key,
        height,
        series.name.capitalize(),
        f"From {series.x[0]:.1f} s to {series.x[-1]:.1f} s; highest {series.y[peak]:.1f} "
        f"{series.unit} at {series.x[peak]:.1f} s{told}.",
        parts,
    )


def day_picture(
    lanes: list[EvidenceSeries],
    around: datetime | None,
    marks: dict[str, float],
    zone: tzinfo,
    key: str,
) -> str:
    """One row for each room, a stroke for each time somebody was noticed there."""
    shown = lanes[:LANES_AT_MOST]
    top, row = 36, 19
    bottom = top + row * len(shown)
    moments = [x for series in lanes for x in series.x] + list(marks.values())
    first, last = min(moments), max([*moments, 0.0])
    x_of = _Scale(first, max(last, first + 60), MARGIN_LEFT + 42, WIDTH - MARGIN_RIGHT)
    parts = []
    for index, series in enumerate(shown):
        middle = top + row * index + row / 2
        parts.append(_text(MARGIN_LEFT + 36, middle + 4, series.name, "end", "pic-name"))
        parts.append(
            f'<line class="pic-lane" x1="{MARGIN_LEFT + 42}" x2="{WIDTH - MARGIN_RIGHT}" '
            f'y1="{middle:.1f}" y2="{middle:.1f}"/>'
        )
        for x, y in zip(series.x, series.y, strict=True):
            if y > 0:
                parts.append(
                    f'<rect class="pic-stroke" x="{x_of(x) - 1.5:.1f}" y="{middle - 7:.1f}" '
                    f'width="2.5" height="14" rx="1.2"/>'
                )
    parts += _marks(marks, x_of, top, bottom)
    for x, words in _hours(first, last, around, zone):
        # An hour at the very edge is written inside the picture, not cut in half by its border.
        anchor = "end" if x_of(x) > WIDTH - 18 else "middle"
        parts.append(_text(x_of(x), bottom + 18, words, anchor))
    told = "; ".join(_seen(series, around, zone) for series in shown)
    title = "By room" + (f", up to {_clock(around, last, zone)}" if around else "")
    return _svg(key, int(bottom + 26), title, told + ".", parts)


def bar_picture(series: EvidenceSeries, key: str) -> str:
    """A bar for each day with the person's own usual band behind them."""
    height, top, bottom = 156, 32, 130
    ceiling = _round_up(max(*series.y, series.usual_high or 0.0, 1.0))
    y_of = _Scale(0.0, ceiling, bottom, top)
    room = WIDTH - MARGIN_RIGHT - MARGIN_LEFT
    step = room / len(series.labels)
    every = max(1, round(len(series.labels) / 8))
    parts = [_gridline(y_of(v), f"{v:g}") for v in _ticks(0.0, ceiling)]
    parts += _band(series, y_of)
    for index, (label, y) in enumerate(zip(series.labels, series.y, strict=False)):
        left = MARGIN_LEFT + step * index
        unusual = _unusual(series, y)
        parts.append(
            f'<rect class="{"pic-bar pic-unusual" if unusual else "pic-bar"}" '
            f'x="{left + step * 0.16:.1f}" y="{y_of(y):.1f}" '
            f'width="{step * 0.68:.1f}" height="{bottom - y_of(y):.1f}" rx="1.5"/>'
        )
        newest = index == len(series.labels) - 1
        if unusual or newest:
            parts.append(_text(left + step / 2, y_of(y) - 5, f"{y:g}", "middle", "pic-value"))
        if (len(series.labels) - 1 - index) % every == 0:
            parts.append(_text(left + step / 2, bottom + 18, label, "middle"))
    usual = ""
    if series.usual_low is not None and series.usual_high is not None:
        usual = f" Usual: {series.usual_low:g} to {series.usual_high:g}."
    days = ", ".join(f"{label} {y:g}" for label, y in zip(series.labels, series.y, strict=False))
    return _svg(key, height, series.name.capitalize(), f"{days}.{usual}", parts)


def _svg(key: str, height: int, title: str, told: str, parts: Iterable[str]) -> str:
    return (
        f'<svg class="pic" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'aria-labelledby="{key}-title {key}-desc">'
        f'<title id="{key}-title">{escape(title)}</title>'
        f'<desc id="{key}-desc">{escape(told)}</desc>'
        f'<text class="pic-title" x="2" y="14">{escape(title)}</text>'
        f"{''.join(parts)}</svg>"
    )


class _Scale:
    """Linear from [low, high] to [start, end]; an empty range maps to the start."""

    def __init__(self, low: float, high: float, start: float, end: float) -> None:
        self._low, self._start = low, start
        self._factor = (end - start) / (high - low) if high > low else 0.0

    def __call__(self, value: float) -> float:
        return self._start + (value - self._low) * self._factor


def _text(x: float, y: float, words: str, anchor: str, css: str = "pic-tick") -> str:
    return (
        f'<text class="{css}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'
    )


def _gridline(y: float, words: str) -> str:
    line = (
        f'<line class="pic-grid" x1="{MARGIN_LEFT}" x2="{WIDTH - MARGIN_RIGHT}" '
        f'y1="{y:.1f}" y2="{y:.1f}"/>'
    )
    return line + _text(MARGIN_LEFT - 8, y + 4, words, "end")


def _band(series: EvidenceSeries, y_of: _Scale) -> list[str]:
    """The usual band as a shaded area; a band of one value still shows as a thin strip."""
    if series.usual_low is None or series.usual_high is None:
        return []
    top, bottom = y_of(series.usual_high), y_of(series.usual_low)
    band_height = max(bottom - top, 4.0)
    area = (
        f'<rect class="pic-band" x="{MARGIN_LEFT}" y="{top:.1f}" '
        f'width="{WIDTH - MARGIN_RIGHT - MARGIN_LEFT}" height="{band_height:.1f}"/>'
    )
    return [
        area,
        _text(
            WIDTH - MARGIN_RIGHT,
            14,
            f"shaded: usual {series.usual_low:g} to {series.usual_high:g}",
            "end",
            "pic-tick pic-usual",
        ),
    ]


def _marks(marks: dict[str, float], x_of: _Scale, top: float, bottom: float) -> list[str]:
    parts = []
    taken: list[tuple[float, int]] = []
    for name, at in sorted(marks.items(), key=lambda mark: mark[1]):
        x = x_of(at)
        # Names of moments close together go on alternate lines instead of over each other.
        line = 1 if any(abs(x - other) < 90 and used == 0 for other, used in taken) else 0
        taken.append((x, line))
        y = top - 6 if line == 0 else top + 8
        anchor = "end" if x > WIDTH - 110 else "start"
        nudge = -5 if anchor == "end" else 5
        parts.append(
            f'<line class="pic-mark" x1="{x:.1f}" x2="{x:.1f}" y1="{top - 14}" y2="{bottom}"/>'
            + _text(x + nudge, y, name.replace("_", " "), anchor, "pic-mark-name")
        )
    return parts


def _ticks(low: float, high: float) -> list[float]:
    """Three to six round numbers from `low` to `high`."""
    span = high - low
    if span <= 0:
        return [low]
    steps = [m * 10.0**e for e in range(-3, 7) for m in (1, 2, 5)]
    step = next((s for s in steps if span / s <= 5), span)
    start = -(-low // step) * step
    count = int((high - start) / step + 1e-9) + 1
    return [round(start + i * step, 6) + 0.0 for i in range(count)]


def _round_up(value: float) -> float:
    steps = [m * 10.0**e for e in range(-3, 7) for m in (1, 2, 3, 4, 5, 6, 8)]
    return next((s for s in steps if s >= value), value)


def _hours(
    first: float, last: float, around: datetime | None, zone: tzinfo
) -> list[tuple[float, str]]:
    """Full hours of the home's own clock within the picture, at most nine of them."""
    if around is None:
        return [(tick, f"{tick / HOUR:g} h") for tick in _ticks(first, last)]
    hours = max(1.0, (last - first) / HOUR)
    step = next(s for s in (1, 2, 3, 4, 6, 12, 24, 48, 1000) if hours / s <= 9)
    moment = (around + timedelta(seconds=first)).astimezone(zone)
    moment = moment.replace(minute=0, second=0, microsecond=0)
    found = []
    # Walk in UTC so that a night with a clock change has the hours it really had.
    walk = moment.astimezone(around.tzinfo)
    while (x := (walk - around).total_seconds()) <= last:
        local = walk.astimezone(zone)
        if x >= first and local.hour % step == 0:
            found.append((x, f"{local:%H:%M}"))
        walk += timedelta(hours=1)
    return found


def _clock(around: datetime, x: float, zone: tzinfo) -> str:
    return f"{(around + timedelta(seconds=x)).astimezone(zone):%H:%M}"


def _seen(series: EvidenceSeries, around: datetime | None, zone: tzinfo) -> str:
    times = [x for x, y in zip(series.x, series.y, strict=True) if y > 0]
    if not times:
        return f"{series.name}: nobody"
    last = f", last at {_clock(around, max(times), zone)}" if around else ""
    return f"{series.name}: {len(times)} times{last}"


def _unusual(series: EvidenceSeries, y: float) -> bool:
    above = series.usual_high is not None and y > series.usual_high
    below = series.usual_low is not None and y < series.usual_low
    return above or below
