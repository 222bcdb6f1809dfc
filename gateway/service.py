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
from typing import Protocol

import msgspec

from gateway.dialects import Interpreter
from gateway.identity import Identity
from gateway.intake import (
    Arrival,
    Decoder,
    Intake,
    set_aside_as_ours,
    take_in,
    take_in_dialect,
)
from gateway.timestamps import Tolerance
from telecare.clock import Clock, stopwatch
from telecare.errors import NotMigrated, StoreUnavailable
from telecare.messages import Receipt
from telecare.observe import BEAT_SECONDS, STALE_SECONDS, Heart, log
from telecare.vocabulary import ReadingKind

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
_PATIENT = frozenset({"reading", "heartbeat"})
"""Of our own contract. In another dialect a reading may be a call for help."""
BREATH_SECONDS = 0.05
"""While there is more to file: from one piece to the next."""
CALM = 500
"""Messages a second, from which on filing waits."""
RETRY_SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0)


class Settled(msgspec.Struct, frozen=True, gc=False):
    """A message of which the sender may now be told that it is safe."""

    token: int
    """What the sender gave with the message."""
    receipt: Receipt | None = None
    """For an alarm: tells the device itself, beyond the transport."""


class Sender(Protocol):
    """Where a message came from."""

    def settled(self, settled: Sequence[Settled]) -> None:
        """These messages are on disk, in the order in which they were offered."""

    def go_on(self) -> None:
        """There is room again: read on."""


class Keeper(Protocol):
    """Where messages become safe; see `gateway.store.GatewayStore`."""

    def commit(self, intakes: Sequence[Intake]) -> list[bool]: ...

    def probe(self) -> None: ...

    def tidy(self) -> bool: ...


class Offered(msgspec.Struct, frozen=True, gc=False):
    """A message on its way to the disk, or one thing that it states."""

    sender: Sender
    arrival: Arrival
    token: int
    """0 for all but the last thing a message states: only then is it safe as a whole."""
    intake: Intake | None = None
    """What it comes to, where that is known as it comes: in our own contract, and for what a source
    has to say itself. Of other dialects the committing thread works it out."""


class Judged(msgspec.Struct):
    """A batch that was decoded once, however often its commit must be tried."""

    offered: Sequence[Offered]
    intakes: list[Intake]


def _middle(batch: Sequence[Offered]) -> int:
    """Where to part `batch` in two without parting a message; 0: it is a single one."""
    starts = [at for at in range(1, len(batch)) if batch[at].arrival is not batch[at - 1].arrival]
    return starts[len(starts) // 2] if starts else 0


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
        self._interpreter = Interpreter()
        self._clock, self._tolerance = clock, Tolerance(clock.speed)
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
        self.figures = {"stored": 0.0, "duplicates": 0.0, "signals": 0.0, "quarantined": 0.0}

    @property
    def is_full(self) -> bool:
        """Whether senders should stop reading, after `hold_back`."""
        waiting = self._bytes_offered - self._bytes_taken
        return len(self._queue) >= QUEUE_LIMIT or waiting >= QUEUE_BYTES

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
            if not judged.intakes:
                self._judge(judged)
            settled = self._commit(judged.offered, judged.intakes)
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

    def _judge(self, judged: Judged) -> None:
        known = [each.intake for each in judged.offered if each.intake is not None]
        if len(known) == len(judged.offered):
            judged.intakes = known
            return
        offered: list[Offered] = []
        intakes: list[Intake] = []
        for each in judged.offered:
            if each.intake is not None:
                stated = [each.intake]
            else:
                stated = take_in_dialect(each.arrival, self._interpreter, self._tolerance)
            offered += [Offered(each.sender, each.arrival, 0)] * (len(stated) - 1) + [each]
            intakes += stated
        judged.offered, judged.intakes = offered, intakes

    def _commit(self, batch: Sequence[Offered], intakes: list[Intake]) -> list[Settled]:
        try:
            repeated = self._store.commit(intakes)
        except (StoreUnavailable, NotMigrated):
            raise
        except Exception as error:  # noqa: BLE001 - what nobody can set aside is raised again
            # The store works and refuses something we made: find that one message and set
            # it aside, so that it does not stand in everybody's way.
            middle = _middle(batch)
            if not middle:
                return self._set_aside(batch, intakes, error)
            first = self._commit(batch[:middle], intakes[:middle])
            return first + self._commit(batch[middle:], intakes[middle:])
        return self._settle(batch, intakes, repeated)

    def _set_aside(
        self, message: Sequence[Offered], intakes: Sequence[Intake], error: Exception
    ) -> list[Settled]:
        """Keep the bytes of one message instead of all that it states. Where it is the note that is
        refused, keep what it states, and never acknowledge it.
        """
        last = message[-1]
        self._log.exception("message_not_storable", device=last.arrival.identity.device)
        if any(each.note is not None for each in intakes):
            if not last.arrival.kind:  # there is no message, only the note
                return [Settled(0)] * len(message)
            bare = [msgspec.structs.replace(each, note=None) for each in intakes]
            try:
                repeated = self._store.commit(bare)
            except (StoreUnavailable, NotMigrated):
                raise
            except Exception:  # noqa: BLE001 - it was not the note
                self._log.info("message_not_storable_without_note")
            else:
                untold = [msgspec.structs.replace(each, token=0) for each in message]
                return self._settle(untold, bare, repeated)
        if all(each.reading is None for each in intakes):
            raise error  # nothing is left that could be set aside
        cries = any(each.signal is not None and each.signal.explicit for each in intakes)
        instead = set_aside_as_ours(last.arrival, error, cries=cries)
        return [Settled(0)] * (len(message) - 1) + self._commit([last], [instead])

    def _settle(
        self, batch: Sequence[Offered], intakes: Sequence[Intake], repeated: Sequence[bool]
    ) -> list[Settled]:
        stored_at, settled = self._clock.now(), []
        stored = duplicates = signals = quarantined = 0
        for offered, intake, again in zip(batch, intakes, repeated, strict=True):
            reading, receipt = intake.reading, None
            if reading is None:
                quarantined += intake.quarantined is not None and not again
            elif again:
                duplicates += 1
            else:
                stored += 1
            if intake.signal is not None and not again:
                signals += 1
            if reading is not None and reading.kind is ReadingKind.ALARM:
                receipt = Receipt(id=reading.id, stored_at=stored_at, duplicate=again)
            settled.append(Settled(offered.token, receipt))
        self.figures["stored"] += stored
        self.figures["duplicates"] += duplicates
        self.figures["signals"] += signals
        self.figures["quarantined"] += quarantined
        return settled

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
