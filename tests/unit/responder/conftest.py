"""The duty on both databases."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from telecare.clock import HandClock
from telecare.settings import Settings
from tests.harness.duty import Duty, duty


@pytest.fixture
def world(settings: Settings, clock: HandClock) -> Iterator[Duty]:
    with duty(settings, clock, HandClock(clock.now())) as made:
        yield made
