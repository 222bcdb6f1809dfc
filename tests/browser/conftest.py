"""A real Chromium on a real desk."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from telecare.settings import Settings
from tests.browser.office import PASSWORD, Office, copy_of, open_office, serving
from tests.browser.wire import Wire

expect.set_options(timeout=20_000)
CHROMIUM = os.environ.get("TELECARE_TEST_CHROMIUM", "/usr/bin/chromium")
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
SMALL_LAPTOP = (1366, 768)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for a module. Not longer: as long as it is open, Playwright's event loop
    runs in this thread and no asynchronous test of another module can.
    """
    if not Path(CHROMIUM).exists():
        pytest.skip(
            f"Chromium is missing at {CHROMIUM}: install Debian's chromium, or set "
            "TELECARE_TEST_CHROMIUM; the pages were not tried in a browser"
        )
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture
def office(office_pattern: Settings, tmp_path: Path) -> Iterator[Office]:
    with open_office(copy_of(office_pattern, tmp_path)) as opened:
        yield opened


@pytest.fixture
def wire(office: Office) -> Iterator[Wire]:
    """Serves the office; browsers reach it over this wire."""
    with serving(office.app) as port:
        opened = Wire(port)
        yield opened
        opened.close()


Visit = Callable[..., Page]


@pytest.fixture
def visit(browser: Browser, wire: Wire) -> Iterator[Visit]:
    """Opens a page at a path, in a fresh browser profile; any script error fails the test."""
    faults: list[str] = []
    with ExitStack() as stack:

        def open_page(path: str, *, size: tuple[int, int] = SMALL_LAPTOP, **more: object) -> Page:
            context: BrowserContext = browser.new_context(
                base_url=f"http://127.0.0.1:{wire.port}",
                viewport={"width": size[0], "height": size[1]},
                **more,  # type: ignore[arg-type]
            )
            context.set_default_timeout(20_000)
            stack.callback(context.close)
            page = context.new_page()
            page.on("pageerror", lambda error: faults.append(str(error)))
            page.on(
                "console",
                lambda said: faults.append(said.text) if "Content Security" in said.text else None,
            )
            page.goto(path)
            return page

        yield open_page
    assert faults == []


@pytest.fixture
def desk(visit: Visit) -> Callable[..., Page]:
    """Signs an operator in, by keyboard, and waits until their desk is live."""

    def sign_in(username: str = "dorset-1", path: str = "/desk", **more: object) -> Page:
        page = visit(path, **more)
        expect(page.locator("[name=username]")).to_be_focused()  # else a first letter is lost
        page.keyboard.type(username)
        page.keyboard.press("Tab")
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_selector(".live [data-part='word']:text-is('live')")
        return page

    return sign_in
