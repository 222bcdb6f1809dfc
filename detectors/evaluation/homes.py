"""How often would the home detectors have spoken in real homes?

`python -m detectors.evaluation.homes DIR` reads TIHM (Palermo et al. 2023, doi
10.1038/s41597-023-02519-y, CC BY 4.0) through the detectors that run in production. The
recording has no labels of wandering, falls or changed habits, so every signal counts as
false: the rates are upper bounds. It has no heartbeats either.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path

import msgspec

from detectors.base import HomeProfile
from detectors.evaluation.tihm import ORG, reading, recording
from detectors.home import Home
from telecare.messages import Reading, Signal

_WEEK_S = 604_800.0


class Spoken(msgspec.Struct, frozen=True):
    """What the detectors said over some recorded homes."""

    readings: int
    home_weeks: float
    by_kind: dict[str, int]
    """`kind` or `kind/type` -> signals."""
    most_state_bytes: int

    def per_home_week(self, kind: str) -> float:
        """Signals of `kind`, whatever their type, in a home-week."""
        count = sum(n for name, n in self.by_kind.items() if name.split("/")[0] == kind)
        return count / self.home_weeks


def tihm(folder: Path) -> Iterator[tuple[str, list[Reading]]]:
    """Each recorded home with its readings in order."""
    for home, events in recording(folder).homes.items():
        yield home, [reading(home, event, number) for number, event in enumerate(events)]


def listen(homes: Iterable[tuple[str, list[Reading]]]) -> Spoken:
    """Run the homes' readings through all detectors."""
    by_kind: Counter[str] = Counter()
    count, seconds, most = 0, 0.0, 0
    for name, readings in homes:
        home = Home(HomeProfile(org=ORG, home=name), timedelta(seconds=2))
        for each in readings:
            by_kind.update(map(_kind, home.observe(each)))
        count += len(readings)
        seconds += (readings[-1].occurred_at - readings[0].occurred_at).total_seconds()
        most = max(most, sum(map(len, home.snapshot().values())))
    return Spoken(count, seconds / _WEEK_S, dict(by_kind), most)


def _kind(signal: Signal) -> str:
    return f"{signal.kind}/{signal.type}" if signal.type else signal.kind


def main(folder: Path) -> None:
    """Write the figures as JSON."""
    spoken = listen(tihm(folder))
    figures = {
        "readings": spoken.readings,
        "home_weeks": round(spoken.home_weeks, 1),
        "signals_per_home_week": {
            name: round(count / spoken.home_weeks, 3)
            for name, count in sorted(spoken.by_kind.items())
        },
        "most_state_bytes": spoken.most_state_bytes,
    }
    sys.stdout.write(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
