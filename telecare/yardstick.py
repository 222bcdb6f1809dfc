"""How fast is this machine just now?

A machine that others use, too, is at times half as fast as an hour before. Figures of two runs can
be compared where the yardstick was the same.
"""

from __future__ import annotations

import json
from statistics import median

from telecare.clock import stopwatch

ROUNDS = 15


def yardstick_ms() -> float:
    """Milliseconds that a fixed piece of work in this interpreter takes: the median of fifteen
    times, for the best would hide what others take.
    """
    return round(median(_time_once() for _ in range(ROUNDS)) * 1000, 2)


def _time_once() -> float:
    elapsed = stopwatch()
    homes: dict[str, list[str]] = {}
    for number in range(5000):
        said = json.dumps({"id": number, "home": f"b{number % 500:05d}", "type": "motion"})
        homes.setdefault(json.loads(said)["home"], []).append(said)
    return elapsed()
