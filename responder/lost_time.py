"""A stretch of time of which the duty knows nothing: what is the desk told of it?

Pure. That one was lost is noticed by `responder.timekeeping`.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from responder import waiting


class LostTime(msgspec.Struct, frozen=True):
    """Between these two nobody took steps, as far as we know: all processes were down, or an
    older backup was brought back. Both look alike from within, and ask the same of people.
    """

    since: datetime
    until: datetime

    def holds(self, due: datetime) -> bool:
        """Whether what was due then could not be done, as far as we know."""
        return self.since <= due <= self.until

    @property
    def sentence(self) -> str:
        """Said with whatever is called out late because of it."""
        length = waiting.words((self.until - self.since).total_seconds())
        return (
            f"We stood still for {length}, or an older backup was brought back: ask what was "
            "done meanwhile."
        )
