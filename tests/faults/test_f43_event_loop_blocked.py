"""F43: something blocks the event loop: where it stands is written down, and health turns red."""

from __future__ import annotations

import asyncio
import os
import signal
import threading

import pytest

from detectors import wiring as detectors_wiring
from detectors.runner import Runner
from gateway.intake import Arrival
from gateway.safekeeping import Sender
from gateway.service import Service
from gateway.wiring import run as run_gateway
from telecare import observe, watchdog
from telecare.clock import RealClock
from telecare.observe import configure_logs, health_of
from telecare.settings import Settings
from telecare.watchdog import Watchdog
from tests.harness.door import world_of
from tests.harness.mqtt import MqttClient, publish
from tests.harness.waiting import until
from tests.harness.world import world as begin


def the_guilty_call(seen: threading.Event) -> None:
    """Blocks the loop until somebody has noticed, as a slow library would."""
    seen.wait(20)


def test_it_is_noticed_told_and_over(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(watchdog, "BLOCKED_SECONDS", 0.1)
    monkeypatch.setattr(watchdog, "TICK_SECONDS", 0.02)
    configure_logs()
    dog, seen = Watchdog("pages"), threading.Event()
    said: list[str] = []
    watch = watchdog._stands

    def noticed(thread: int) -> list[str]:
        said.extend(watch(thread))
        seen.set()
        return said

    monkeypatch.setattr(watchdog, "_stands", noticed)

    async def page() -> None:
        ticking = asyncio.ensure_future(dog.run())
        await asyncio.sleep(0)
        the_guilty_call(seen)
        assert dog.blocked_seconds() > 0
        await asyncio.sleep(0.1)
        assert dog.blocked_seconds() == 0
        ticking.cancel()
        await asyncio.gather(ticking, return_exceptions=True)

    asyncio.run(page())
    assert any("the_guilty_call" in each for each in said)
    logs = "".join(capfd.readouterr())
    assert "event loop blocked" in logs
    assert "event loop goes on" in logs


def test_health_is_red_for_as_long(
    sqlite_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with begin(sqlite_settings) as county:
        engine = county.responder.engine
        said: list[str] = []

        def heard(*, working: bool, detail: str, figures: dict[str, float]) -> None:
            said.append(detail)
            engine._stop.set()

        monkeypatch.setattr(engine._heart, "beat", heard)
        monkeypatch.setattr(county.responder.watchdog, "blocked_seconds", lambda: 3.0)
        engine._beat()
    assert said == ["The responder's pages do not answer: their event loop is blocked."]


def red_and_well_again(settings: Settings, service: str, seen: threading.Event) -> None:
    """Its beat stays out while it stands; from then on the guilty call may go on."""
    until(lambda: not health_of(settings.data_dir, service).working)
    seen.set()
    until(lambda: health_of(settings.data_dir, service).working)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everybody is noticed sooner than in the field."""
    monkeypatch.setattr(watchdog, "BLOCKED_SECONDS", 0.2)
    monkeypatch.setattr(watchdog, "TICK_SECONDS", 0.02)
    monkeypatch.setattr(observe, "STALE_SECONDS", 1.5)
    monkeypatch.setattr(detectors_wiring, "STALE_SECONDS", 0.2)


@pytest.mark.usefixtures("quick")
def test_a_gateway_that_stands_says_where_turns_red_and_goes_on(
    sqlite_settings: Settings, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    settings = sqlite_settings.model_copy(update={"mqtts_port": 0})
    seen, left, offer = threading.Event(), threading.Event(), Service.offer

    def guilty(service: Service, sender: Sender, arrival: Arrival, token: int) -> None:
        if arrival.kind == "alarm":
            the_guilty_call(seen)
        offer(service, sender, arrival, token)

    monkeypatch.setattr(Service, "offer", guilty)
    with world_of(settings, RealClock()) as world:
        hub = world.hub("hub-7")
    pressed: list[tuple[int, bytes] | None] = []

    def press() -> None:
        try:
            until(lambda: health_of(settings.data_dir, "gateway").working)
            with MqttClient(settings.mqtt_port) as line:
                line.connect(hub.username, hub.password)
                body = b'{"id": "p-1", "type": "pendant"}'
                line.send(publish("telecare/v1/oak/hub-7/up/alarm", body, 1))
                red_and_well_again(settings, "gateway", seen)
                pressed.append(line.read())
        finally:
            if not left.is_set():
                os.kill(os.getpid(), signal.SIGTERM)

    visitor = threading.Thread(target=press)
    visitor.start()
    try:
        run_gateway(settings)
    finally:
        left.set()
        visitor.join()
    assert pressed == [(0x40, b"\x00\x01")]
    logs = "".join(capfd.readouterr())
    assert "the_guilty_call" in logs


@pytest.mark.usefixtures("quick")
def test_detectors_that_stand_say_where_turn_red_and_go_on(
    sqlite_settings: Settings, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    seen, stop, step, rounds = threading.Event(), threading.Event(), Runner.step, [0]

    def guilty(runner: Runner) -> bool:
        rounds[0] += 1
        if rounds[0] == 2:  # it has beaten once
            the_guilty_call(seen)
        return step(runner)

    monkeypatch.setattr(Runner, "step", guilty)
    judging = threading.Thread(target=detectors_wiring.run, args=(sqlite_settings, stop))
    judging.start()
    try:
        until(lambda: rounds[0] == 2)
        red_and_well_again(sqlite_settings, "detectors", seen)
    finally:
        seen.set()
        stop.set()
        judging.join()
    logs = "".join(capfd.readouterr())
    assert "the_guilty_call" in logs
