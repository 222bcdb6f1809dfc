"""Nobody is kept out by how a page is made: WCAG 2.2 AA, as far as axe-core can tell."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from telecare.register.people import Person
from telecare.vocabulary import Role
from tests.browser.office import PASSWORD, Office
from tests.browser.test_telephone import PAGES, TELEPHONE, a_day_of_work

AXE = Path(__file__).parents[2] / ".parts/axe/node_modules/axe-core/axe.min.js"
FAULTS = """async () => {
  const found = await axe.run(document, { runOnly: [
    'wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] });
  return found.violations.map((each) => `${each.id}: ${each.nodes.map((at) => at.html).join(' ')}`);
}"""


@pytest.fixture(scope="module")
def axe() -> str:
    if not AXE.exists():
        pytest.skip("axe-core is missing: run scripts/parts, which needs Debian's npm")
    return AXE.read_text()


def faults(page: Page, axe: str) -> list[str]:
    page.evaluate(axe)
    found: list[str] = page.evaluate(FAULTS)
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("role", PAGES, ids=lambda role: role.value)
def test_every_page_of_every_role(
    office: Office, visit: Callable[..., Page], axe: str, role: Role, scheme: str
) -> None:
    a_day_of_work(office)
    person = Person(org="dorset", person="pat", username="pat", name="Pat P.", role=role)
    office.register.people.add(person, PASSWORD)
    page = visit("/sign-in", color_scheme=scheme)
    found = {"/sign-in": faults(page, axe)}
    page.get_by_label("Username").fill("pat")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "sign-in" not in url)
    for path in PAGES[role]:
        page.goto(path)
        found[path] = faults(page, axe)
    assert {path: each for path, each in found.items() if each} == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_opened_alert_with_each_of_its_windows(
    office: Office, desk: Callable[..., Page], axe: str, scheme: str
) -> None:
    alert = office.raise_signal()
    office.desk.claim(office.operator(), alert)
    page = desk(path=f"/alerts/{alert}", color_scheme=scheme)
    page.wait_for_selector("[data-deed='close']")
    found = {"card": faults(page, axe)}
    for key in "npawhx?2":
        page.keyboard.press(key)
        page.wait_for_selector("dialog[open]")
        found[key] = faults(page, axe)
        page.keyboard.press("Escape")
        page.wait_for_selector("dialog[open]", state="detached")
    assert {where: each for where, each in found.items() if each} == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_contacts_link_while_it_asks_and_when_it_is_over(
    office: Office, visit: Callable[..., Page], axe: str, scheme: str
) -> None:
    found = {}
    for path in (office.asks_the_daughter(), "/l/gone"):
        page = visit(path, size=TELEPHONE, color_scheme=scheme)
        found[path] = faults(page, axe)
    assert {path: each for path, each in found.items() if each} == {}


def test_a_page_that_shuts_somebody_out_would_be_noticed(
    visit: Callable[..., Page], axe: str
) -> None:
    page = visit("/sign-in")
    page.evaluate(
        "for (const each of document.querySelectorAll('label')) each.replaceWith(...each.children)"
    )
    assert any(each.startswith("label: ") for each in faults(page, axe))
