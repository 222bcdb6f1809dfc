"""The duty's clockwork: takes signals in, takes due steps, sends messages; round and round.

Each loop is a thread of its own, so that a slow mail server delays no alert. A loop that no
alert can do without ends the process when it fails for a reason of ours: the supervisor starts a
fresh one, and what was under way is still due. Of the others one that fails says so and tries
again: a reading nobody foresaw must not end every press's way to the desk, again at each start.
While the database does not answer, the loops wait and say so.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from functools import partial

from responder.arriving.intake import Intake
from responder.clockwork.auditor import Auditor
from responder.clockwork.rounds import Rounds
from responder.clockwork.stumbling import tried
from responder.life.steps import Steps
from responder.outgoing.sending import Post
from responder.store import Reads
from telecare.clock import Clock, stopwatch
from telecare.errors import StoreUnavailable
from telecare.observe import Heart, log
from telecare.watchdog import Watchdog

INTAKE_SECONDS, STEPS_SECONDS, POST_SECONDS, ROUNDS_SECONDS = 0.02, 0.05, 0.2, 1.0
BESIDES_SECONDS = 0.5
"""Real seconds between looks when there was nothing to do; the first is part of every press's
way to the desk.
"""
PATIENCE_SECONDS = 0.5
"""Between looks while the database does not answer."""
LIMP_SECONDS = 5.0
"""Before a loop that failed, and that alerts can do without, tries again."""
STUCK_SECONDS = 5.0
"""A loop that has not come round for this long (real) is not working."""
SENDERS = 2
FIGURES_SECONDS = 1.0


class Loop:
    """One thing done again and again until told to stop."""

    def __init__(
        self,
        name: str,
        step: Callable[[], int],
        pause: float,
        stop: threading.Event,
        limps: Callable[[str], None] | None = None,
    ) -> None:
        """`limps`: told its name when it fails, and then it goes on; None: it ends everything."""
        self.name = name
        self._limps = limps
        self._pause = pause
        self.fault: BaseException | None = None
        self.store_answers = True
        self.done = 0
        self._step = step
        self._stop = stop
        self._since_round = stopwatch()

    def run(self) -> None:
        """Go round until `stop`; on an unexpected fault remember it and stop everything."""
        try:
            while not self._stop.is_set():
                self._since_round = stopwatch()
                pause = self._round()
                if pause:
                    self._stop.wait(pause)
        except BaseException as fault:  # noqa: BLE001 - `Engine.join` raises it
            log("engine").exception("a loop failed", loop=self.name)
            self.fault = fault
            self._stop.set()

    def _round(self) -> float:
        try:
            done = self._step() if self._limps is None else tried(self.name, self._step)
            if done is None and self._limps is not None:
                self._limps(self.name)
        except StoreUnavailable as error:
            if self.store_answers:
                log("engine").error(
                    "the database does not answer", loop=self.name, reason=str(error)
                )
            self.store_answers = False
            return PATIENCE_SECONDS
        self.store_answers = True
        if done is None:
            return LIMP_SECONDS
        self.done += done
        return 0.0 if done else self._pause

    def seconds_since_round(self) -> float:
        """Real seconds since it last began a round."""
        return self._since_round()


class Engine:
    """Runs the loops of one responder process and beats for them."""

    def __init__(
        self,
        intake: Intake,
        steps: Steps,
        post: Post | None,
        reads: Reads,
        heart: Heart,
        clock: Clock,
        stop: threading.Event,
        *,
        rounds: Rounds | None = None,
        auditor: Auditor | None = None,
        besides: Mapping[str, Callable[[], int]] | None = None,
        watchdog: Watchdog | None = None,
        limps: Callable[[str], None] | None = None,
    ) -> None:
        self._stop = stop
        self._watchdog = watchdog or Watchdog("none")
        self._reads = reads
        self._heart = heart
        self._clock = clock
        self._loops = [
            Loop("intake", intake.step, INTAKE_SECONDS, stop),
            Loop("steps", steps.step, STEPS_SECONDS, stop),
        ]
        if post is not None:
            # A message that hangs must not hold up the next, so two of each channel send side
            # by side. Their slowness is no fault of the process: they are left out of the beat.
            self._senders = [
                Loop(
                    f"post-{channel.value}-{n}", partial(post.step, channel), POST_SECONDS, stop,
                    limps,
                )
                for channel in post.channels
                for n in range(SENDERS)
            ]  # fmt: skip
        else:
            self._senders = []
        if rounds is not None:
            # The nightly check of many homes takes its time; the auditor sees when it stays out.
            self._senders.append(Loop("rounds", rounds.step, ROUNDS_SECONDS, stop, limps))
        if auditor is not None:
            self._loops.append(Loop("auditor", auditor.step, ROUNDS_SECONDS, stop))
        # What alerts do not wait for: slow here is no fault of the duty either.
        self._senders += [
            Loop(name, step, BESIDES_SECONDS, stop, limps) for name, step in (besides or {}).items()
        ]
        self._threads = [
            threading.Thread(target=loop.run, name=loop.name)
            for loop in (*self._loops, *self._senders)
        ]
        self._beating = threading.Thread(target=self._beat, name="beat")

    def start(self) -> None:
        """Begin; returns at once."""
        for thread in (*self._threads, self._beating):
            thread.start()

    def join(self) -> None:
        """Wait until all loops have ended after `stop`; raises the fault that ended one."""
        for thread in (*self._threads, self._beating):
            thread.join()
        for loop in (*self._loops, *self._senders):
            if loop.fault is not None:
                raise loop.fault

    def _beat(self) -> None:
        while not self._stop.wait(FIGURES_SECONDS / 2):
            stuck = [
                loop.name for loop in self._loops if loop.seconds_since_round() > STUCK_SECONDS
            ]
            deaf = [loop.name for loop in self._loops if not loop.store_answers]
            detail = ""
            if deaf:
                detail = "The responder's database does not answer."
            elif stuck:
                detail = f"The responder's {stuck[0]} has not come round for 5 seconds."
            elif self._watchdog.blocked_seconds():
                detail = "The responder's pages do not answer: their event loop is blocked."
            figures = {f"{loop.name}_done": float(loop.done) for loop in self._loops}
            self._heart.beat(working=not detail, detail=detail, figures=figures | self._lateness())
        self._heart.stop()

    def _lateness(self) -> dict[str, float]:
        try:
            return {"overdue_seconds": self._reads.overdue_seconds(self._clock.now())}
        except StoreUnavailable:
            return {}
