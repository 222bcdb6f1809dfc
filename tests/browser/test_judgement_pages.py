"""Four weeks by day and hour, a hand-over by key, and a platform that says it is not well."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from telecare.register.people import Person
from telecare.settings import Settings
from telecare.vocabulary import Role, SignalKind
from tests.browser.desk_page import Desk
from tests.browser.office import PASSWORD, Office, copy_of, open_office

HOUR = 3600.0


def test_the_four_weeks_are_walked_by_keys_and_said_in_words(office: Office, desk: Desk) -> None:
    office.tell("home-1", {"kitchen": [-18 * HOUR, -18 * HOUR - 60, -42 * HOUR], "hall": [-60.0]})
    page = desk()
    page.goto("/homes/home-1/activity")
    expect(page.get_by_role("row", name="Usual")).to_be_visible()
    page.get_by_role("link", name="kitchen").click()
    expect(page.get_by_role("link", name="kitchen")).to_have_attribute("aria-current", "page")
    page.locator("[data-heat]").focus()
    said = page.locator("[data-cell]")
    expect(said).to_contain_text("06:00 to 07:00")
    # 02:53 on Tuesday still belongs to Monday's row; eighteen hours before it was 08:53.
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(said).to_contain_text("Mon 9 Mar, 08:00 to 09:00: somebody was noticed 2 times")
    page.keyboard.press("ArrowUp")
    expect(said).to_contain_text("Sun 8 Mar, 08:00 to 09:00: somebody was noticed once")
    expect(page.get_by_role("row", name="Mon 9 Mar").get_by_role("cell").nth(2)).to_have_text("2")


def test_on_a_telephone_the_four_weeks_are_seen_whole(office: Office, desk: Desk) -> None:
    office.tell("home-1", {"kitchen": [-18 * HOUR]})
    page = desk(size=(390, 844))
    page.goto("/homes/home-1/activity")
    for cell in (page.locator(".heat tr:first-child th").last, page.locator(".heat td").last):
        box = cell.bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= 390
    page.locator(".heat td").first.hover()
    expect(page.locator("[data-cell]")).to_contain_text("06:00 to 07:00: not known")


def test_the_pictures_page_is_open_to_everybody(office: Office, desk: Desk) -> None:
    office.tell("home-1", {"kitchen": [-18 * HOUR]})
    office.raise_signal(
        SignalKind.ROUTINE, kind_of="bathroom_night", why="Bathroom at night 7 times."
    )
    page = desk()
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        page.goto("/homes/home-1/activity")
        found = Axe().run(page).response["violations"]
        assert [each["id"] for each in found] == [], theme


def test_an_alert_is_handed_over_by_key(office: Office, desk: Desk) -> None:
    alert = office.raise_signal()
    page = desk()
    page.wait_for_selector(f"#queue li[data-alert='{alert}']")
    page.keyboard.press("j")
    page.keyboard.press("c")
    expect(page.locator(".said")).to_have_text("Claimed. It is yours.")
    page.keyboard.press("h")
    expect(page.locator("#handover [data-colleagues]")).to_contain_text("1 Operator 2")
    page.keyboard.press("1")
    expect(page.locator(".said")).to_have_text("Handed over to Operator 2.")
    assert office.desk.line(office.operator(), alert).owner_id == "operator-2"


@pytest.fixture
def unwell(office_pattern: Settings, tmp_path: Path) -> Iterator[Office]:
    with open_office(copy_of(office_pattern, tmp_path), unwell="detectors") as opened:
        yield opened


class TestUnwell:
    """With detectors that do not work."""

    @pytest.fixture
    def office(self, unwell: Office) -> Office:
        return unwell

    def test_every_desk_says_so_in_a_band(self, desk: Desk) -> None:
        page = desk()
        expect(page.locator("[data-band='down']")).to_have_text("Ill.")
        expect(page.locator("[data-band='down']")).to_be_visible()


def test_a_supervisor_tries_a_setting_in_the_browser(office: Office, desk: Desk) -> None:
    office.register.people.add(
        Person(
            org="dorset", person="chief", username="chief", name="Chief", role=Role.SUPERVISOR
        ),
        PASSWORD,
    )  # fmt: skip
    page = desk("chief")
    page.goto("/homes/home-1/judgement")
    page.locator("select").select_option("inactivity.margin_minutes")
    page.get_by_label("Value").fill("75")
    page.get_by_role("button", name="Simulate").click()
    expect(page.get_by_role("status")).to_contain_text("going through the home's last weeks")
    page.goto("/judgement")
    assert [each["id"] for each in Axe().run(page).response["violations"]] == []
