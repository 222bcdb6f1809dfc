"""What makes a batch of messages safe: each judged once, all committed, and told of.

What the store refuses is found and set aside, so that it stands in nobody's way; while the database
is away nothing is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from gateway.dialects import Interpreter
from gateway.intake import Arrival, Intake, set_aside_as_ours, take_in_dialect
from gateway.timestamps import Tolerance
from telecare.clock import Clock
from telecare.errors import NotMigrated, StoreUnavailable
from telecare.messages import Receipt
from telecare.observe import log
from telecare.vocabulary import ReadingKind


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


class Safekeeping:
    """Judges and commits batches. Belongs to the committing thread."""

    def __init__(self, store: Keeper, clock: Clock, tolerance: Tolerance) -> None:
        self._store = store
        self._clock = clock
        self._tolerance = tolerance
        self._interpreter = Interpreter()
        self._log = log("gateway")
        self.figures = {"stored": 0.0, "duplicates": 0.0, "signals": 0.0, "quarantined": 0.0}

    def make_safe(self, judged: Judged) -> list[Settled]:
        """Judge what was not yet, commit, and tell of each thing stated that it is safe.

        Raises `StoreUnavailable` and `NotMigrated` as `Keeper.commit` does, to be called again with
        the same, and what was wrong where nothing could be set aside.
        """
        if not judged.intakes:
            self._judge(judged)
        return self._commit(judged.offered, judged.intakes)

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


def _middle(batch: Sequence[Offered]) -> int:
    """Where to part `batch` in two without parting a message; 0: it is a single one."""
    starts = [at for at in range(1, len(batch)) if batch[at].arrival is not batch[at - 1].arrival]
    return starts[len(starts) // 2] if starts else 0
