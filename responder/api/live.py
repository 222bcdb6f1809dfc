"""The live line: one look at the record for all consoles, sent on in batches.

A console gets a snapshot when it connects and batches of changed lines after that. Its queue
is bounded: one that cannot follow is given a new snapshot instead of old news. Nothing here
is a duty: an alert is safe, claimed and escalated whether or not anybody watches.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec

from responder.acting.desk import Desk
from responder.seeing.views import AlertLine
from telecare.clock import Clock, RealClock
from telecare.errors import TelecareError
from telecare.observe import log
from telecare.store.wall import walled
from telecare.tenancy import Actor
from telecare.vocabulary import Role

LOOK_SECONDS = 0.04
"""Between two looks at the record."""
BATCH_SECONDS = 0.1
"""At most ten batches a second for one organisation, however many presses arrive."""
BEAT_SECONDS = 1.0
"""A console hears at least this often; past five seconds of silence it greys."""
ASK_AGAIN_SECONDS = 20.0
"""How often an open line asks whether its session still holds."""
QUEUE_LENGTH = 50
CHANGES_AT_ONCE = 500


@dataclass(eq=False)
class Subscription:
    """One console's line."""

    org: str
    veiled: bool = False
    """Its session is locked: it hears how urgent and how old, not who and where."""
    queue: asyncio.Queue[bytes] = field(default_factory=lambda: asyncio.Queue(QUEUE_LENGTH))
    overflowed: bool = False

    def put(self, event: bytes) -> None:
        """Queue an event; a full queue is emptied, because a snapshot tells more."""
        if self.overflowed:
            return
        try:
            self.queue.put_nowait(event)
        except asyncio.QueueFull:
            self.overflowed = True
            while not self.queue.empty():
                self.queue.get_nowait()
            self.queue.put_nowait(b"")

    async def next(self, seconds: float) -> bytes | None:
        """The next event, b"" when a snapshot is due instead, None when nothing came in time."""
        try:
            async with asyncio.timeout(seconds):
                return await self.queue.get()
        except TimeoutError:
            return None


@dataclass
class _Watch:
    """Where we stand in one organisation's record."""

    sequence: int
    looked_at: float
    sent_at: float = float("-inf")
    changed: set[str] = field(default_factory=set)
    consoles: set[Subscription] = field(default_factory=set)


