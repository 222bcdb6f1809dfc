"""The operator's desk in a real browser: live, by keyboard alone, and honest about its age."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from telecare.clock import RealClock
from telecare.settings import Settings
from telecare.tenancy import Actor
from telecare.vocabulary import AlertState, Outcome, Role, SignalKind
from tests.browser.desk_page import Desk, row
from tests.browser.office import PASSWORD, Office, copy_of, open_office, serving
from tests.browser.wire import Wire

SUPERVISOR = Actor(org="dorset", id="supervisor-1", role=Role.SUPERVISOR)


def test_a_press_appears_by_itself_with_its_words_and_its_clock(office: Office, desk: Desk) -> None:
    page = desk()
    expect(page.locator("[data-count='waiting'] b")).to_have_text("0")
    alert = office.raise_signal()
    line = page.locator(row(page, alert))
    expect(line.locator("[data-part='priority']")).to_have_text("emergency")
    expect(line).to_contain_text("Resident A Dorset, 1 Dorset Lane")
    expect(line).to_contain_text("waiting")
    expect(page.locator("[data-count='waiting'] b")).to_have_text("1")
    expect(page).to_have_title("(1) waiting · Desk")
    expect(page.locator("[data-news]")).to_contain_text("New: emergency, Resident A Dorset")


def test_what_came_with_it_is_said_in_words(office: Office, desk: Desk) -> None:
    alert = office.raise_signal()
    assert alert == office.raise_signal(
        SignalKind.FALL, kind_of="worn", why="Movement like a fall: an impact of 4.5 g."
    )
    page = desk()
    expect(page.locator(row(page, alert))).to_contain_text("With it: fall worn")


def test_another_organisations_press_never_appears(office: Office, desk: Desk) -> None:
    page = desk("devon-1")
    office.raise_signal(org="dorset")
    ours = office.raise_signal(org="devon", home="home-2")
    expect(page.locator(row(page, ours))).to_be_visible()
    assert page.locator("#queue li").count() == 1


def test_the_whole_job_by_keyboard_alone(office: Office, desk: Desk) -> None:
    alert = office.raise_signal()
    page = desk()
    keys = page.keyboard
    page.wait_for_selector(row(page, alert))
    keys.press("j")
    keys.press("c")
    expect(page.locator(".said")).to_have_text("Claimed. It is yours.")
    expect(page.locator(f"{row(page, alert)} [data-part='holder']")).to_have_text("me")
    expect(page.locator(".hazards")).to_contain_text("oxygen in use")

    keys.press("r")
    expect(page.locator("[data-keysafe] .code")).to_have_text("1417")

    call = page.locator("[data-deed='call']").first
    expect(call).to_be_visible()
    number = call.get_attribute("data-number")
    assert number is not None
    keys.press(number)
    expect(page.locator("#call h2")).to_have_text("Daughter 1, daughter")
    expect(page.locator("#call .number")).to_have_text("01632 960001")
    keys.press("p")
    expect(page.locator("[data-call='ringing']")).to_be_visible()
    expect(page.locator("[data-keysafe] .code")).to_have_text("1417")
    keys.press(number)
    keys.press("g")
    expect(page.locator("[data-call='on_the_way']")).to_be_visible()

    keys.press("n")
    keys.type("She is on the floor, awake and talking")
    keys.press("Enter")
    expect(page.locator(".timeline")).to_contain_text("awake and talking")
    keys.press("p")
    keys.type("REC-2026/0417")
    keys.press("Enter")
    expect(page.locator(".timeline")).to_contain_text("Call made, reference REC-2026/0417.")

    keys.press("x")
    keys.press("k")
    keys.type("Daughter lifted her, tea made")
    keys.press("Enter")
    expect(page.locator(".said")).to_have_text("Closed.")
    expect(page.locator("[data-count='open'] b")).to_have_text("0")

    line = office.desk.line(office.operator(), alert)
    assert line.outcome is Outcome.KEYHOLDER_ATTENDED
    acts = [entry.act for entry in office.desk.record(SUPERVISOR, alert=alert)]
    for act in ("looked", "claimed", "keysafe_revealed", "rung", "answered", "noted", "resolved"):
        assert act in acts
    assert acts.count("looked") == 1, "a card that follows its changes is one look"


def test_a_false_alarm_asks_why_with_one_more_key(office: Office, desk: Desk) -> None:
    alert = office.raise_signal()
    page = desk()
    page.wait_for_selector(row(page, alert))
    keys = page.keyboard
    keys.press("j")
    keys.press("c")
    page.wait_for_selector("[data-deed='close']")
    keys.press("x")
    keys.press("x")
    expect(page.locator("#close [data-choices='cause']")).to_be_visible()
    keys.press("p")
    keys.type("the cat sat on it")
    keys.press("Enter")
    expect(page.locator(".said")).to_have_text("Closed.")
    line = office.desk.line(office.operator(), alert)
    assert (line.outcome, line.false_alarm_cause) == ("false_alarm", "pet")


def test_the_loser_of_a_race_reads_who_has_it(office: Office, desk: Desk) -> None:
    alert = office.raise_signal()
    page = desk()
    page.wait_for_selector(row(page, alert))
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-deed='claim']")
    office.desk.claim(office.operator(number=2), alert)
    page.keyboard.press("c")
    expect(page.locator(".said.refusal")).to_have_text("Operator 2 has it.")
    expect(page.locator(f"{row(page, alert)} [data-part='holder']")).to_have_text("Operator 2")


def test_focus_and_choice_stay_when_worse_things_arrive(office: Office, desk: Desk) -> None:
    first = office.raise_signal(
        SignalKind.ROUTINE, home="home-1", kind_of="bathroom_night", why="Seven times at night."
    )
    page = desk()
    page.wait_for_selector(row(page, first))
    page.keyboard.press("j")
    focused = "document.activeElement.closest('li').dataset.alert"
    assert page.evaluate(focused) == first
    second = office.raise_signal(home="home-2")
    page.wait_for_selector(row(page, second))
    order = page.locator("#queue li").evaluate_all("rows => rows.map(r => r.dataset.alert)")
    assert order == [second, first]
    assert page.evaluate(focused) == first
    expect(page.locator("#queue li.cursor")).to_have_attribute("data-alert", first)


def test_nothing_moves_while_a_key_is_down_but_the_sound_does_not_wait(
    office: Office, desk: Desk
) -> None:
    first = office.raise_signal(home="home-1", kind_of="flood", why="Water on the floor.")
    page = desk()
    page.wait_for_selector(row(page, first))
    page.keyboard.down("Shift")
    second = office.raise_signal(home="home-2", kind_of="smoke", why="Smoke in the kitchen.")
    expect(page.locator("[data-news]")).to_contain_text("Smoke")
    assert page.locator("#queue li").count() == 1
    page.keyboard.up("Shift")
    page.wait_for_selector(row(page, second))


def test_keys_never_act_on_a_card_other_than_the_chosen_one(office: Office, desk: Desk) -> None:
    alerts = [office.raise_signal(home=f"home-{n}") for n in (1, 2)]
    page = desk()
    page.wait_for_selector(row(page, alerts[1]))
    page.keyboard.press("j")
    page.keyboard.press("c")
    page.wait_for_selector("[data-deed='close']")
    page.keyboard.press("j")
    expect(page.locator("[data-band='elsewhere']")).to_contain_text("Resident B Dorset")
    page.keyboard.press("x")
    expect(page.locator("#close")).not_to_be_visible()
    expect(page.locator(".said.refusal")).to_contain_text("Another alert is chosen")
    page.keyboard.press("Escape")
    expect(page.locator("[data-band='elsewhere']")).not_to_be_visible()


def test_a_note_half_written_survives_what_happens_meanwhile(office: Office, desk: Desk) -> None:
    alert = office.raise_signal()
    page = desk()
    page.wait_for_selector(row(page, alert))
    page.keyboard.press("j")
    page.keyboard.press("c")
    page.wait_for_selector("[data-deed='close']")
    page.keyboard.press("n")
    page.keyboard.type("She says that")
    office.desk.note(office.operator(number=2), alert, "second line rang too")
    expect(page.locator(".timeline")).to_contain_text("second line rang too")
    page.keyboard.type(" she is fine")
    page.keyboard.press("Enter")
    expect(page.locator(".timeline")).to_contain_text("She says that she is fine")


def test_the_sound_repeats_until_somebody_claims(office: Office, desk: Desk) -> None:
    page = desk()
    alert = office.raise_signal()
    while page.evaluate("heardOnTheDesk.emergency ?? 0") < 2:
        page.wait_for_timeout(100)
    office.desk.claim(office.operator(number=2), alert)
    expect(page.locator("[data-count='waiting'] b")).to_have_text("0")
    heard = page.evaluate("heardOnTheDesk.emergency")
    page.wait_for_timeout(4_000)
    assert page.evaluate("heardOnTheDesk.emergency") == heard


def test_f31_a_desk_that_hears_nothing_greys_says_so_and_recovers_by_itself(
    office: Office, desk: Desk, wire: Wire
) -> None:
    page = desk()
    first = office.raise_signal(home="home-1")
    page.wait_for_selector(row(page, first))
    wire.freeze()
    band = page.locator("[data-band='stale']")
    expect(band).to_have_text(re.compile(r"Not live since \d\d:\d\d:\d\d: "))
    said = band.text_content()
    expect(page.locator(".live [data-part='word']")).to_have_text("NOT LIVE")
    assert "grayscale" in page.locator("main").evaluate("e => getComputedStyle(e).filter")
    missed = office.raise_signal(home="home-2")
    office.desk.claim(office.operator(number=2), first)
    page.wait_for_timeout(1_500)
    assert band.text_content() == said, "a screen reader that speaks alerts says it once"
    wire.thaw()
    expect(page.locator("[data-band='stale']")).not_to_be_visible()
    expect(page.locator(row(page, missed))).to_be_visible()
    expect(page.locator(f"{row(page, first)} [data-part='holder']")).to_have_text("Operator 2")


@pytest.mark.parametrize("size", [(683, 384), (390, 780), (900, 800)])
def test_zoomed_in_what_was_opened_is_what_is_seen(
    office: Office, desk: Desk, size: tuple[int, int]
) -> None:
    """683 x 384 is a small laptop at 200 %: the card stands below the queue there."""
    alert = office.raise_signal()
    page = desk(size=size)
    page.wait_for_selector(row(page, alert))
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    name = page.locator("#card h1")
    expect(name).to_be_in_viewport(ratio=1)
    bar = page.locator(".top").evaluate("e => e.getBoundingClientRect().bottom")
    assert name.evaluate("e => e.getBoundingClientRect().top") >= bar, "not behind the bar"
    page.keyboard.press("Escape")
    expect(page.locator(row(page, alert))).to_be_in_viewport(ratio=0.9)


def test_a_hand_that_is_quicker_than_the_screen_is_understood(office: Office, desk: Desk) -> None:
    """The window is shut, and its field has the focus until the page is drawn anew: the N was
    lost, and the D of "The daughter" sent a responder.
    """
    alert = office.raise_signal()
    office.desk.claim(office.operator(), alert)
    page = desk(path=f"/alerts/{alert}")
    page.wait_for_selector("[data-deed='note']")
    page.keyboard.press("n")
    page.evaluate(
        """() => {
          const field = document.activeElement;
          document.getElementById("note").close();
          const key = { key: "n", bubbles: true, cancelable: true };
          field.dispatchEvent(new KeyboardEvent("keydown", key));
        }"""
    )
    page.keyboard.type("The daughter is there.")
    expect(page.locator("#note textarea")).to_have_value("The daughter is there.")


def test_among_many_the_own_ones_are_a_key_away(office: Office, desk: Desk) -> None:
    """A county without power: four hundred wait, three are mine."""
    alerts = [office.raise_signal(home=f"home-{number}") for number in range(1, 7)]
    mine = [alerts[1], alerts[4]]
    page = desk()
    page.wait_for_selector(row(page, alerts[5]))
    page.keyboard.press("m")
    expect(page.locator(".said")).to_have_text("No alert is yours.")
    for alert in mine:
        office.desk.claim(office.operator(), alert)
        page.wait_for_selector(f"{row(page, alert)}.mine")
    chosen = []
    for _ in range(3):
        page.keyboard.press("m")
        chosen.append(page.locator("#queue li.cursor").get_attribute("data-alert"))
    assert chosen == [mine[0], mine[1], mine[0]]


def test_an_ended_session_leads_to_the_sign_in_and_back_to_the_same_alert(
    office: Office, desk: Desk
) -> None:
    alert = office.raise_signal()
    page = desk(path=f"/alerts/{alert}")
    expect(page.locator("article h1")).to_contain_text("Resident A Dorset")
    page.context.clear_cookies()
    page.reload()
    expect(page.locator("h1")).to_have_text("Sign in")
    assert page.locator("[name='next']").input_value() == f"/alerts/{alert}"


def test_limits_warn_in_words_before_they_are_over(office: Office, desk: Desk) -> None:
    now = office.clock.now()
    near = office.raise_signal(home="home-1", at=now - timedelta(seconds=45))
    over = office.raise_signal(home="home-2", at=now - timedelta(seconds=90))
    page = desk()
    expect(page.locator(f"{row(page, near)} .limit")).to_contain_text("s to 1 min")
    expect(page.locator(f"{row(page, over)} .limit")).to_have_text("over 1 min")


def test_of_many_that_come_at_once_a_screen_reader_tells_the_worst_and_how_many_more(
    office: Office, desk: Desk
) -> None:
    page = desk()
    page.wait_for_selector(".live [data-part='word']:text-is('live')")
    page.evaluate(
        """async () => {
            const desk = document.querySelector("script[src*='desk.js']");
            const { tellNews } = await import(new URL("./telling.js", desk.src).href);
            const alert = { overdue: false, owner_id: null, rank: 1, opened_at: "2026-03-10" };
            for (let number = 1; number < 30; number += 1) {
                const id = String(number);
                tellNews(`New: technical, hub ${id}.`, { ...alert, priority: "technical", id });
            }
            for (const id of ["30", "31", "32", "33"])
                tellNews(`New: emergency, home ${id}.`, { ...alert, priority: "emergency", id });
        }"""
    )
    told = page.locator("[data-news] p")
    expect(told).to_have_text(
        [f"New: emergency, home {n}." for n in range(30, 34)] + ["And 29 more in the queue."]
    )


@pytest.mark.parametrize("typed", ["Resident C", "Mrs C Resident", "lane 3 resident"])
def test_what_is_found_is_chosen_and_nothing_is_hidden(
    office: Office, desk: Desk, typed: str
) -> None:
    alerts = [office.raise_signal(home=f"home-{n}") for n in (1, 2, 3)]
    page = desk()
    page.wait_for_selector(row(page, alerts[2]))
    page.keyboard.press("/")
    page.keyboard.type(typed)
    page.keyboard.press("Enter")
    expect(page.locator("#queue li.cursor")).to_have_attribute("data-alert", alerts[2])
    assert page.locator("#queue li").count() == 3


@pytest.mark.parametrize("path", ["/sign-in", "/desk", "/homes", "/homes/home-1", "/history"])
def test_every_page_says_when_the_clock_is_not_real(office: Office, desk: Desk, path: str) -> None:
    page = desk()
    page.goto(path)
    band = page.locator("[data-clock]")
    expect(band).to_contain_text("Simulated time")
    expect(band).to_contain_text("10 Mar 2026")
    expect(band).to_contain_text("at real pace")


def test_a_clock_that_is_not_real_is_read_as_here_also_by_a_browser_without_welsh(
    visit: Callable[..., Page],
) -> None:
    page = visit("/l/none?lang=cy")
    page.wait_for_timeout(400)
    said = page.locator("[data-clock] [data-part='clock']").inner_text()
    assert re.search(r"10 Maw\w* 2026 02:53:\d\d|10 Mar 2026 02:53:\d\d", said), said


def test_on_the_real_clock_there_is_no_such_band(
    office_pattern: Settings, browser: Browser, tmp_path: Path
) -> None:
    with (
        open_office(copy_of(office_pattern, tmp_path), RealClock()) as office,
        serving(office.app) as port,
        browser.new_context() as context,
    ):
        page = context.new_page()
        page.goto(f"http://127.0.0.1:{port}/sign-in")
        expect(page.locator("h1")).to_have_text("Sign in")
        assert page.locator("[data-clock]").count() == 0


def test_resident_supplied_words_are_never_markup(office: Office, desk: Desk) -> None:
    rude = "<img src=x onerror=\"document.title='owned'\">"
    alert = office.raise_signal(why=rude)
    page = desk()
    page.wait_for_selector(row(page, alert))
    page.keyboard.press("j")
    page.keyboard.press("c")
    page.wait_for_selector("[data-deed='close']")
    office.desk.note(office.operator(), alert, rude)
    expect(page.locator(".timeline")).to_contain_text("<img src=x")
    assert page.locator("img").count() == 0
    assert page.title() != "owned"


def test_an_alert_closed_by_a_colleague_stays_until_the_eye_leaves_it(
    office: Office, desk: Desk
) -> None:
    alert = office.raise_signal(home="home-1")
    other = office.raise_signal(home="home-2")
    page = desk()
    page.wait_for_selector(row(page, other))
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-deed='claim']")
    colleague = office.operator(number=2)
    office.desk.claim(colleague, alert)
    office.desk.resolve(colleague, alert, Outcome.FOUND_SAFE, "in the garden")
    expect(page.locator(f"{row(page, alert)} [data-part='holder']")).to_have_text("closed")
    expect(page.locator("article")).to_have_attribute("data-state", AlertState.RESOLVED.value)
    page.keyboard.press("j")
    expect(page.locator(row(page, alert))).to_have_count(0)


def test_a_locked_desk_sounds_on_and_shows_nobody(office: Office, desk: Desk) -> None:
    alert = office.raise_signal()
    page = desk()
    page.wait_for_selector(row(page, alert))
    keys = page.keyboard
    keys.press("j")
    keys.press("c")
    expect(page.locator(".hazards")).to_contain_text("oxygen in use")
    keys.press("l")
    expect(page.locator("#lock h2")).to_have_text("Locked: Operator 1")
    expect(page.locator("#queue li")).to_have_count(0)
    heard = page.evaluate("heardOnTheDesk.emergency ?? 0")
    office.raise_signal(home="home-2")
    expect(page.locator("[data-while-locked]")).to_have_text("Waiting: 1. Most urgent: emergency.")
    page.wait_for_function("before => (heardOnTheDesk.emergency ?? 0) > before", arg=heard)
    keys.press("Escape")
    keys.press("Escape")
    expect(page.locator("#lock")).to_be_visible()
    for word in ("Resident", "Dorset Lane", "Daughter", "oxygen"):
        assert word not in page.content()
    page.reload()
    expect(page.locator("#lock")).to_be_visible()
    expect(page.locator("[data-while-locked]")).to_have_text("Waiting: 1. Most urgent: emergency.")
    assert "Resident" not in page.content()
    keys.type("not my password")
    keys.press("Enter")
    expect(page.locator("#lock [data-refusal]")).to_contain_text("neither your PIN nor")
    keys.type(PASSWORD)
    keys.press("Enter")
    expect(page.locator("#lock")).to_be_hidden()
    expect(page.locator("#queue li")).to_have_count(2)
    keys.press("j")
    keys.press("j")
    keys.press("c")
    expect(page.locator(".said")).to_have_text("Claimed. It is yours.")


def test_what_happened_on_another_day_says_on_which(office: Office, desk: Desk) -> None:
    yesterday = office.clock.now() - timedelta(hours=26)
    page = desk(path=f"/alerts/{office.raise_signal(at=yesterday)}")
    expect(page.locator(".signals time")).to_contain_text("Mon 9 Mar 2026 00:53")
    expect(page.locator(".timeline .day")).to_have_text("Mon 9 Mar 2026")
