"""What was counted in each 24 hours of a home: the memory of `routine`.

A turn begins at 06:00 and holds a day and the night after it. Visits are signs of a room
at most five minutes apart taken together.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from detectors.local_time import DAY_S

TURN_BEGINS_S = 6 * 3600
REST_ENDS_S = 4 * 3600
"""Up before four is still the night; after four it may be the morning."""
HALF_HOUR_S = 1800
_KEPT_TURNS = 36
"""28 of the baseline, 3 of the guard, 3 of the sum, the present one, and one to spare."""
_VISIT_GAP_S = 300.0
_OUT_S = 1200.0
"""An outer door and then nobody indoors for so long: somebody went out."""
_ROOMS = 24
"""Rooms, or sensors that name none, that are told apart in the remembered turns."""
_NIGHT_HOUR = 16
"""22:00, in hours since 06:00."""


class Turn(msgspec.Struct, array_like=True):
    """Counts of 24 civil hours from 06:00 of civil day `day`."""

    day: int
    bathroom_night: int = 0
    other_night: int = 0
    bathroom_day: int = 0
    kitchen_day: int = 0
    other_day: int = 0
    up: int = 0
    """Half-hours after 04:00 when the day's movement outside bed and bath began, 0 unknown."""
    to_bed: int = 0
    """Half-hours after 04:00 when it ended, 0 unknown."""
    outings: int = 0
    moves: int = 0
    """From one room to another, in the 24 hours that ended at 20:00 of this day."""
    active: int = 0
    """Bit h: somebody moved in the h-th hour after 06:00."""
    heard: int = 0
    """Bit h: anything, heartbeats included, was heard in that hour."""
    dark: int = 0
    """Bit h: in that hour nobody in the whole installation could be heard."""
    rooms: int = 0
    """Bit i: the i-th known room spoke."""


class Places(msgspec.Struct, frozen=True):
    """Which rooms count as what."""

    bathrooms: Callable[[str], bool]
    kitchens: Callable[[str], bool]
    bedrooms: Callable[[str], bool]


class TurnBook(msgspec.Struct, array_like=True):
    """The last turns of a home, and what is needed to count the present one."""

    turns: list[Turn] = []
    rooms: list[str] = []
    """Known rooms in the order in which they first spoke."""
    seen: list[float] = []
    """The last sign of each, to merge signs into visits."""
    halves: dict[int, int] = {}
    """Civil day -> bit i: movement outside bed and bath in the i-th half-hour after 04:00."""
    door_at: float = 0.0
    """An outer door after which nobody has moved indoors, 0 if somebody has."""

    def turn(self, day: int) -> Turn | None:
        """The turn of `day`, new if need be; None if it is too old to be remembered."""
        turns = self.turns
        place_in_order = len(turns)
        while place_in_order and turns[place_in_order - 1].day >= day:
            place_in_order -= 1
        if place_in_order < len(turns) and turns[place_in_order].day == day:
            return turns[place_in_order]
        if place_in_order == 0 and len(turns) == _KEPT_TURNS:
            return None
        turn = Turn(day)
        turns.insert(place_in_order, turn)
        if len(turns) > _KEPT_TURNS:
            del turns[0]
        return turn

    def known(self, day: int) -> Turn | None:
        """The turn of `day` if anything was heard in it."""
        return next((t for t in reversed(self.turns) if t.day == day), None)

    def sign(
        self, turn: Turn, second: int, moment: float, room: str, places: Places, *, door: bool
    ) -> None:
        """Count a sign of life in `room` at civil `second` (POSIX `moment`) of `turn`."""
        hour = (second - TURN_BEGINS_S) % DAY_S // 3600
        turn.active |= 1 << hour
        if self.door_at or door:
            self._outing(turn, moment, door=door)
        try:
            index = self.rooms.index(room)
        except ValueError:
            meets = self._meets(room)
            if meets is None:
                return
            index = meets
        turn.rooms |= 1 << index
        before, self.seen[index] = self.seen[index], moment
        if abs(moment - before) > _VISIT_GAP_S:
            self._visit(turn, second, hour, room, places)

    def _meets(self, room: str) -> int | None:
        """A place for a room heard for the first time: a new one, or that of a room which no
        turn remembers, as after sensors were renamed; None if all are taken.
        """
        if len(self.rooms) < _ROOMS:
            self.rooms.append(room)
            self.seen.append(0.0)
            return len(self.rooms) - 1
        heard = 0
        for turn in self.turns:
            heard |= turn.rooms
        index = next((i for i in range(_ROOMS) if not heard >> i & 1), None)
        if index is not None:
            self.rooms[index], self.seen[index] = room, 0.0
        return index

    def rest(self, day: int) -> None:
        """The night after `day` is over: keep when its movement began and ended."""
        halves = self.halves.pop(day, 0)
        for old in [known for known in self.halves if known < day]:
            del self.halves[old]
        turn = self.known(day)
        if turn is not None and halves:
            turn.up, turn.to_bed = _first_kept_up(halves), _last_kept_up(halves)

    def _visit(self, turn: Turn, second: int, hour: int, room: str, places: Places) -> None:
        bathroom = places.bathrooms(room)
        if hour >= _NIGHT_HOUR:
            if bathroom:
                turn.bathroom_night += 1
            else:
                turn.other_night += 1
        elif bathroom:
            turn.bathroom_day += 1
            turn.other_day += 1
        elif places.kitchens(room):
            turn.kitchen_day += 1
        else:
            turn.other_day += 1
        if not bathroom and not places.bedrooms(room):
            day, since_four = divmod(second - REST_ENDS_S, DAY_S)
            bit = 1 << since_four // HALF_HOUR_S
            self.halves[day] = self.halves.get(day, 0) | bit

    def _outing(self, turn: Turn, moment: float, *, door: bool) -> None:
        if self.door_at and moment - self.door_at >= _OUT_S:
            turn.outings += 1
        if moment >= self.door_at:
            self.door_at = moment if door else 0.0


def _first_kept_up(halves: int) -> int:
    """The first half-hour with movement that also goes on in the next two hours' most."""
    for i in range(1, 48):
        if halves >> i & 1 and (halves >> (i + 1) & 0b111).bit_count() >= 2:
            return i
    return 0


def _last_kept_up(halves: int) -> int:
    for i in range(47, 3, -1):
        if halves >> i & 1 and (halves >> (i - 3) & 0b111).bit_count() >= 2:
            return i
    return 0
