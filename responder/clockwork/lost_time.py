"""A stretch of time of which the duty knows nothing: what is the desk told of it?

Pure. That one was lost is noticed by `responder.clockwork.timekeeping`.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from responder.life import waiting

TOLD_FOR = timedelta(hours=1)
"""What is still late after this is late for another reason."""


class LostTime(msgspec.Struct, frozen=True):
    """Between these two nobody took steps, as far as we know: all processes were down, or an
    older backup was brought back. Both look alike from within, and ask the same of people.
    """

    since: datetime
    until: datetime

    def explains(self, due: datetime, now: datetime) -> bool:
        """Whether this is why what was due then is done only now. Some of it was due before: a
        message that is too old by now makes its alert due from when it was to be answered.
        """
        return due <= self.until and now - self.until <= TOLD_FOR

    @property
    def sentence(self) -> str:
        """Said with whatever is called out late because of it."""
        length = waiting.words((self.until - self.since).total_seconds())
        return (
            f"We stood still for {length}, or an older backup was brought back: ask what was "
            "done meanwhile."
        )


def because(lost: LostTime | None, due: datetime, now: datetime) -> str:
    """What is added to a sentence that was due then and is called out now; empty where no lost
    time explains it.
    """
    return f" {lost.sentence}" if lost is not None and lost.explains(due, now) else ""
