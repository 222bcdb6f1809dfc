"""What is expected of a day, in a browser: telephones, prompts, and who rings."""

from __future__ import annotations

import re

from axe_playwright_python.sync_playwright import Axe
from msgspec.structs import replace
from playwright.sync_api import expect

from responder.arranged.prompts import Why, left
from responder.store import timed
from tests.browser.desk_page import Desk
from tests.browser.office import Office


def test_a_prompt_is_arranged_by_keyboard_and_left_to_people(office: Office, desk: Desk) -> None:
    page = desk()
    page.goto("/homes/home-1/day")
    page.get_by_label("is rung at").fill("not a number")
    page.get_by_label("is rung at").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Write a telephone number")
    page.get_by_label("is rung at").fill("01305 960 123")
    page.get_by_label("and spoken to in").select_option("cy")
    page.get_by_role("button", name="Save the telephone").press("Enter")
    expect(page.get_by_label("is rung at")).to_have_value("+441305960123")
    page.get_by_label("From").fill("00:00")
    page.get_by_label("By", exact=True).fill("00:15")
    page.get_by_label("The platform rings first").select_option("3")
    page.get_by_role("button", name="Expect it").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("People need ten minutes")
    page.get_by_label("From").fill("00:00")
    page.get_by_label("By", exact=True).fill("23:30")
    page.get_by_label("The platform rings first").select_option("3")
    page.get_by_role("button", name="Expect it").press("Enter")
    expected = page.get_by_role("region", name="What is expected")
    expect(expected).to_contain_text("the platform rings, up to 3 times; then an operator")
    page.goto("/calls")
    expect(page.locator("[data-call-state='ringing']")).to_contain_text("rings up to 3 times first")
    now = office.clock.now()
    (key,) = timed.rings_due(office.works.database, now, 10)
    with office.works.begin(now) as work:
        found = timed.to_ring(work, *key)
        assert found is not None
        assert found.prompt is not None
        prompt = left(found.prompt, Why.PROVIDER)
        timed.expectations.put(work, replace(found, prompt=prompt))
    page.reload()
    row = page.locator("[data-call-state='now']")
    expect(row).to_contain_text("does not take the platform's calls. Please ring.")
    expect(page.get_by_text(re.compile("1 for people"))).to_be_visible()
    page.goto("/desk")
    expect(page.locator("[data-count='calls']")).to_have_text("1 to ring")
    page.set_viewport_size({"width": 375, "height": 720})
    for path in ("/calls", "/homes/home-1/day"):
        page.goto(path)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 375, f"{path} scrolls sideways on a telephone"
        assert [each["id"] for each in Axe().run(page).response["violations"]] == [], path
