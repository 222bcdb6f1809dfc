"""An installation with two organisations whose homes carry the same ids, for each module."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx
import pytest

from telecare.settings import Settings
from tests.browser.office import Office, copy_of, open_office

Ask = Callable[..., httpx.AsyncClient]


@pytest.fixture(scope="module")
def office(office_pattern: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with open_office(copy_of(office_pattern, tmp_path_factory.mktemp("office"))) as opened:
        yield opened


@pytest.fixture(scope="module")
def ask(office: Office) -> Ask:
    """A client with these headers; asks the app without a network between."""

    def asking(headers: dict[str, str] | None = None) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(office.app, raise_app_exceptions=False)
        return httpx.AsyncClient(
            transport=transport, base_url="http://desk.test", headers=headers or {}
        )

    return asking
