"""Does asking again go on where it stood, however much was said before?"""

from __future__ import annotations

import pytest

from responder.devices.asking_again import AskingAgain
from telecare.clock import HandClock
from telecare.settings import Settings
from telecare.store.lane import LaneReader
from telecare.vocabulary import SignalKind
from tests.harness.duty import duty


def test_a_fresh_start_reads_nothing_twice(
    sqlite_settings: Settings, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with duty(sqlite_settings, clock, HandClock(clock.now())) as world:
        judged = LaneReader(world.responder.databases[2])
        register = world.responder.register
        for _ in range(3):
            world.judged(SignalKind.INACTIVITY)
        AskingAgain(world.works, register, judged, clock).step()
        read: list[int] = []
        read_signals = judged.read_signals

        def watched(lane: str, after: int, limit: int) -> object:
            read.append(after)
            return read_signals(lane, after, limit)

        monkeypatch.setattr(judged, "read_signals", watched)
        AskingAgain(world.works, register, judged, clock).step()
        assert read == [3]
