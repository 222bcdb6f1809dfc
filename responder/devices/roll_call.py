"""Calls the roll: reads what devices say of themselves, and does what follows from it.

What is kept and our place in the lane are one transaction. What follows in the register (a
proved credential, an answered command, a test press) is done before that commit and is safe to
do again, so a crash in between repeats it and loses nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from msgspec.structs import replace

from responder.clockwork.apart import Apart
from responder.clockwork.in_hand import InHand
from responder.clockwork.stumbling import put_off
from responder.devices import equipment, inventory, proving
from responder.devices.equipment import Equipment
from responder.devices.proving import Step
from responder.devices.warnings import warnings
from responder.kept.record import Act
from responder.store import Work, Works, timed
from responder.store import equipment as kept
from telecare.clock import Clock
from telecare.messages import Reading, Signal
from telecare.register import Register
from telecare.register.claims import Claim
from telecare.register.orders import Command, CommandState
from telecare.store.lane import LaneReader
from telecare.tenancy import PLATFORM
from telecare.vocabulary import (
    COMMAND_ANSWERED,
    CREDENTIAL_SHOWN,
    ReadingKind,
    SignalKind,
)

BATCH = 2000
WARN_SECONDS = 3600.0
SOURCE = "equipment"


class RollCall:
    """One step at a time; several processes may call, one is heard."""

    def __init__(
        self,
        works: Works,
        register: Register,
        readings: LaneReader,
        clock: Clock,
        in_hand: InHand | None = None,
    ) -> None:
        self._works = works
        self._register = register
        self._readings = readings
        self._clock = clock
        self._warned = float("-inf")
        self._apart = Apart("roll_call", works, clock, in_hand=in_hand)

    def step(self) -> int:
        """Read at most one batch of each lane; how many readings there were."""
        taken = sum(self._follow(lane) for lane in self._readings.lanes())
        self._complete()
        self._lapse()
        if self._clock.monotonic() - self._warned >= WARN_SECONDS * self._clock.speed:
            self._warned = self._clock.monotonic()
            self.warn()
        return taken

    def warn(self) -> None:
        """Tell what will end or is due; telling it again changes nothing."""
        for each in self._register.organisations.organisations():
            self._apart.take("warnings", each.org, each.org, partial(self._warn, each.org))

    def _warn(self, org: str) -> int:
        now = self._clock.now()
        reads = kept.EquipmentReads(self._works.database)
        found = warnings(org, inventory.of_org(self._register, reads, org, now), now)
        if found:
            with self._works.begin(now) as work:
                for signal in found:
                    timed.concern(work, signal)
        return len(found)

    def _follow(self, lane: str) -> int:
        take, pass_over = partial(self._take, lane), partial(self._pass_over, lane)
        return self._apart.follow(lane, take, BATCH, pass_over)

    def _take(self, lane: str, limit: int) -> int:
        with self._works.begin(self._clock.now()) as work:
            if not kept.alone(work):
                return 0
            place = kept.place(lane)
            records = self._readings.read(lane, work.position(place), limit)
            if not records:
                return 0
            readings = [r.record for r in records if isinstance(r.record, Reading)]
            if readings:
                self._keep(work, readings)
                self._prove(readings)
                for each in readings:
                    if each.kind is ReadingKind.STATUS:
                        self._heed(work, each)
            work.move(place, records[-1].offset)
        return len(records)

    def _pass_over(self, lane: str) -> int:
        with self._works.begin(self._clock.now()) as work:
            place = kept.place(lane)
            records = self._readings.read(lane, work.position(place), 1) if kept.alone(work) else []
            for each in records:
                named = f"{lane}-{each.offset}"
                timed.concern(work, put_off(each.record.org, "reading", named, work.now))
                work.move(place, each.offset)
        return len(records)

    def _keep(self, work: Work, readings: Sequence[Reading]) -> None:
        keys = sorted({(each.org, each.device) for each in readings})
        found: dict[tuple[str, str], Equipment] = kept.of_devices(work, keys)
        for each in readings:
            key = (each.org, each.device)
            found[key] = equipment.heard(found.get(key), each)
        kept.put(work, [found[key] for key in keys])

    def _prove(self, readings: Sequence[Reading]) -> None:
        under_way = {(each.org, each.device): each for each in self._register.claims.under_way()}
        for reading in readings if under_way else ():
            key = (reading.org, reading.device)
            if key in under_way:
                after = proving.proved(under_way[key], reading)
                if after != under_way[key]:
                    under_way[key] = after
                    self._register.claims.keep(after)

    def _heed(self, work: Work, reading: Reading) -> None:
        """What a device answers to what it was told or given."""
        org, device = reading.org, reading.device
        if reading.type == CREDENTIAL_SHOWN:
            mark = str(reading.data.get("credential", ""))
            self._register.devices.promote(org, device, mark)
        elif reading.type == COMMAND_ANSWERED:
            named = str(reading.data.get("command", ""))
            answered = self._register.orders.answered(
                org, device, named, reading.data | {"value": reading.value}
            )
            if answered is not None:
                _ended(work, answered, reading.home)

    def _complete(self) -> None:
        """End the onboarding of devices whose test press went all the way round."""
        for claim in self._register.claims.under_way():
            if claim.receipt_at is not None and claim.used_at is not None:
                complete = partial(self._complete_one, claim, claim.used_at)
                self._apart.take("claim", claim.org, claim.claim, complete)

    def _complete_one(self, claim: Claim, since: datetime) -> int:
        """Told first and marked last: a crash in between tells it once more, and leaves no device
        in force that was replaced.
        """
        device = self._register.devices.device(claim.org, claim.device)
        with self._works.begin(self._clock.now()) as work:
            signals = timed.signals_since(work, claim.org, device.home, since)
            if not kept.alone(work) or proving.missing(claim, signals) is not Step.NOTHING:
                return 0
            _enrolled(work, claim, device.home)
        if device.replaces:
            # Only now: until its successor works, the old one is all there is.
            self._register.devices.withdraw(claim.org, device.replaces)
        self._register.claims.keep(replace(claim, completed_at=work.now))
        return 1

    def _lapse(self) -> None:
        for command in self._register.orders.overdue():
            lapse = partial(self._lapse_one, command)
            self._apart.take("command", command.org, command.command, lapse)

    def _lapse_one(self, command: Command) -> int:
        """Told first and marked after: a crash in between tells it once more."""
        with self._works.begin(self._clock.now()) as work:
            if not kept.alone(work):
                return 0
            home = self._register.devices.device(command.org, command.device).home
            _ended(work, replace(command, state=CommandState.UNANSWERED), home)
            if command.made_by != PLATFORM:  # what we ask for has a signal of its own
                timed.concern(work, _unanswered(command, home, work.now))
        self._register.orders.lapse(command)
        return 1


def _ended(work: Work, command: Command, home: str) -> None:
    work.write(
        Act.COMMAND_ENDED, org=command.org, actor=PLATFORM, alert=None, home=home,
        device=command.device, command=command.command, name=command.name,
        outcome=CommandState(command.state).value,
    )  # fmt: skip


def _enrolled(work: Work, claim: Claim, home: str) -> None:
    work.write(
        Act.DEVICE_ENROLLED, org=claim.org, actor=PLATFORM, alert=None, home=home,
        device=claim.device, claim=claim.claim, receipt_by=claim.receipt_by,
    )  # fmt: skip


def _unanswered(command: Command, home: str, now: datetime) -> Signal:
    return Signal(
        id=f"unanswered-{command.command}", org=command.org, home=home, kind=SignalKind.EQUIPMENT,
        type="command_unanswered", occurred_at=command.deadline_at, raised_at=now, source=SOURCE,
        device=command.device,
        why=f"The command {command.name} was not answered by {command.device} in time; whether "
        "it was done is not known.",
    )  # fmt: skip
