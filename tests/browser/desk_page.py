"""The desk in a browser, as tests take hold of it."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, Route

Desk = Callable[..., Page]
"""The fixture `desk`: opens an operator's desk."""


def row(page: Page, alert: str) -> str:
    return f"#queue li[data-alert='{alert}']"


def held_back(page: Page, asked: list[Route], number: int) -> Route:
    """The request of this number, as soon as it is under way."""
    for _ in range(400):
        if len(asked) >= number:
            break
        page.wait_for_timeout(50)
    return asked[number - 1]


def intercept(page: Page, deed: str, then: Callable[[Route], object], **more: int) -> None:
    """`then` decides what becomes of this deed. The page is loaded anew: Chromium now and then
    loses a request that is made just as interception begins.
    """
    page.route(f"**/api/v1/alerts/*/{deed}", then, **more)
    page.reload()
