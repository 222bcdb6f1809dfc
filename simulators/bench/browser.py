"""A real Chromium at the desk that notes when each alert's row stands in the page."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from simulators.access import Access
from telecare.errors import TelecareError

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page, Playwright

ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip

_WATCH = """
window.telecareSeen = {};
new MutationObserver(() => {
  const now = Date.now();
  for (const row of document.querySelectorAll('li[data-alert]')) {
    const id = row.dataset.alert;
    if (!(id in window.telecareSeen)) window.telecareSeen[id] = now;
  }
}).observe(document, {childList: true, subtree: true, attributes: true,
                      attributeFilter: ['data-alert']});
"""


class BrowserMissing(TelecareError):
    """No browser is here, so the way to the page is not measured; install chromium and the
    development dependencies to have it.
    """


def chromium() -> str | None:
    """The browser named by TELECARE_TEST_CHROMIUM, else one that is installed."""
    named = os.environ.get("TELECARE_TEST_CHROMIUM")
    return named or shutil.which("chromium") or shutil.which("chromium-browser")


class WatchingBrowser:
    """One operator's page."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._playwright: Playwright | None = None
        self._browser: Browser | None = None
        self._page: Page | None = None

    async def open(self) -> None:
        """Sign in and open the desk. Raises `BrowserMissing`."""
        executable = chromium()
        if executable is None:
            raise BrowserMissing
        try:
            from playwright.async_api import async_playwright  # noqa: PLC0415 - for developers
        except ImportError:
            raise BrowserMissing from None
        self._playwright = await async_playwright().start()
        self._browser = await self._playwright.chromium.launch(
            executable_path=executable, args=list(ARGUMENTS)
        )
        self._page = await self._browser.new_page(viewport={"width": 1366, "height": 768})
        await self._page.add_init_script(_WATCH)
        await self._page.goto(self._access.url)
        await self._page.fill("input[name=username]", self._access.username)
        await self._page.fill("input[name=password]", self._access.password)
        await self._page.click("form button")
        await self._page.wait_for_url(lambda url: "/sign-in" not in url)
        await self._page.wait_for_load_state("load")

    async def seen(self) -> dict[str, float]:
        """Alert -> wall seconds when its row first stood in the page."""
        assert self._page is not None
        noted: dict[str, float] = await self._page.evaluate("window.telecareSeen")
        return {alert: milliseconds / 1000 for alert, milliseconds in noted.items()}

    async def close(self) -> None:
        """Leave the browser."""
        if self._browser is not None:
            await self._browser.close()
        if self._playwright is not None:
            await self._playwright.stop()
