"""Plans, rotas and windows in a browser: seen, changed, refused in plain words."""

from __future__ import annotations

import re
from datetime import date

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Route, expect

from telecare.register.people import Person
from telecare.register.plans import Plan, Step, StepKind
from telecare.register.teams import Member, Shift, Team
from telecare.vocabulary import Role, SignalKind
from tests.browser.desk_page import Desk
from tests.browser.office import PASSWORD, Office

ORG = "dorset"


@pytest.fixture
def chief(office: Office, desk: Desk) -> Page:
    """A supervisor at their desk; a team with one gap."""
    office.register.people.add(
        Person(org=ORG, person="chief", username="chief", name="Chief", role=Role.SUPERVISOR),
        PASSWORD,
    )
    teams = office.register.teams
    teams.add_team(Team(org=ORG, team="west", name="West responders"))
    for name in ("Ann", "Ben"):
        teams.add_member(
            Member(org=ORG, member=name.lower(), team="west", name=name,
                   email=f"{name.lower()}@west.example")
        )  # fmt: skip
    every = list(range(7))
    for shift, member, begins, ends in (
        ("days", "ann", "07:00", "19:00"), ("nights", "ben", "19:00", "07:00"),
    ):  # fmt: skip
        teams.add_shift(
            Shift(org=ORG, shift=shift, team="west", member=member, days=every, begins=begins,
                  ends=ends)
        )  # fmt: skip
    return desk("chief")


def test_a_plan_that_reaches_nobody_is_refused_and_keeps_what_was_typed(
    office: Office, chief: Page
) -> None:
    chief.goto("/plans/edit?home=home-1&kind=fall")
    chief.get_by_label("Name").fill("Falls at night")
    chief.get_by_role("button", name="Save").click()
    expect(chief.get_by_role("alert")).to_contain_text("No step asks anybody")
    expect(chief.get_by_label("Name")).to_have_value("Falls at night")
    chief.locator("[name='kind-0']").select_option("team")
    chief.locator("[name='team-0']").select_option("west")
    chief.get_by_role("button", name="Save").click()
    expect(chief).to_have_url(re.compile(r"/plans$"))
    chief.goto("/plans?find=nowhere")
    plans = chief.get_by_role("region", name="Plans")
    expect(plans).to_contain_text("No saved plan matches.")
    expect(plans).not_to_contain_text("every home follows the default")
    chief.goto("/plans")
    expect(chief.get_by_role("region", name="Plans")).to_contain_text("Falls at night")
    (plan,) = office.register.plans.plans(ORG)
    assert (plan.kind, plan.steps[0].team, plan.version) == ("fall", "west", 1)
    chief.get_by_role("button", name="Use it no more").click()
    expect(chief.get_by_role("region", name="Plans")).to_contain_text("No plan was saved")


def test_a_turn_goes_to_nobody_and_the_gap_is_named(office: Office, chief: Page) -> None:
    chief.goto("/rotas")
    week = chief.get_by_role("region", name="West responders", exact=True)
    expect(week).to_contain_text("Now: Ben")
    expect(week).to_contain_text("No gap in the next fortnight.")
    friday = week.get_by_role("row", name="Fri 13 Mar").first
    friday.get_by_text("Give this turn to").first.click()
    friday.get_by_label("Who takes it").first.select_option("")
    friday.get_by_role("button", name="Give it").first.click()
    expect(week).to_contain_text("from Fri 13 March 07:00 to 19:00")
    (cover,) = office.register.teams.covers(ORG)
    assert (cover.shift, cover.day, cover.member) == ("days", date(2026, 3, 13), None)
    nobody = friday.locator("li:has(strong:text-is('nobody'))")
    nobody.get_by_text("Give this turn to").click()
    nobody.get_by_label("Who takes it").select_option("ben")
    nobody.get_by_role("button", name="Give it").click()
    expect(week).to_contain_text("No gap in the next fortnight.")
    friday.get_by_text("Give this turn to").first.click()
    friday.get_by_role("button", name="End it after this day").first.click()
    expect(week).to_contain_text("from Sat 14 March 07:00 to 19:00")
    (days,) = [each for each in office.register.teams.shifts(ORG) if each.shift == "days"]
    assert days.last_day == date(2026, 3, 13)


def test_a_window_is_opened_seen_on_the_desk_and_ended(office: Office, chief: Page) -> None:
    chief.goto("/windows?home=home-1")
    chief.locator("[name='ends']").fill("2027-03-15T14:00")
    chief.get_by_role("button", name="Hold back").click()
    expect(chief.get_by_role("alert")).to_contain_text("At most 28 days at a time")
    chief.locator("[name='ends']").fill("2026-03-15T14:00")
    chief.get_by_role("button", name="Hold back").click()
    table = chief.get_by_role("region", name="Windows")
    expect(table).to_contain_text("Sun 15 Mar 2026 14:00")
    office.raise_signal(SignalKind.FALL, why="It looks like a fall.")
    office.raise_signal(SignalKind.INACTIVITY, why="Nothing moved.")
    chief.goto("/desk")
    row = chief.locator("#queue li").first
    expect(row.locator("[data-part='windows']")).to_have_text("Away until Sun 15 March 14:00 UTC")
    chief.goto("/windows")
    chief.get_by_role("button", name="End it now").click()
    expect(table).to_contain_text("Nothing is held back anywhere.")


def test_the_pages_are_open_to_everybody(office: Office, chief: Page) -> None:
    office.register.plans.keep(
        Plan(org=ORG, home="home-1", kind="fall", name="Falls",
             steps=[Step(kind=StepKind.CONTACTS), Step(kind=StepKind.DESK)]),
        "chief",
    )  # fmt: skip
    for path in ("/plans", "/plans/edit?home=home-1&kind=fall", "/rotas", "/windows"):
        for theme in ("light", "dark"):
            chief.emulate_media(color_scheme=theme)
            chief.goto(path)
            found = Axe().run(chief).response["violations"]
            assert [each["id"] for each in found] == [], (path, theme)


def test_a_second_click_holds_nothing_back_twice(office: Office, chief: Page) -> None:
    """Who then ends one of two windows believes that nothing is held back any more."""
    asked: list[Route] = []

    def on_its_way(route: Route) -> None:
        if route.request.method == "POST":
            asked.append(route)
        else:
            route.continue_()

    chief.goto("/windows")
    chief.route("**/windows", on_its_way)
    chief.get_by_label("Home").fill("home-2")
    chief.get_by_label("Until").fill("2026-03-12T10:00")
    box = chief.get_by_role("button", name="Hold back").bounding_box()
    assert box is not None
    for _ in range(2):
        chief.mouse.click(box["x"] + 9, box["y"] + 9)
        chief.wait_for_timeout(300)
    (only,) = asked
    only.continue_()
    expect(chief.get_by_role("button", name="End")).to_have_count(1)
