"""A form half filled in when the page asks who is there is as it was for whoever had begun it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from telecare.register.people import Person
from telecare.vocabulary import Role
from tests.browser.office import PASSWORD, Office

AGAIN = "What you had typed stands here again."
PLAN = "/plans/edit?home=home-1&kind=fall"


@pytest.fixture
def tec(office: Office, visit: Callable[..., Page]) -> Page:
    for name, role in (("tec", Role.TEC), ("other", Role.TEC), ("chief", Role.SUPERVISOR)):
        office.register.people.add(
            Person(org="dorset", person=name, username=name, name=name.title(), role=role),
            PASSWORD,
        )
    return visit("/sign-in?next=/devices/new")


def signs_in(page: Page, name: str) -> None:
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def unlocks(page: Page) -> None:
    page.get_by_label("PIN or password").fill(PASSWORD)
    page.get_by_role("button", name="Unlock").click()


def types_a_device(page: Page) -> None:
    page.get_by_label("Serial number on its label").fill("SN-778899")
    page.get_by_label("Kind").select_option("pendant")
    page.get_by_label("Room").fill("kitchen")


def kept(page: Page) -> object:
    return page.evaluate("sessionStorage.getItem('telecare.typed')")


def test_a_device_half_typed_when_the_page_is_locked_stands_there_again(tec: Page) -> None:
    signs_in(tec, "tec")
    types_a_device(tec)
    tec.get_by_role("button", name="Lock").click()
    unlocks(tec)
    expect(tec.get_by_text(AGAIN)).to_be_visible()
    expect(tec.get_by_label("Serial number on its label")).to_have_value("SN-778899")
    expect(tec.get_by_label("Kind")).to_have_value("pendant")
    expect(tec.get_by_label("Room")).to_have_value("kitchen")
    assert kept(tec) is None, "on the page, and nowhere else"
    tec.goto("/devices")
    tec.goto("/devices/new")
    expect(tec.get_by_label("Serial number on its label")).to_have_value("")


def test_a_plan_that_is_saved_after_its_session_ended_stands_there_again(tec: Page) -> None:
    signs_in(tec, "chief")
    tec.goto(PLAN)
    tec.get_by_label("Name", exact=True).fill("After a fall")
    tec.locator("[name=kind-0]").select_option("desk")
    tec.locator("[name=at-once-0]").check()
    tec.context.clear_cookies()
    tec.get_by_role("button", name="Save as the next version").click()
    signs_in(tec, "chief")
    tec.wait_for_url(f"**{PLAN}")
    expect(tec.get_by_text(AGAIN)).to_be_visible()
    expect(tec.get_by_label("Name", exact=True)).to_have_value("After a fall")
    expect(tec.locator("[name=kind-0]")).to_have_value("desk")
    expect(tec.locator("[name=at-once-0]")).to_be_checked()
    tec.get_by_role("button", name="Save as the next version").click()
    tec.wait_for_url("**/plans")
    tec.goto(PLAN)
    expect(tec.get_by_text(AGAIN)).to_be_hidden()


def test_another_person_who_signs_in_sees_nothing_of_it(tec: Page) -> None:
    signs_in(tec, "tec")
    types_a_device(tec)
    tec.context.clear_cookies()
    tec.get_by_label("Device (a-z").fill("pendant-9")
    tec.get_by_label("Home (type an address)").fill("1 Sample Lane")
    tec.get_by_role("button", name="Register it").click()
    expect(tec.get_by_role("heading", name="Sign in")).to_be_visible()
    signs_in(tec, "other")
    expect(tec.get_by_role("heading", name="A new device")).to_be_visible()
    expect(tec.get_by_label("Serial number on its label")).to_have_value("")
    assert kept(tec) is None


def test_who_signs_out_leaves_nothing_behind(tec: Page) -> None:
    signs_in(tec, "tec")
    types_a_device(tec)
    tec.get_by_role("button", name="Sign out").click()
    expect(tec.get_by_role("heading", name="Sign in")).to_be_visible()
    assert kept(tec) is None
    tec.goto("/sign-in?next=/devices/new")
    signs_in(tec, "tec")
    expect(tec.get_by_label("Serial number on its label")).to_have_value("")


def test_what_was_said_on_a_call_stands_at_that_call_though_others_were_ticked_off(
    office: Office, visit: Callable[..., Page]
) -> None:
    for name in ("ann", "ben"):
        office.register.people.add(
            Person(
                org="dorset", person=name, username=name, name=name.title(), role=Role.SUPERVISOR
            ),
            PASSWORD,
        )
    ann, ben = visit("/sign-in?next=/calls"), visit("/sign-in?next=/homes/home-1/day")
    signs_in(ben, "ben")
    for until in ("23:30", "23:40", "23:50"):
        ben.get_by_label("From").fill("00:00")
        ben.get_by_label("By", exact=True).fill(until)
        ben.get_by_role("button", name="Expect it", exact=True).click()
    signs_in(ann, "ann")
    calls = ann.locator("[data-call-state='now']")
    expect(calls).to_have_count(3)
    calls.nth(2).get_by_label("What was said").fill("slept badly, eats well")
    ann.get_by_role("button", name="Lock").click()
    ben.goto("/calls")
    ben.locator("[data-call-state='now']").first.get_by_role("button").first.click()
    expect(ben.locator("[data-call-state='now']")).to_have_count(2)
    unlocks(ann)
    expect(calls).to_have_count(2)
    expect(ann.get_by_text(AGAIN)).to_have_count(1)
    expect(calls.nth(0).get_by_label("What was said")).to_have_value("")
    expect(calls.nth(1).get_by_label("What was said")).to_have_value("slept badly, eats well")


@pytest.mark.parametrize(
    ("page", "label", "typed"),
    [
        ("/windows", "Home (type an address)", "1 Sample Lane"),
        ("/homes/home-1/day", "What is said", "Lunch is warmed up"),
        ("/homes/home-1/day", "is rung at", "01305 960 123"),
    ],
)
def test_what_is_arranged_is_kept_as_well(tec: Page, page: str, label: str, typed: str) -> None:
    signs_in(tec, "chief")
    tec.goto(page)
    tec.get_by_label(label).fill(typed)
    tec.get_by_role("button", name="Lock").click()
    unlocks(tec)
    expect(tec.get_by_text(AGAIN)).to_have_count(1)
    expect(tec.get_by_label(label)).to_have_value(typed)
