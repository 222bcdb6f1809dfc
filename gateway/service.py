"""The loop of the door: receive, decode, commit, acknowledge. In this order, always.

Sources `offer` messages; one committing thread takes whatever queued up while its last
commit ran, so a commit is as large as the traffic asks for. It goes on with the next while the
event loop still tells senders of the last. Only readings that pour in wait a moment for one
another; an alarm waits for no timer.
Only after the commit is the sender told. While the database does not answer nothing is
acknowledged, senders are held back, and the same messages are tried until they are safe.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial

from gateway.identity import Identity
from gateway.intake import Arrival, Decoder, Intake, take_in
from gateway.safekeeping import Judged, Keeper, Offered, Safekeeping, Sender, Settled
from gateway.timestamps import Tolerance
from telecare.clock import Clock, stopwatch
from telecare.errors import StoreUnavailable
from telecare.observe import BEAT_SECONDS, STALE_SECONDS, Heart, log

COMMIT_LIMIT = 1000
"""Messages in one commit: keeps the wait for an acknowledgement short in a storm."""
PACE_SECONDS = 0.008
"""From one commit's beginning to the next while readings pour in: however little is in it, a commit
costs the processor most of a millisecond, and an fsync."""
QUEUE_LIMIT = 8192
QUEUE_BYTES = 4 * 1024 * 1024
"""From here on, in messages or bytes, senders are held back: a press waits until all that came
before it is written, and a slow disk takes a second for 16 MiB.
"""
CALLS_BESIDE = 2
"""So many times that much is taken of calls for help whose sender could not be held back."""
_PATIENT = frozenset({"reading", "heartbeat"})
"""Of our own contract. In another dialect a reading may be a call for help."""
BREATH_SECONDS = 0.05
"""While there is more to file: from one piece to the next."""
CALM = 500
"""Messages a second, from which on filing waits."""
RETRY_SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0)


class Service:
    """Takes messages from all sources of this process. Lives in one event loop."""

    def __init__(
        self,
        store: Keeper,
        decode: Decoder,
        clock: Clock,
        heart: Heart,
        *,
        regain: Callable[[], None] = lambda: None,
    ) -> None:
        """`regain` is called after the database was away, before anything is written again."""
        self._store = store
        self._decode = decode
        self._clock, self._tolerance = clock, Tolerance(clock.speed)
        self._safekeeping = Safekeeping(store, clock, self._tolerance)
        self._heart = heart
        self._regain = regain
        self._log = log("gateway")
        self._queue: deque[Offered] = deque()
        self._bytes_offered, self._bytes_taken = 0, 0
        """The first counted by the event loop alone, the second by the committing thread."""
        self._taken = 0
        """Messages, by the committing thread."""
        self._is_calm = True
        self._in_hand: Judged | None = None
        """What the committing thread has taken and not made safe yet."""
        self._is_leaving = False
        self._fault: asyncio.Future[None] | None = None
        self._elapsed, self._begun = stopwatch(), float("-inf")
        self._some, self._urgent = asyncio.Event(), asyncio.Event()
        self._held_back: set[Sender] = set()
        self._trouble = ""
        self._was_away = False
        self._busy: Callable[[], float] | None = None
        self.figures = self._safekeeping.figures

    @property
    def is_full(self) -> bool:
        """Whether senders should stop reading, after `hold_back`."""
        return self._holds(1)

    @property
    def is_full_for_calls(self) -> bool:
        """Whether also a call for help has to be refused, where one cannot be held back."""
        return self._holds(CALLS_BESIDE)

    def is_calm(self) -> bool:
        """Whether hardly anything comes in: time for what can wait."""
        return self._is_calm

    def offer(self, sender: Sender, arrival: Arrival, token: int) -> None:
        """Take a message over. `sender.settled` comes after its commit, or never."""
        # Read here, and not while it is committed: two threads that both need the interpreter
        # keep one another waiting far longer than that takes.
        intake = None if arrival.dialect else take_in(arrival, self._decode, self._tolerance)
        self._queue.append(Offered(sender, arrival, token, intake))
        self._bytes_offered += len(arrival.payload)
        self._some.set()
        if arrival.kind not in _PATIENT or arrival.dialect or arrival.note is not None:
            self._urgent.set()

    def note(self, sender: Sender, identity: Identity, intake: Intake) -> None:
        """Commit what `sender` itself has to say with the next batch; nobody waits for it."""
        about = Arrival(identity, "", b"", self._clock.now())
        self._queue.append(Offered(sender, about, 0, intake))
        self._some.set()

    def hold_back(self, sender: Sender) -> None:
        """`sender` stopped reading because we are full; it is told when there is room."""
        self._held_back.add(sender)

    def forget(self, sender: Sender) -> None:
        """`sender` is gone and needs to be told nothing."""
        self._held_back.discard(sender)

    def _holds(self, times: int) -> bool:
        waiting = self._bytes_offered - self._bytes_taken
        return len(self._queue) >= times * QUEUE_LIMIT or waiting >= times * QUEUE_BYTES

    async def run(self) -> None:
        """Commit and acknowledge until cancelled; a commit that has begun is finished."""
        self._fault = asyncio.get_running_loop().create_future()
        with (
            ThreadPoolExecutor(1, "gateway-commit") as thread,
            ThreadPoolExecutor(1, "gateway-beat") as pulse,
        ):
            try:
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(self._end_at(self._fault))
                    tasks.create_task(self._commit_for_ever(thread))
                    tasks.create_task(self._beat_for_ever(thread, pulse))
                    tasks.create_task(self._tidy_for_ever(thread))
            finally:
                self._is_leaving = True

    async def _commit_for_ever(self, thread: ThreadPoolExecutor) -> None:
        while True:
            await self._some.wait()
            await self._gather(self._begun + PACE_SECONDS - self._elapsed())
            self._some.clear()
            self._urgent.clear()
            await self._until_safe(thread)

    async def _end_at(self, fault: asyncio.Future[None]) -> None:
        """A sender that could not be told ends the process: devices say it again to a fresh one."""
        await fault

    async def _gather(self, seconds: float) -> None:
        """Let readings come together for so long, unless somebody cannot wait."""
        if seconds > 0:
            enough = asyncio.get_running_loop().call_later(seconds, self._urgent.set)
            await self._urgent.wait()
            enough.cancel()

    async def _until_safe(self, thread: ThreadPoolExecutor) -> None:
        loop = asyncio.get_running_loop()
        attempt = 0
        self._busy = stopwatch()
        while True:
            try:
                if self._was_away:
                    await loop.run_in_executor(thread, self._regain)
                    self._was_away = False
                await loop.run_in_executor(thread, self._make_safe, loop)
            except StoreUnavailable as error:
                if not self._trouble:
                    held = self._in_hand.offered if self._in_hand is not None else ()
                    self._log.error("store_unavailable", waiting=len(held) + len(self._queue))
                self._trouble, self._was_away = str(error), True
                await asyncio.sleep(RETRY_SECONDS[min(attempt, len(RETRY_SECONDS) - 1)])
                attempt += 1
            else:
                self._busy = None
                return

    def _make_safe(self, loop: asyncio.AbstractEventLoop) -> None:
        """Decode and commit, on the committing thread, as long as nobody should wait for more.

        The loop is told of each commit and not waited for: it may have hundreds to answer.
        """
        while (self._in_hand is not None or self._queue) and not self._is_leaving:
            self._begun, self._busy = self._elapsed(), stopwatch()
            if self._in_hand is None:
                self._in_hand = Judged(self._next_batch(), [])
            judged = self._in_hand
            settled = self._safekeeping.make_safe(judged)
            self._in_hand = None
            if self._trouble:
                self._log.info("store_back")
                self._trouble = ""
            loop.call_soon_threadsafe(self._told, judged.offered, settled)
            is_drained = len(judged.offered) < COMMIT_LIMIT
            if is_drained and not self._urgent.is_set() and not self._is_late:
                return  # what has come since are readings, which wait for one another

    @property
    def _is_late(self) -> bool:
        return self._elapsed() - self._begun >= PACE_SECONDS

    def _next_batch(self) -> list[Offered]:
        queue = self._queue
        batch = [queue.popleft() for _ in range(min(len(queue), COMMIT_LIMIT))]
        self._taken += len(batch)
        self._bytes_taken += sum([len(each.arrival.payload) for each in batch])
        return batch

    def _told(self, batch: Sequence[Offered], settled: Sequence[Settled]) -> None:
        assert self._fault is not None
        try:
            self._tell(batch, settled)
        except Exception as error:  # noqa: BLE001 - `run` raises it
            if not self._fault.done():
                self._fault.set_exception(error)

    def _tell(self, batch: Sequence[Offered], settled: Sequence[Settled]) -> None:
        by_sender: dict[Sender, list[Settled]] = {}
        for offered, each in zip(batch, settled, strict=True):
            by_sender.setdefault(offered.sender, []).append(each)
        for sender, theirs in by_sender.items():
            sender.settled(theirs)
        if self._held_back and not self.is_full:
            held_back, self._held_back = self._held_back, set()
            for sender in held_back:
                sender.go_on()

    async def _tidy_for_ever(self, thread: ThreadPoolExecutor) -> None:
        """File what came in whenever hardly anything does. Trouble is for the beat to tell."""
        loop, more = asyncio.get_running_loop(), False
        while True:
            taken, pause = self._taken, BREATH_SECONDS if more else BEAT_SECONDS
            await asyncio.sleep(pause)
            self._is_calm = self._taken - taken <= CALM * pause
            if self._is_calm and self._busy is None and not self._queue:
                with suppress(StoreUnavailable):
                    more = await loop.run_in_executor(thread, self._store.tidy)

    async def _beat_for_ever(self, thread: ThreadPoolExecutor, pulse: ThreadPoolExecutor) -> None:
        """`pulse` writes the beats: while a disk is busy that takes long, and senders wait."""
        loop = asyncio.get_running_loop()
        while True:
            if self._busy is None and not self._queue:
                try:
                    await loop.run_in_executor(thread, self._store.probe)
                    self._trouble = ""
                except StoreUnavailable as error:
                    self._trouble, self._was_away = str(error), True
            busy = self._busy
            detail = self._trouble
            if not detail and busy is not None and busy() > STALE_SECONDS:
                detail = "The gateway waits for its database to commit."
            try:
                figures = self.figures | {"queue": float(len(self._queue))}
                beat = partial(self._heart.beat, working=not detail, detail=detail, figures=figures)
                await loop.run_in_executor(pulse, beat)
            except OSError as error:
                # A full disk, most likely. A beat that stays away says what must be said.
                self._log.error("beat_not_written", error=type(error).__name__)
            await asyncio.sleep(BEAT_SECONDS)
