"""Does asking again go on where it stood, however much was said before?"""

from __future__ import annotations

from typing import Any

import pytest

from responder.devices.asking_again import AskingAgain
from telecare.clock import HandClock
from telecare.messages import Evidence, EvidenceSeries, Signal
from telecare.register.device import Device
from telecare.settings import Settings
from telecare.store.lane import LaneReader
from telecare.vocabulary import GAP, DeviceKind, SignalKind
from tests.harness.duty import ORG, Duty, duty, operator


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


def test_a_gap_we_fail_at_is_told_and_the_next_device_is_asked(
    sqlite_settings: Settings, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    question = AskingAgain._question

    def broken(self: AskingAgain, each: Signal) -> Any:
        if each.device == "hub-1":
            raise ValueError
        return question(self, each)

    monkeypatch.setattr(AskingAgain, "_question", broken)
    with duty(sqlite_settings, clock, HandClock(clock.now())) as world:
        judged, register = LaneReader(world.responder.databases[2]), world.responder.register
        for number in (1, 2, 3):
            register.devices.add(
                Device(org=ORG, device=f"hub-{number}", home="home-1", kind=DeviceKind.HUB)
            )
            world.signal(gap(world, f"hub-{number}"))
        asking = AskingAgain(world.works, register, judged, clock)
        while asking.step():
            pass
        assert [each.device for each in register.orders.waiting()] == ["hub-2", "hub-3"]
        while world.intake.step():
            pass
        told = [line.sentence for line in world.desk.queue(operator())]
        assert any("gap-hub-1" in each for each in told), told
        assert asking.step() == 0


def gap(world: Duty, device: str) -> Signal:
    """A detector misses number 7."""
    now = world.clock.now()
    series = EvidenceSeries(name="missing", x=[0.0], y=[7.0])
    return Signal(
        id=f"gap-{device}", org=ORG, home="home-1", kind=SignalKind.EQUIPMENT, type=GAP,
        device=device, occurred_at=now, raised_at=now, why="A gap.", source="device_health",
        evidence=Evidence(facts={"boot": "1"}, series=[series]),
    )  # fmt: skip
