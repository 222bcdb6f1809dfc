"""Puts on record what people did to the register.

Register and record are two databases, so no one commit covers both. What was done is written
down in the register with the change itself; from there it is taken into the record, once, in
order, together with the place that was reached. Killed in between, it is taken in afterwards.
"""

from __future__ import annotations

from responder.record import Act
from responder.store import Work, Works
from telecare.clock import Clock
from telecare.crash import crash_at
from telecare.register import Register
from telecare.register.deeds import Deed
from telecare.tenancy import Actor

PLACE = "register"
"""Under this name we remember the version reached, beside our places in the lanes."""
BATCH = 100


class Following:
    """Follows the register's deeds into the record. Thread-safe."""

    def __init__(self, works: Works, register: Register, clock: Clock) -> None:
        self._works = works
        self._register = register
        self._clock = clock
        self._seen = -1

    def name(self, actor: Actor) -> None:
        """Remember how somebody is called before they change the register."""
        with self._works.begin(self._clock.now()) as work:
            work.staff(actor.org, actor.id, actor.name)

    def step(self) -> int:
        """Take in at most one batch; how many deeds went on record."""
        version = self._register.version()
        if version == self._seen:
            return 0
        with self._works.begin(self._clock.now()) as work:
            work.only_intake()
            deeds = self._register.deeds.after(work.position(PLACE), BATCH)
            for each in deeds:
                _tell(work, each)
            if deeds:
                work.move(PLACE, deeds[-1].version)
            crash_at("following_before_commit")
        if len(deeds) < BATCH:
            self._seen = version
        return len(deeds)


def _tell(work: Work, deed: Deed) -> None:
    late = {} if deed.at == work.now else {"done_at": deed.at.isoformat()}
    work.write(Act(deed.act), org=deed.org, actor=deed.by, alert=None, **deed.detail, **late)
