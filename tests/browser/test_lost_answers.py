"""An act whose answer was lost on the way is done once, and never said to be undone."""

from __future__ import annotations

from playwright.sync_api import Route, expect

from telecare.vocabulary import AlertState
from tests.browser.desk_page import Desk, held_back, intercept, row
from tests.browser.office import Office


def answer_lost(asked: Route) -> None:
    """It arrived and was done; the line broke before its answer came."""
    asked.fetch()
    asked.abort()


def test_an_act_whose_answer_was_lost_is_not_said_to_be_undone(office: Office, desk: Desk) -> None:
    alert = office.raise_signal()
    page = desk()
    intercept(page, "claim", answer_lost)
    page.wait_for_selector(row(page, alert))
    page.keyboard.press("j")
    page.keyboard.press("c")
    expect(page.locator(".said")).to_contain_text("it may have been done or not")
    assert office.desk.line(office.operator(), alert).state is AlertState.CLAIMED


def test_who_sends_again_what_nobody_answered_does_it_once_and_is_told(
    office: Office, desk: Desk
) -> None:
    """A bad line: the note arrives, its answer does not."""
    alert = office.raise_signal()
    office.desk.claim(office.operator(), alert)
    page = desk(path=f"/alerts/{alert}")
    intercept(page, "note", answer_lost, times=1)
    page.wait_for_selector("[data-deed='note']")
    page.keyboard.press("n")
    page.keyboard.type("She hears me.")
    page.keyboard.press("Enter")
    expect(page.locator("dialog[open]")).to_contain_text("Do the same again now")
    page.keyboard.press("Enter")
    expect(page.locator(".said")).to_have_text("Your first press had arrived: it was done once.")
    page.keyboard.press("n")
    page.keyboard.type("She hears me.")
    page.keyboard.press("Enter")
    expect(page.locator(".said")).to_have_text("Written down.")
    expect(page.locator(".timeline").get_by_text("She hears me.")).to_have_count(2)


def test_a_note_that_is_refused_after_its_window_has_gone_is_said_and_the_next_one_stands(
    office: Office, desk: Desk
) -> None:
    alert = office.raise_signal()
    office.desk.claim(office.operator(), alert)
    page = desk(path=f"/alerts/{alert}")
    asked: list[Route] = []
    intercept(page, "note", lambda route: asked.append(route), times=2)  # noqa: PLW0108
    page.wait_for_selector("[data-deed='note']")
    page.keyboard.press("n")
    page.keyboard.type("She hears me.")
    page.keyboard.press("Enter")
    first = held_back(page, asked, 1)
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    page.keyboard.type("The daughter")
    first.continue_()
    expect(page.locator(".said")).to_have_text("Written down.")
    page.keyboard.type(" is there.")
    page.keyboard.press("Enter")
    second = held_back(page, asked, 2)
    page.keyboard.press("Escape")
    second.abort()
    expect(page.locator(".said")).to_contain_text("it may have been done or not")
    page.keyboard.press("n")
    page.keyboard.type("The daughter is there.")
    page.keyboard.press("Enter")
    expect(page.locator(".timeline")).to_contain_text("The daughter is there.")


def test_a_second_press_while_the_first_is_on_its_way_is_the_same(
    office: Office, desk: Desk
) -> None:
    alert = office.raise_signal()
    office.desk.claim(office.operator(), alert)
    page = desk(path=f"/alerts/{alert}")
    asked: list[Route] = []
    intercept(page, "release", lambda route: asked.append(route))  # noqa: PLW0108
    page.wait_for_selector("[data-deed='release']")
    page.keyboard.press("u")
    page.keyboard.press("u")
    expect(page.locator(".said")).to_have_text("It is on its way already, and is done once.")
    held_back(page, asked, 1).continue_()
    expect(page.locator(".said")).to_contain_text("Given back.")
    assert len(asked) == 1
