"""Pointers: in which sheaf or stretch of a lane a record stands that is not filed.

For a writer who must know, thousands of times a second, whether a message is stored already. A key
is known here by its hash, a number that is new in every process. A pointer promises nothing: what
it leads to is compared, and what stands elsewhere by now, or was never committed, is no harm.
Should two of some million keys share a number, 64 bits wide, only the newer is pointed at.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping

Stretch = tuple[str, int, int]
"""Lane, first and last offset."""
GENERATION = 200_000
"""Pointers that are dropped together. A dictionary that grows is copied now and then, and nobody is
acknowledged meanwhile: 10 ms for so many."""


class _Generation:
    def __init__(self) -> None:
        self.stretches: dict[int, Stretch] = {}
        self.ends: dict[str, int] = {}
        """Lane -> the last offset pointed at."""


class Pointers:
    """Numbers of keys, and the stretch where each stands. A hundred bytes each (measured)."""

    def __init__(self) -> None:
        self._generations = deque([_Generation()])

    def add(self, stretch: Stretch, numbers: Iterable[int]) -> None:
        """The records of these numbers stand in this stretch."""
        if len(self._generations[-1].stretches) >= GENERATION:
            self._generations.append(_Generation())
        newest, (lane, _, last) = self._generations[-1], stretch
        newest.stretches.update(dict.fromkeys(numbers, stretch))
        newest.ends[lane] = max(last, newest.ends.get(lane, 0))

    def stretches(self, numbers: Iterable[int]) -> set[Stretch]:
        """Where records of these numbers may stand."""
        asked, found = set(numbers), set[Stretch]()
        for each in self._generations:
            if hits := each.stretches.keys() & asked:
                found.update(each.stretches[number] for number in hits)
        return found

    def drop(self, marks: Mapping[str, int]) -> None:
        """Forget the oldest, of which all is filed; the mark of each lane says up to where."""
        while self._generations and all(
            last <= marks.get(lane, 0) for lane, last in self._generations[0].ends.items()
        ):
            self._generations.popleft()
        if not self._generations:
            self._generations.append(_Generation())
