"""Has a test press gone all the way round?

Pure. A device that was given its credential looks healthy long before it is: what it publishes
may be refused in silence, and what is sent to it may never arrive. So onboarding ends only when
its press is stored here, stands on the desk, and its receipt is back at the device.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from msgspec.structs import replace

from responder.devices.equipment import receipt_in
from telecare.messages import Reading, Signal
from telecare.register.claims import PRESSES_KEPT, Claim, Press
from telecare.vocabulary import AlarmType, ReadingKind

DEVICE = "device"


class Step(StrEnum):
    """What is still missing, in the order in which it comes."""

    CREDENTIAL = "its code has not been used"
    PRESS = "no test press has reached us"
    DESK = "the press is not on the desk yet"
    RECEIPT = "the receipt has not come back to the device"
    NOTHING = "complete"


def proved(claim: Claim, reading: Reading) -> Claim:
    """`claim` with what this reading of its device shows."""
    if claim.used_at is None or reading.received_at < claim.used_at:
        return claim
    if reading.kind is ReadingKind.ALARM and reading.type != AlarmType.CANCEL:
        presses = (*claim.presses, Press(reading.id, reading.received_at))
        return replace(claim, presses=presses[-PRESSES_KEPT:])
    confirmed = receipt_in(reading)
    pressed = next((each for each in claim.presses if each.id == confirmed), None)
    if pressed is None or claim.receipt_at is not None:
        return claim
    stored_at = datetime.fromisoformat(reading.data["stored_at"])
    if stored_at < pressed.at:
        return claim
    return replace(claim, receipt_at=reading.received_at, receipt_by=DEVICE)


def missing(claim: Claim, signals: Iterable[Signal]) -> Step:
    """What its test press still lacks; `signals` are those the desk took in of its home."""
    if claim.completed_at is not None:
        return Step.NOTHING
    if claim.used_at is None:
        return Step.CREDENTIAL
    if not claim.presses:
        return Step.PRESS
    pressed = {each.id for each in claim.presses}
    on_desk = any(
        each.explicit and each.device == claim.device and each.reading in pressed
        for each in signals
    )
    if not on_desk:
        return Step.DESK
    return Step.RECEIPT if claim.receipt_at is None else Step.NOTHING
