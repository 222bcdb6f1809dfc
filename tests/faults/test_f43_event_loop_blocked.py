"""F43: something blocks the event loop: where it stands is written down, and health turns red."""

from __future__ import annotations

import asyncio
import threading

import pytest

from telecare import watchdog
from telecare.observe import configure_logs
from telecare.settings import Settings
from telecare.watchdog import Watchdog
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
