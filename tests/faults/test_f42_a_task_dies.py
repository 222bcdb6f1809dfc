"""F42: a loop or a task in the background dies: the process ends, and is started afresh; or it
goes on and says so, where no alert waits for it.
"""

from __future__ import annotations

import ast
import asyncio

import pytest

from gateway.service import Service
from gateway.wiring import run as run_gateway
from responder.api.app import build_app
from responder.api.live import LiveFeed
from responder.clockwork.engine import LIMP_SECONDS
from telecare.settings import Settings
from tests.harness.world import world as begin
from tests.test_architecture import MODULES, name

pytestmark = pytest.mark.anyio


class Broken(Exception):
    """A fault of ours."""


def break_down(*_: object) -> int:
    raise Broken


def test_whichever_loop_dies_that_an_alert_needs_the_whole_process_stops(
    sqlite_settings: Settings,
) -> None:
    with begin(sqlite_settings) as county:
        engine, stop = county.responder.engine, county.responder.stop
        assert {each.name for each in engine._loops} == {"intake", "steps", "auditor"}
        for loop in engine._loops:
            stop.clear()
            loop._step = break_down
            loop.run()
            assert stop.is_set(), loop.name
            assert isinstance(loop.fault, Broken), loop.name


def test_of_the_others_one_that_fails_goes_on_and_is_told_once_an_hour(
    sqlite_settings: Settings,
) -> None:
    """A fault that stands in the data would end every start again, and with it the desk."""
    with begin(sqlite_settings) as county:
        engine, stop = county.responder.engine, county.responder.stop
        assert {"post-email-0", "rounds", "keeping", "vigil", "prompting"} <= {
            each.name for each in engine._senders
        }
        for loop in engine._senders:
            loop._step = break_down
            assert [loop._round(), loop._round()] == [LIMP_SECONDS] * 2, loop.name
        assert not stop.is_set()
        county.settle()
        line = county.operator().expect("_office", says="fails again and again")
        assert line.signal_count == len(engine._senders)


def test_the_engine_ends_with_what_ended_its_loop(sqlite_settings: Settings) -> None:
    with begin(sqlite_settings) as county:
        engine = county.responder.engine
        engine._loops[0]._step = break_down
        engine.start()
        with pytest.raises(Broken):
            engine.join()


async def test_the_live_line_takes_the_process_with_it(
    sqlite_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise Broken

    monkeypatch.setattr(LiveFeed, "run", broken)
    with begin(sqlite_settings) as county:
        app = build_app(county.responder)
        async with app.router.lifespan_context(app):
            await asyncio.sleep(0.01)
        assert county.responder.stop.is_set()


def test_a_gateway_ends_with_what_ended_its_task(
    sqlite_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_service: Service) -> None:
        raise Broken

    monkeypatch.setattr(Service, "run", broken)
    with pytest.raises(Broken):
        run_gateway(sqlite_settings)


def test_no_task_is_begun_that_nobody_waits_for() -> None:
    """Tasks belong to a group, or to somebody who keeps and awaits them."""
    orphans = [
        f"{name(path)}:{node.lineno}"
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Call)
        and isinstance(node.value.func, ast.Attribute)
        and node.value.func.attr in ("create_task", "ensure_future")
        and isinstance(node.value.func.value, ast.Name)
        and node.value.func.value.id in ("asyncio", "loop")
    ]
    assert not orphans
