"""The desk over a bad line and after a pause: it says what is true and loses no word."""

from __future__ import annotations

import pytest
from playwright.sync_api import Route, expect

from telecare.vocabulary import Outcome
from tests.browser.desk_page import Desk, held_back, intercept, row
from tests.browser.office import PASSWORD, Office
from tests.browser.wire import Wire


def test_a_card_that_does_not_come_leaves_nobody_elses_to_act_on(
    office: Office, desk: Desk
) -> None:
    """Both are mine; the second one's card was lost on the way, and what stands is the first's."""
    first, second = (office.raise_signal(home=f"home-{number}") for number in (1, 2))
    for alert in (first, second):
        office.desk.claim(office.operator(), alert)
    page = desk(path=f"/alerts/{first}")
    page.wait_for_selector("[data-deed='close']")
    page.route(f"**/alerts/{second}/card*", lambda route: route.abort(), times=1)
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator(".said.refusal")).to_contain_text("could not be opened")
    expect(page.locator("[data-band='elsewhere']")).to_contain_text("You have chosen Resident B")
    page.keyboard.press("x")
    expect(page.locator("#close")).not_to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator("#card h1")).to_contain_text("Resident B Dorset")
    expect(page.locator("[data-band='elsewhere']")).not_to_be_visible()


def test_while_a_card_is_on_its_way_no_key_acts_on_the_one_before(
    office: Office, desk: Desk
) -> None:
    first, second = (office.raise_signal(home=f"home-{number}") for number in (1, 2))
    for alert in (first, second):
        office.desk.claim(office.operator(), alert)
    page = desk(path=f"/alerts/{first}")
    page.wait_for_selector("[data-deed='close']")
    asked: list[Route] = []
    page.route(f"**/alerts/{second}/card", lambda route: asked.append(route), times=1)  # noqa: PLW0108
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    on_its_way = held_back(page, asked, 1)
    expect(page.locator("[data-band='elsewhere']")).to_contain_text("Opening Resident B")
    page.keyboard.press("r")
    page.wait_for_timeout(500)
    expect(page.locator("#card")).not_to_contain_text("2417")
    page.keyboard.press("x")
    expect(page.locator("#close")).not_to_be_visible()
    on_its_way.continue_()
    expect(page.locator("#card h1")).to_contain_text("Resident B Dorset")


def test_a_card_that_missed_a_change_is_fetched_again(office: Office, desk: Desk) -> None:
    """A line that loses requests: the queue has the news, and the card has it soon."""
    alert = office.raise_signal()
    page = desk(path=f"/alerts/{alert}")
    page.wait_for_selector("[data-deed='claim']")
    page.route(f"**/alerts/{alert}/card/newer", lambda route: route.abort(), times=1)
    office.desk.claim(office.operator(number=2), alert)
    expect(page.locator("article header")).to_contain_text("Operator 2")


def test_what_was_closed_while_the_line_was_down_is_shown_closed(
    office: Office, desk: Desk, wire: Wire
) -> None:
    alert = office.raise_signal()
    page = desk(path=f"/alerts/{alert}")
    page.wait_for_selector("[data-deed='claim']")
    wire.freeze()
    expect(page.locator("[data-band='stale']")).to_be_visible()
    other = office.operator(number=2)
    office.desk.claim(other, alert)
    office.desk.resolve(other, alert, Outcome.HELPED_BY_TALKING, "She is well.")
    wire.thaw()
    expect(page.locator("[data-band='stale']")).not_to_be_visible()
    expect(page.locator("article")).to_have_attribute("data-state", "resolved")
    expect(page.locator("[data-deed='claim']")).to_have_count(0)


def test_a_note_half_written_when_the_desk_locks_is_there_again(office: Office, desk: Desk) -> None:
    """The session ends in the middle of a sentence; the word that opens the desk brings it back."""
    alert = office.raise_signal()
    office.desk.claim(office.operator(), alert)
    page = desk(path=f"/alerts/{alert}")
    page.wait_for_selector("[data-deed='note']")
    page.keyboard.press("n")
    page.keyboard.type("She fell in the kitchen and")
    page.evaluate("dispatchEvent(new Event('telecare:session-over', { cancelable: true }))")
    expect(page.locator("#lock")).to_be_visible()
    assert "kitchen" not in page.content()
    assert page.locator("#note textarea").input_value() == ""
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("#note textarea")).to_have_value("She fell in the kitchen and")
    expect(page.locator("#note textarea")).to_be_focused()
    page.keyboard.press("End")
    page.keyboard.type(" hears me.")
    page.keyboard.press("Enter")
    expect(page.locator(".timeline")).to_contain_text("She fell in the kitchen and hears me.")


def test_escape_from_the_search_leaves_the_choice_where_it_was(office: Office, desk: Desk) -> None:
    alerts = [office.raise_signal(home=f"home-{number}") for number in (1, 2)]
    page = desk()
    page.wait_for_selector(row(page, alerts[1]))
    page.keyboard.press("j")
    page.keyboard.press("/")
    page.keyboard.type("nobody")
    page.keyboard.press("Escape")
    expect(page.locator("#find")).to_have_value("")
    expect(page.locator(f"{row(page, alerts[0])} a")).to_be_focused()
    expect(page.locator("#queue li.cursor")).to_have_attribute("data-alert", alerts[0])


