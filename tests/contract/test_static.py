"""What a telephone with one bar of signal has to fetch before it shows a page."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest

from responder.api.app import build_app
from telecare.clock import HandClock
from telecare.settings import Settings
from tests.harness.duty import Duty, duty

pytestmark = pytest.mark.anyio


@pytest.fixture
def county(sqlite_settings: Settings, clock: HandClock) -> Iterator[Duty]:
    with duty(sqlite_settings, clock, HandClock(clock.now())) as made:
        yield made


@pytest.fixture
def telephone(county: Duty) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(build_app(county.responder))
    return httpx.AsyncClient(transport=transport, base_url=county.settings.public_url)


async def fetched(telephone: httpx.AsyncClient, at: str) -> tuple[httpx.Response, int]:
    """The answer, and how many bytes of a body came over the air."""
    async with telephone.stream("GET", at) as answer:
        raw = b"".join([piece async for piece in answer.aiter_raw()])
    async with telephone.stream("GET", at) as answer:
        await answer.aread()
    return answer, len(raw)


async def test_a_first_page_is_light_and_the_next_fetches_itself_alone(
    county: Duty, telephone: httpx.AsyncClient
) -> None:
    county.press()
    county.forward(minutes=3, seconds=20)
    page, heavy = await fetched(telephone, f"/l/{county.token()}")
    parts = re.findall(r'(?:href|src)="(/static/[^"]+)"', page.text)
    assert any("desk.css?" in each for each in parts)
    for each in parts:
        answer, more = await fetched(telephone, each)
        assert answer.headers["cache-control"] == "max-age=31536000, immutable", each
        heavy += more
    assert heavy < 16_000, "bytes: at 20 kbit/s about six seconds"


async def test_a_file_asked_for_by_name_alone_is_asked_for_anew(
    telephone: httpx.AsyncClient,
) -> None:
    by_name, _ = await fetched(telephone, "/static/clocks.js")
    assert by_name.headers["cache-control"] == "no-cache"
    gone, _ = await fetched(telephone, "/static/gone.js?123456789abc")
    assert (gone.status_code, gone.headers["cache-control"]) == (404, "no-cache")
