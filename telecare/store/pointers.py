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
acknowledged meanwhile: for so many that is milliseconds."""


class Pointers:
    """Numbers of keys, and the stretch where each stands. About 85 bytes each."""

    def __init__(self) -> None:
        self._generations: deque[dict[int, Stretch]] = deque([{}])
        self._ends: deque[dict[str, int]] = deque([{}])
        """By generation: the last offset it points at in each lane."""

    def __len__(self) -> int:
        return sum(map(len, self._generations))

    def add(self, stretch: Stretch, numbers: Iterable[int]) -> None:
        """The records of these numbers stand in this stretch."""
        if len(self._generations[-1]) >= GENERATION:
            self._generations.append({})
            self._ends.append({})
        self._generations[-1].update(dict.fromkeys(numbers, stretch))
        lane, _, last = stretch
        self._ends[-1][lane] = max(last, self._ends[-1].get(lane, 0))

    def stretches(self, numbers: Iterable[int]) -> set[Stretch]:
        """Where records of these numbers may stand."""
        asked, found = set(numbers), set[Stretch]()
        for generation in self._generations:
            if hits := generation.keys() & asked:
                found.update(generation[each] for each in hits)
        return found

    def drop(self, marks: Mapping[str, int]) -> None:
        """Forget the oldest, of which all is filed; the mark of each lane says up to where."""
        while self._generations[0] and all(
            last <= marks.get(lane, 0) for lane, last in self._ends[0].items()
        ):
            self._generations.popleft()
            self._ends.popleft()
            if not self._generations:
                self._generations.append({})
                self._ends.append({})