def test_who_goes_back_while_another_is_on_its_way_stays_there(office: Office, desk: Desk) -> None:
    """Else a note begun on the one would be written down on the other."""
    first, second = (office.raise_signal(home=f"home-{number}") for number in (1, 2))
    office.desk.claim(office.operator(), first)
    page = desk(path=f"/alerts/{first}")
    page.wait_for_selector("[data-deed='close']")
    asked: list[Route] = []
    page.route(f"**/alerts/{second}/card", lambda route: asked.append(route), times=1)  # noqa: PLW0108
    page.locator(row(page, second)).click()
    on_its_way = held_back(page, asked, 1)
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    on_its_way.continue_()
    page.keyboard.type("She is well.")
    page.wait_for_timeout(500)
    page.keyboard.press("Enter")
    expect(page.locator("#card h1")).to_contain_text("Resident A Dorset")
    expect(page.locator(".timeline")).to_contain_text("She is well.")


@pytest.mark.parametrize("locked", [False, True])
def test_a_desk_that_is_another_persons_by_now_shows_theirs(
    office: Office, desk: Desk, wire: Wire, locked: bool
) -> None:
    """Two people at one computer: whoever signs in in another tab is signed in in every tab."""
    alert = office.raise_signal()
    office.desk.claim(office.operator(), alert)
    page = desk()
    page.wait_for_selector(f"{row(page, alert)}.mine")
    if locked:
        page.keyboard.press("l")
        expect(page.locator("#lock h2")).to_have_text("Locked: Operator 1")
        page.wait_for_timeout(500)
    tab = page.context.new_page()
    tab.goto("/sign-in")
    tab.fill("input[name=username]", "dorset-2")
    tab.fill("input[name=password]", PASSWORD)
    tab.click("button.main")
    tab.wait_for_selector(row(tab, alert))
    wire.thaw()
    expect(page.locator("a.me")).to_have_text("Operator 2")
    page.wait_for_selector(f"{row(page, alert)}:not(.mine)")


def test_who_signed_in_anew_in_another_tab_acts_in_both(
    office: Office, desk: Desk, wire: Wire
) -> None:
    alert = office.raise_signal()
    page = desk()
    page.wait_for_selector(row(page, alert))
    tab = page.context.new_page()
    tab.goto("/sign-in")
    tab.fill("input[name=username]", "dorset-1")
    tab.fill("input[name=password]", PASSWORD)
    tab.click("button.main")
    tab.wait_for_selector(row(tab, alert))
    wire.thaw()
    page.wait_for_timeout(5_000)
    page.wait_for_selector(".live [data-part='word']:text-is('live')")
    page.bring_to_front()
    page.keyboard.press("j")
    page.keyboard.press("c")
    expect(page.locator(".said")).to_have_text("Claimed. It is yours.")


def test_an_answer_that_takes_six_seconds_is_waited_for(
    office: Office, desk: Desk, wire: Wire
) -> None:
    """Who dials again sooner than an answer can be here is never live."""
    page = desk()
    wire.delay = 6.0
    wire.freeze()
    expect(page.locator("[data-band='stale']")).to_be_visible()
    alert = office.raise_signal()
    wire.thaw()
    expect(page.locator(row(page, alert))).to_be_visible(timeout=40_000)


def test_a_lock_does_not_overtake_the_claim_before_it(office: Office, desk: Desk) -> None:
    """Somebody is rung away as she claims: the page is bare at once, and the claim is hers."""
    alert, asked, locks = office.raise_signal(), list[Route](), list[str]()
    page = desk()

    def hold(claim: Route) -> None:
        asked.append(claim)

    intercept(page, "claim", hold)
    page.on("request", lambda sent: locks.append(sent.url) if sent.url.endswith("/lock") else None)
    page.wait_for_selector(row(page, alert))
    page.keyboard.press("j")
    page.keyboard.press("c")
    claim = held_back(page, asked, 1)
    page.keyboard.press("l")
    expect(page.locator("#lock")).to_be_visible()
    expect(page.locator("#queue li")).to_have_count(0)
    page.wait_for_timeout(1500)
    assert locks == []
    claim.continue_()
    expect(page.locator("[data-while-locked]")).to_have_text("Nobody is waiting.")
    page.reload()
    expect(page.locator("#lock")).to_be_visible()
    assert len(locks) == 1


def test_a_lock_that_is_still_on_its_way_does_not_shut_the_desk_after_its_word(
    office: Office, desk: Desk
) -> None:
    alert, asked = office.raise_signal(), list[Route]()

    def hold(lock: Route) -> None:
        asked.append(lock)

    page = desk()
    page.route("**/api/v1/session/lock", hold, times=1)
    page.reload()
    page.wait_for_selector(row(page, alert))
    page.keyboard.press("l")
    lock = held_back(page, asked, 1)
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_timeout(1500)
    expect(page.locator("#lock")).to_be_visible()
    lock.continue_()
    expect(page.locator("#lock")).to_be_hidden()
    expect(page.locator(row(page, alert))).to_be_visible()
    page.wait_for_timeout(1500)
    expect(page.locator("#lock")).to_be_hidden()


def test_a_word_from_before_does_not_open_what_was_locked_since(office: Office, desk: Desk) -> None:
    """Who is rung away on a slow line, right after the desk has come, leaves it locked."""
    alert, asked, held = office.raise_signal(), list[Route](), True

    def hold(me: Route) -> None:
        if held:
            asked.append(me)
        else:
            me.continue_()

    page = desk()
    page.route("**/api/v1/me", hold)
    page.reload()
    page.wait_for_selector(row(page, alert))
    held_back(page, asked, 1)
    page.wait_for_timeout(500)
    page.evaluate("""
        window.opened = 0;
        document.getElementById("lock").addEventListener("close", () => { window.opened += 1; });
    """)
    page.keyboard.press("l")
    expect(page.locator("#lock")).to_be_visible()
    held = False
    for word in asked:
        word.continue_()
    page.wait_for_timeout(1500)
    expect(page.locator("#lock")).to_be_visible()
    expect(page.locator("#queue li")).to_have_count(0)
    assert page.evaluate("window.opened") == 0, "not for a moment"