class LiveFeed:
    """Looks at the record of every organisation that has a console open."""

    def __init__(
        self,
        desk: Desk,
        clock: Clock,
        leaving: Callable[[], bool] = lambda: False,
        unwell: Callable[[], list[str]] = list,
    ) -> None:
        self._desk = desk
        self._clock = clock
        self._leaving = leaving
        self._real = RealClock()
        self._watches: dict[str, _Watch] = {}
        self._ask_unwell = unwell
        self._unwell: list[str] = []
        self._asked_at = float("-inf")

    async def run(self) -> None:
        """Look, send, rest, until cancelled."""
        while True:
            for org, watch in list(self._watches.items()):
                with walled(org):
                    await self._round(org, watch)
            if self._watches and self._real.monotonic() - self._asked_at >= BEAT_SECONDS:
                self._asked_at = self._real.monotonic()
                self._unwell = await asyncio.to_thread(self._ask_unwell)
            await asyncio.sleep(LOOK_SECONDS)

    @property
    def consoles(self) -> int:
        """How many lines are open."""
        return sum(len(watch.consoles) for watch in self._watches.values())

    @contextmanager
    def subscribe(self, org: str, sequence: int, *, veiled: bool = False) -> Iterator[Subscription]:
        """A line that hears every change after `sequence`; take the snapshot inside."""
        subscription = Subscription(org, veiled)
        watch = self._watches.get(org)
        if watch is None:
            watch = _Watch(sequence=sequence, looked_at=self._real.monotonic())
            self._watches[org] = watch
        watch.consoles.add(subscription)
        try:
            yield subscription
        finally:
            watch.consoles.discard(subscription)
            if not watch.consoles and self._watches.get(org) is watch:
                del self._watches[org]

    async def events(
        self, actor: Actor, still_holds: Callable[[], bool], *, veiled: bool = False
    ) -> AsyncIterator[bytes]:
        """Server-sent events for one console, until its session ends or is locked or unlocked."""
        # Read before the line exists and the snapshot after it: nothing falls in between.
        sequence = await asyncio.to_thread(self._desk.sequence, actor.org)
        with self.subscribe(actor.org, sequence, veiled=veiled) as line:
            yield await self._snapshot(actor, veiled=veiled)
            asked_at = self._real.monotonic()
            while True:
                event = await line.next(BEAT_SECONDS)
                if self._leaving():
                    # A server that leaves lets go of its lines; the consoles dial again.
                    return
                if event is None:
                    yield self.beat(actor.org)
                elif event == b"":
                    line.overflowed = False
                    yield await self._snapshot(actor, veiled=veiled)
                else:
                    yield event
                if self._real.monotonic() - asked_at > ASK_AGAIN_SECONDS:
                    asked_at = self._real.monotonic()
                    if not await asyncio.to_thread(still_holds):
                        return

    def beat(self, org: str) -> bytes:
        """What time it is, and how long ago the record was last looked at."""
        return _event("beat", self._now(org))

    async def _snapshot(self, actor: Actor, *, veiled: bool) -> bytes:
        lines = await asyncio.to_thread(self._desk.queue, actor)
        shown = [veil(line) for line in lines] if veiled else lines
        return _event("snapshot", self._now(actor.org) | {"lines": shown, "veiled": veiled})

    async def _round(self, org: str, watch: _Watch) -> None:
        try:
            await asyncio.to_thread(self._look, org, watch)
            due = self._real.monotonic() - watch.sent_at >= BATCH_SECONDS
            if watch.changed and due:
                ids = sorted(watch.changed)
                lines = await asyncio.to_thread(self._desk.lines, _for_the_desk(org), ids)
                watch.changed.difference_update(ids)
                watch.sent_at = self._real.monotonic()
                now, consoles = self._now(org), list(watch.consoles)
                for is_veiled in {console.veiled for console in consoles}:
                    shown = [veil(line) for line in lines] if is_veiled else lines
                    event = _event("batch", now | {"lines": shown})
                    for console in consoles:
                        if console.veiled is is_veiled:
                            console.put(event)
        except TelecareError as error:
            # The consoles hear from `age` that we are behind, and grey by themselves.
            log("responder.live").warning("look_failed", org=org, error=type(error).__name__)

    def _look(self, org: str, watch: _Watch) -> None:
        while True:
            sequence, changed = self._desk.changes_after(org, watch.sequence, CHANGES_AT_ONCE)
            if sequence == watch.sequence:
                break
            watch.sequence = sequence
            watch.changed.update(changed)
        watch.looked_at = self._real.monotonic()

    def _now(self, org: str) -> dict[str, Any]:
        watch = self._watches.get(org)
        age = self._real.monotonic() - watch.looked_at if watch else 0.0
        return {
            "now": self._clock.now(),
            "speed": self._clock.speed,
            "is_real": self._clock.is_real,
            "age": round(age, 3),
            "unwell": self._unwell,
        }


def _for_the_desk(org: str) -> Actor:
    """One reading serves every console of the desk, and only those may open a line."""
    return Actor(org=org, id="live", role=Role.OPERATOR)


VEILED: dict[str, Any] = {
    "home": "", "home_label": "", "resident_label": "", "reason": "", "sentence": "",
    "kinds": [], "next_step": "", "announcement": None, "incident": None, "windows": [],
    "calls": [], "outcome": None, "false_alarm_cause": None,
}  # fmt: skip
"""What stands in a line instead of anything that tells of a resident."""


def veil(line: AlertLine) -> AlertLine:
    """What a locked desk needs to sound right, and nothing of a resident."""
    return msgspec.structs.replace(line, **VEILED)


def _event(name: str, body: dict[str, Any]) -> bytes:
    return b"event: " + name.encode() + b"\ndata: " + msgspec.json.encode(body) + b"\n\n"
