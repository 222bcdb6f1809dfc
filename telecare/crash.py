"""Dying or falling asleep on purpose at a named point, so that tests can show what survives.

`TELECARE_CRASH_AT=before_commit` makes the process leave without any clean-up the first
time that point is reached; `before_commit:3` the third time. `TELECARE_STOP_AT=after_lease`
stops it there once, until somebody sends SIGCONT; several points are separated by commas.
Unset, it costs a look at an empty name.
"""

from __future__ import annotations

import os
import signal
import threading

_stops = set(filter(None, os.environ.get("TELECARE_STOP_AT", "").split(",")))
_name, _, _count = os.environ.get("TELECARE_CRASH_AT", "").partition(":")
_left = int(_count or "1")


def crash_at(point: str) -> None:
    """Leave with code 9 if the environment asks for death at `point`; stop if for sleep."""
    if point in _stops:
        _stops.discard(point)
        signal.pthread_kill(threading.get_ident(), signal.SIGSTOP)  # before this call returns
    global _left  # noqa: PLW0603 - the process has one death to count down to
    if point != _name:
        return
    _left -= 1
    if _left <= 0:
        os._exit(9)
