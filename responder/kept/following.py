"""Puts on record what people did to the register.

Register and record are two databases, so no one commit covers both. What was done is written
down in the register with the change itself; from there it is taken into the record, once, in
order, together with the place that was reached. Killed in between, it is taken in afterwards.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from responder.clockwork.apart import Apart
from responder.clockwork.in_hand import InHand
from responder.clockwork.stumbling import put_off
from responder.kept.record import Act
from responder.life import alerts
from responder.store import Work, Works, timed
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

    def __init__(
        self, works: Works, register: Register, clock: Clock, in_hand: InHand | None = None
    ) -> None:
        """`in_hand`: of the one that goes round for ever, in one thread."""
        self._works = works
        self._register = register
        self._clock = clock
        self._apart = Apart("following", works, clock, in_hand=in_hand)
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
        take, pass_over = partial(self._take_in, _tell), partial(self._take_in, _pass_over, 1)
        told = self._apart.follow(PLACE, take, BATCH, pass_over)
        if not told:
            self._seen = version
        return told

    def _take_in(self, tell: Callable[[Work, Deed], None], limit: int) -> int:
        with self._works.begin(self._clock.now()) as work:
            work.only_intake()
            deeds = self._register.deeds.after(work.position(PLACE), limit)
            for each in deeds:
                tell(work, each)
            if deeds:
                work.move(PLACE, deeds[-1].version)
            crash_at("following_before_commit")
        return len(deeds)


def _pass_over(work: Work, deed: Deed) -> None:
    """What we cannot put on record stays in the register, and somebody is told which it is."""
    timed.concern(work, put_off(deed.org, "deed", str(deed.version), work.now))


def _tell(work: Work, deed: Deed) -> None:
    late = {} if deed.at == work.now else {"done_at": deed.at.isoformat()}
    if deed.act == Act.PERSON_LEFT:
        _give_back(work, deed.org, str(deed.detail["person"]), deed.by)
    work.write(Act(deed.act), org=deed.org, actor=deed.by, alert=None, **deed.detail, **late)


def _give_back(work: Work, org: str, person: str, by: str) -> None:
    """Nobody can sign in any more who would see to what this person had: the queue has it."""
    for alert in work.owned(org, person):
        given = alerts.given_back(alert, work.now)
        work.put(alerts.announced(given, "Whoever had it works here no more.", work.now))
        work.write(Act.RELEASED, org=org, actor=by, alert=alert.id)
