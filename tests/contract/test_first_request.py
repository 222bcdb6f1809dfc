"""Whoever opens a page first after a start waits no longer than whoever comes next."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from fastapi.dependencies.utils import get_dependant

from responder.api.app import build_app
from telecare.settings import Settings
from tests.harness.world import world

pytestmark = pytest.mark.anyio


async def test_every_route_is_ready_before_the_first_request(
    sqlite_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    built: list[str] = []

    def counted(**asked: Any) -> Any:
        built.append(asked["path"])
        return get_dependant(**asked)

    with world(sqlite_settings) as county:
        app = build_app(county.responder)
        monkeypatch.setattr("fastapi.routing.get_dependant", counted)
        async with app.router.lifespan_context(app):
            assert "/sign-in" in built, "else nobody was counted"
            built.clear()
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="http://desk.test") as hand:
                assert (await hand.get("/nowhere")).status_code == 404
                assert (await hand.get("/openapi.json")).status_code == 200
    assert built == []
