"""Follows the record and tells an organisation's own system what becomes of its alerts.

In order and at least once: the place that was reached is kept when the receiver has taken an
event, and never goes back, however many processes tell. A receiver that is away is tried again,
later and later; one that refuses an event is told the next, and the desk learns of it. Each is
told at its own pace: a slow one keeps no other waiting.

What ends our process as it is told is not passed by, as rows elsewhere are (`Apart`): several are
told side by side, nobody could say which of them it was, and an event passed by wrongly is one
that a receiver never hears. Until an engineer has been, its organisation's setting can be emptied.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import partial

from responder.channels.events import TOLD, EventPost
from responder.clockwork.stumbling import tried
from responder.store import Reads, Works, timed
from responder.whom.people import OFFICE
from telecare.clock import Clock, stopwatch
from telecare.errors import ChannelRefused, ChannelUnavailable
from telecare.messages import Signal
from telecare.register import Register
from telecare.register.register import Remembered
from telecare.vocabulary import SignalKind

SETTING = "events_url"
"""Setting of an organisation: where its alerts are told."""
BATCH = 50
SIDE_BY_SIDE = 8
"""Organisations told at the same time."""
SLOW_SECONDS = 0.5
"""Real seconds after which an organisation's batch is left to itself, and the others go on."""
BATCH_SECONDS = 5.0
"""Real seconds after which a batch is broken off, so that nobody who ends us waits for it."""
SHORTEST_PAUSE, LONGEST_PAUSE = 2.0, 60.0
"""Seconds between tries while the receiver does not answer."""


class Streaming:
    """Tells what becomes of alerts. One thread's own, which has others tell."""

    def __init__(
        self, works: Works, reads: Reads, register: Register, post: EventPost, clock: Clock
    ) -> None:
        self._works = works
        self._reads = reads
        self._post = post
        self._clock = clock
        self._organisations = Remembered(register, register.organisations.organisations)
        self._not_before: dict[str, tuple[float, float]] = {}
        self._threads = ThreadPoolExecutor(SIDE_BY_SIDE, "streaming")
        self._under_way: dict[str, Future[int]] = {}

    def step(self) -> int:
        """Tell at most one batch to each organisation that is not being told one already; how many
        events were taken meanwhile.
        """
        if not self._post.is_set:
            return 0
        for each in self._organisations.get():
            url = each.settings.get(SETTING)
            if isinstance(url, str) and url and each.org not in self._under_way:
                self._under_way[each.org] = self._threads.submit(self._tell_apart, each.org, url)
        wait(self._under_way.values(), SLOW_SECONDS)
        done = [org for org, told in self._under_way.items() if told.done()]
        return sum(self._under_way.pop(org).result() for org in done)

    def _tell_apart(self, org: str, url: str) -> int:
        """What we fail at for one organisation waits, is told there, and holds up no other."""
        told = tried("streaming", partial(self._tell, org, url), org=org)
        if told is None:
            self._not_before[org] = (self._clock.monotonic() + LONGEST_PAUSE, LONGEST_PAUSE)
            self._raise(org, "We fail at it ourselves: call the engineer.")
        return told or 0

    def _tell(self, org: str, url: str) -> int:
        wait_until, pause = self._not_before.get(org, (0.0, 0.0))
        if self._clock.monotonic() < wait_until:
            return 0
        place = f"events:{org}"
        reached = self._reads.position(place)
        if reached == 0:
            # What was before somebody asked to be told is not news.
            self._move(place, self._reads.sequence(org))
            return 0
        told, entries = 0, self._reads.entries(org, after=reached - 1, limit=BATCH)
        so_far = stopwatch()
        for entry in entries:
            if so_far() > BATCH_SECONDS:
                break
            if entry.act not in TOLD or entry.alert is None:
                continue
            try:
                self._post.send(url, entry)
                told += 1
            except ChannelUnavailable:
                pause = min(max(pause * 2, SHORTEST_PAUSE), LONGEST_PAUSE)
                self._not_before[org] = (self._clock.monotonic() + pause, pause)
                return told
            except ChannelRefused as refused:
                self._raise(org, str(refused))
            if not self._move(place, entry.sequence):
                break  # another process tells them too, and is further on
        else:
            if entries:
                self._move(place, entries[-1].sequence)
        self._not_before.pop(org, None)
        return told

    def _move(self, place: str, sequence: int) -> bool:
        """Never backwards; False when somebody stands there already. One more than the sequence
        is kept: none at all means that nobody asked before.
        """
        with self._works.begin(self._clock.now()) as work:
            return work.advance(place, sequence + 1)

    def _raise(self, org: str, why: str) -> None:
        now = self._clock.now()
        with self._works.begin(now) as work:
            signal = Signal(
                id=f"events-refused-{now:%Y%m%d%H}", org=org, home=OFFICE, kind=SignalKind.DUTY,
                type="events", occurred_at=now, raised_at=now, source="responder",
                why=f"Your own system was not told of an alert. {why}",
            )  # fmt: skip
            timed.concern(work, signal)
