"""Is it the same message again, or another one under a number its device used before?

A device repeats a message with its `id` until it hears that it is safe; that must be stored
once. A device that counts from one again uses old numbers for new messages; those must not be
lost for their numbers, least of all a press. Pure.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import blake2b

import msgspec

from gateway.decoders.native import ID_LIMIT
from gateway.intake import Intake
from gateway.signals import again_signal
from telecare.messages import Reading, Signal
from telecare.vocabulary import ReadingKind

REPEATS_FOR = timedelta(hours=1)
"""For how long an alarm without a time of its own counts as the same call."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def is_repetition(stored: Reading, intake: Intake) -> bool:
    """Whether the reading of `intake` is `stored` once more, whose number it has.

    Of an alarm, another type, sensor or room is another call; and so is another time of the
    device's, or, where one has none, a pause longer than `REPEATS_FOR`. A mere reading is
    another one only when its time is, or when the number was an alarm's.
    """
    again = intake.reading
    assert again is not None
    if (stored.kind is ReadingKind.ALARM) is not (again.kind is ReadingKind.ALARM):
        return False
    if again.kind is ReadingKind.ALARM and _what(stored) != _what(again):
        return False
    if stored.at is not None and again.at is not None:
        return stored.at == again.at
    return intake.signal is None or again.received_at - stored.received_at <= REPEATS_FOR


def renumbered(intake: Intake) -> tuple[Reading, Signal | None]:
    """What `intake` states, with a number of its own beside the one it came with.

    Repetitions of it get the same number again.
    """
    reading = intake.reading
    assert reading is not None
    call = reading.at or _EPOCH + (reading.received_at - _EPOCH) // REPEATS_FOR * REPEATS_FOR
    about = f"{reading.id}\0{reading.kind}\0{_what(reading)}\0{call.isoformat()}"
    mark = blake2b(about.encode(), digest_size=8).hexdigest()
    number = f"{reading.id[: ID_LIMIT - len(mark) - 1]}~{mark}"
    renamed = msgspec.structs.replace(reading, id=number)
    return renamed, intake.signal and again_signal(intake.signal, renamed)


def _what(reading: Reading) -> tuple[str, str | None, str | None]:
    return reading.type, reading.sensor, reading.room
