"""Which press proves that a device came in well."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from responder.devices.proving import Step, missing, proved
from telecare.messages import Reading
from telecare.register.claims import Claim
from telecare.vocabulary import ReadingKind

USED = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
CLAIM = Claim(
    org="oak", claim="claim-1", device="pendant-7", made_at=USED - timedelta(days=1),
    made_by="tec-1", expires_at=USED + timedelta(days=1), used_at=USED,
)  # fmt: skip


@pytest.mark.parametrize(
    ("seconds", "type_", "step"),
    [(-1, "pendant", Step.PRESS), (0, "pendant", Step.DESK), (60, "cancel", Step.PRESS)],
    ids=["before it had its credential", "with it", "a call that was cancelled"],
)
def test_only_a_press_with_the_new_credential_counts(seconds: int, type_: str, step: Step) -> None:
    at = USED + timedelta(seconds=seconds)
    press = Reading(
        org="oak", home="home-7", device="pendant-7", id="p-1", kind=ReadingKind.ALARM, type=type_,
        occurred_at=at, received_at=at,
    )  # fmt: skip
    assert missing(proved(CLAIM, press), []) is step
