"""Asks a device again for what it said and never reached us.

Its gap in numbers was noticed by the detectors; here the device is told which numbers to repeat.
The command's id follows from the signal's, so that asking twice is asking once: it is written
before our place in the lane moves, and a crash in between changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial

from responder.clockwork.apart import Apart
from responder.clockwork.in_hand import InHand
from responder.clockwork.stumbling import put_off
from responder.store import Reads, Work, Works, timed
from responder.store import equipment as kept
from telecare.clock import Clock
from telecare.messages import Signal
from telecare.register import Register
from telecare.register.orders import Command
from telecare.store.lane import LaneReader
from telecare.tenancy import PLATFORM
from telecare.vocabulary import GAP, RESEND

BATCH = 500
FRESH = timedelta(hours=1)
"""An older gap is history: few devices keep what they said for longer than they must."""
ANSWER_WITHIN = timedelta(hours=1)


class AskingAgain:
    """One step at a time; several processes may ask, one is heard."""

    def __init__(
        self,
        works: Works,
        register: Register,
        judged: LaneReader,
        clock: Clock,
        in_hand: InHand | None = None,
    ) -> None:
        self._works, self._reads = works, Reads(works.database)
        self._register = register
        self._judged = judged
        self._clock = clock
        self._apart = Apart("asking_again", works, clock, in_hand=in_hand)
        self._seen: dict[str, int] = {}

    def step(self) -> int:
        """Read at most one batch of each lane; how many signals there were."""
        return sum(self._follow(lane) for lane in self._judged.lanes())

    def _follow(self, lane: str) -> int:
        if lane not in self._seen:
            self._seen[lane] = self._reads.position(_place(lane))
        take, pass_over = partial(self._take, lane, self._ask), partial(self._pass_over, lane)
        return self._apart.follow(lane, take, BATCH, pass_over)

    def _pass_over(self, lane: str) -> int:
        return self._take(lane, self._tell, 1)

    def _take(self, lane: str, act: Callable[[Work, Sequence[Signal]], None], limit: int) -> int:
        records, reached = self._judged.read_signals(lane, self._seen[lane], limit)
        if records:
            with self._works.begin(self._clock.now()) as work:
                if not kept.alone(work):
                    return 0
                position = work.position(_place(lane))
                fresh = [r.record for r in records if r.offset > position]
                act(work, [each for each in fresh if isinstance(each, Signal)])
                work.move(_place(lane), max(position, records[-1].offset))
        self._seen[lane] = reached
        return len(records)

    def _tell(self, work: Work, signals: Sequence[Signal]) -> None:
        for each in signals:
            timed.concern(work, put_off(each.org, "question", each.id, work.now))

    def _ask(self, work: Work, signals: Sequence[Signal]) -> None:
        since = work.now - FRESH
        asking = [
            question
            for each in signals
            if each.type == GAP and each.raised_at >= since and (question := self._question(each))
        ]
        if asking:
            self._register.orders.ask(asking)

    def _question(self, gap: Signal) -> Command | None:
        if gap.device is None or gap.evidence is None or not gap.evidence.series:
            return None
        now = self._clock.now()
        body = {
            "boot": gap.evidence.facts.get("boot", ""),
            "seq": [int(number) for number in gap.evidence.series[0].y],
        }
        return Command(
            org=gap.org, command=f"{RESEND}-{gap.id}", device=gap.device, name=RESEND, body=body,
            made_at=now, made_by=PLATFORM, deadline_at=now + ANSWER_WITHIN,
        )  # fmt: skip


def _place(lane: str) -> str:
    return f"gaps:{lane}"
