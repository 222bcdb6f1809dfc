"""One account's password guessed at from many places: slowed, told of, and nobody locked out."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from responder.api.sign_in_limit import STRANGERS_TRIES
from responder.kept.record import Act
from telecare.settings import Settings
from tests.browser.office import PASSWORD, Office, copy_of, open_office
from tests.security.neighbours import supervisor

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def office(office_pattern: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with open_office(copy_of(office_pattern, tmp_path_factory.mktemp("guessing"))) as opened:
        yield opened


def browser(office: Office, address: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(office.app, client=(address, 1))
    return httpx.AsyncClient(transport=transport, base_url="http://desk.test")


async def tries(client: httpx.AsyncClient, password: str) -> int:
    account = {"username": "dorset-1", "password": password}
    return (await client.post("/api/v1/session", json=account)).status_code


async def test_a_botnet_slows_strangers_and_not_the_desks_own_browser(office: Office) -> None:
    async with browser(office, "10.0.0.1") as desk, browser(office, "10.0.0.2") as fresh:
        assert await tries(desk, PASSWORD) == 200
        limit = office.app.state.parts.limit
        for number in range(STRANGERS_TRIES - 1):
            limit.failed(f"203.0.113.{number}", "dorset-1")  # as the last one below, but quickly
        async with browser(office, "203.0.113.99") as last:
            assert await tries(last, "a guess of somebody") == 401
        assert await tries(fresh, PASSWORD) == 429, "a browser nobody knows waits"
        assert await tries(desk, PASSWORD) == 200, "the one that was there before does not"
        await desk.delete("/api/v1/session")
        assert await tries(desk, PASSWORD) == 200, "nor after signing out"
    office.take_in()
    acts = [each.act for each in office.desk.record(supervisor(), limit=500)]
    assert acts.count(Act.GUESSED_AT) == 1
    called = [line for line in office.desk.queue(supervisor()) if line.home == "_office"]
    assert "guesses at the password of the account operator-1" in called[0].sentence


def test_a_browser_is_known_for_its_own_account_only_and_ten_are_kept(office: Office) -> None:
    known, people = office.register.known_browsers, office.register.people
    first, second = people.person("dorset", "operator-1"), people.person("dorset", "operator-2")
    secret = known.remember(first)
    assert known.knows("dorset-1", secret)
    assert not known.knows("dorset-2", secret)
    assert not known.knows("devon-1", secret)
    assert not known.knows("dorset-1", "")
    assert known.remember(second, secret) == secret, "a desk is shared"
    for _ in range(10):
        known.remember(second)
    kept = [each for each in (secret,) if known.knows("dorset-2", each)]
    assert len(kept) <= 1
    assert known.knows("dorset-1", secret)
    people.leave("dorset", "operator-2")
    assert not known.knows("dorset-2", secret)
