"""On a telephone: nothing scrolls sideways to be read, and every button is as wide as a thumb."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, Route, expect

from telecare.register.device import Device
from telecare.register.people import Person
from telecare.vocabulary import Outcome, Role, SignalKind
from tests.browser.office import PASSWORD, Office

TELEPHONE = (390, 844)
SIDEWAYS = """() => [document.documentElement, ...document.querySelectorAll('main *')]
  .filter((each) => each.scrollWidth > each.clientWidth + 1
    && (each === document.documentElement
        || ['auto', 'scroll'].includes(getComputedStyle(each).overflowX)))
  .map((each) => each.getAttribute('aria-label') || each.tagName)"""
SMALL = """() => [...document.querySelectorAll('button, summary, select, input, a')]
  .filter((each) => each.checkVisibility() && !each.closest('.skip')
    && !(each.tagName === 'A' && getComputedStyle(each).display === 'inline'))
  .map((each) => [each, each.closest('label') && /radio|checkbox/.test(each.type)
    ? each.closest('label') : each])
  .filter(([, target]) => target.getBoundingClientRect().height < 43.5)
  .map(([each]) => `${each.tagName} ${each.innerText || each.name}`)"""


def a_day_of_work(office: Office) -> None:
    """Something on every list: closed and open alerts, a hub, a fault, a window."""
    office.register.devices.add(
        Device(
            org="dorset", device="hub-of-the-second-home", home="home-2", model="A Long Model 500",
            serial="SN-0000-2", room="hall", heartbeat_seconds=300, line="analogue",
            exchange="Bridport and Lyme Regis",
        )
    )  # fmt: skip
    alert, me = office.raise_signal(), office.operator()
    office.desk.claim(me, alert)
    office.desk.resolve(me, alert, Outcome.FOUND_SAFE, "Spoken with, all is well.")
    office.raise_signal(
        SignalKind.HUB_SILENT, home="home-5", kind_of="",
        at=office.clock.now() - timedelta(seconds=2400), why="The hub is silent for 40 minutes.",
    )  # fmt: skip


PAGES = {
    Role.SUPERVISOR: [
        "/desk", "/homes", "/homes/home-2", "/homes/home-2/day", "/history", "/windows", "/plans",
        "/plans/edit", "/rotas", "/record", "/calls", "/second-factor", "/quality",
    ],
    Role.TEC: ["/devices", "/devices/hub-of-the-second-home", "/devices/lines", "/devices/new"],
    Role.MANAGER: ["/reports", "/judgement"],
    Role.FAMILY: ["/family"],
    Role.RESPONDER: ["/jobs"],
}  # fmt: skip


@pytest.mark.parametrize("role", PAGES, ids=lambda role: role.value)
def test_everybody_reads_their_pages_with_one_thumb(
    office: Office, visit: Callable[..., Page], role: Role
) -> None:
    a_day_of_work(office)
    person = Person(org="dorset", person="pat", username="pat", name="Pat P.", role=role)
    office.register.people.add(person, PASSWORD)
    page = visit("/sign-in", size=TELEPHONE)
    page.get_by_label("Username").fill("pat")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "sign-in" not in url)
    wide, small = {}, {}
    for path in PAGES[role]:
        page.goto(path)
        if sideways := page.evaluate(SIDEWAYS):
            wide[path] = sideways
        if too_small := page.evaluate(SMALL):
            small[path] = too_small
    assert wide == {}
    assert small == {}


def test_a_row_on_a_telephone_says_what_each_figure_is(
    office: Office, visit: Callable[..., Page]
) -> None:
    a_day_of_work(office)
    person = Person(org="dorset", person="max", username="max", name="Max M.", role=Role.MANAGER)
    office.register.people.add(person, PASSWORD)
    page = visit("/sign-in", size=TELEPHONE)
    page.get_by_label("Username").fill("max")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/reports*")
    said = page.locator("td[data-head='Value']").first.evaluate(
        "each => getComputedStyle(each, '::before').content"
    )
    assert said == '"Value"'


def test_the_night_theme_never_reaches_paper(visit: Callable[..., Page]) -> None:
    page = visit("/sign-in", color_scheme="dark")
    ground = "getComputedStyle(document.body).backgroundColor"
    night = page.evaluate(ground)
    page.emulate_media(media="print")
    assert page.evaluate(ground) != night


def test_how_many_wait_stands_on_top_of_a_telephones_desk(
    office: Office, desk: Callable[..., Page]
) -> None:
    office.raise_signal()
    page = desk(size=TELEPHONE)
    for count in ("waiting", "mine", "open", "oldest", "calls"):
        assert page.locator(f"[data-count='{count}']").is_visible(), count
    expect(page.locator("[data-count='waiting']")).to_have_text("1 waiting")


def test_five_who_wait_are_seen_on_a_telephone_before_anything_is_touched(
    office: Office, desk: Callable[..., Page]
) -> None:
    for number in range(1, 7):
        office.raise_signal(home=f"home-{number}")
    page = desk(size=TELEPHONE)
    expect(page.locator("#queue li")).to_have_count(6)
    seen = page.locator("#queue").bounding_box()
    fifth = page.locator("#queue li").nth(4).bounding_box()
    assert seen is not None
    assert fifth is not None
    end = min(seen["y"] + seen["height"], TELEPHONE[1])
    assert fifth["y"] + fifth["height"] <= end


def test_a_village_with_a_long_name_is_read_to_its_end_on_a_telephone(
    office: Office, desk: Callable[..., Page]
) -> None:
    village = "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch"
    homes = office.register.homes
    homes.change_home(
        "dorset", "home-1", by="supervisor-1", address=village, hazards=[village, "oxygen"]
    )
    office.raise_signal(home="home-1")
    page = desk(size=TELEPHONE)
    page.locator("#queue li").first.click()
    expect(page.locator(".hazards li")).to_have_count(2)
    assert page.evaluate(SIDEWAYS) == []
    for path in ("/homes", "/homes/home-1", "/homes/home-1/day", "/plans"):
        page.goto(path)
        assert page.evaluate(SIDEWAYS) == [], path


def test_a_daughters_page_stays_where_there_is_no_signal_and_says_that_it_may_be_old(
    office: Office, visit: Callable[..., Page]
) -> None:
    """It loaded itself anew, and became the browser's own page of errors."""
    person = Person(org="dorset", person="pat", username="pat", name="Pat P.", role=Role.FAMILY)
    office.register.people.add(person, PASSWORD)
    page = visit("/sign-in", size=TELEPHONE)
    page.get_by_label("Username").fill("pat")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/family")
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text("Your family will stand here.")
    page.context.set_offline(True)
    band = page.locator("[data-unseen]")
    expect(band).to_have_text("No signal: this may have changed. The page comes anew by itself.")
    expect(heading).to_have_text("Your family will stand here.")
    page.route("**/family", in_newer_words)
    page.context.set_offline(False)
    expect(heading).to_have_text("Your mother is well.", timeout=5_000)
    expect(band).to_be_hidden()


def in_newer_words(asked: Route) -> None:
    said = asked.fetch()
    newer = said.text().replace("Your family will stand here.", "Your mother is well.")
    asked.fulfill(response=said, body=newer)
