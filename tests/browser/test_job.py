"""A responder's telephone: the job by thumb, also where there is no signal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route, ViewportSize, expect

from responder.api.app import build_app
from responder.callout.dispatch import DispatchState
from responder.kept.record import Act
from telecare.register.homes import Home
from telecare.register.people import Person
from telecare.register.residents import Resident
from telecare.settings import Settings
from telecare.store.migrate import migrate
from telecare.vocabulary import Outcome, Role
from tests.browser.office import serving
from tests.harness.duty import ORG
from tests.harness.world import Driver, World, world

WORD = "quiet river under the bridge"
PHONE: ViewportSize = {"width": 390, "height": 844}


@pytest.fixture
def county(tmp_path: Path) -> Iterator[World]:
    settings = Settings(data_dir=tmp_path / "var")
    migrate(settings)
    with world(settings) as made:
        made.register.homes.add_home(
            Home(
                org=ORG, home="home-7", address="7 Sample Lane, Upper Sample", latitude=50.75,
                longitude=-2.44, access="Side door, past the garage.",
                hazards=["oxygen in use", "a dog, friendly"], time_zone="Europe/London",
            ),
            keysafe="4027",
        )  # fmt: skip
        made.register.residents.add_resident(
            Resident(
                org=ORG, resident="resident-7", home="home-7", name="Resident A",
                speak="Hard of hearing: speak slowly.",
            )
        )  # fmt: skip
        made.team("valley", "ann", at=(50.81, -2.44))
        made.press("pendant-7")
        made.operator().claims(7)
        made.operator().sends(7)
        yield made


@pytest.fixture
def phone(browser: Browser, county: World) -> Iterator[Page]:
    with serving(build_app(county.responder)) as port:
        context = browser.new_context(
            base_url=f"http://127.0.0.1:{port}",
            viewport=PHONE,
            has_touch=True,
        )
        page = context.new_page()
        page.goto(f"/j/{county.driver('ann', 'valley').token}")
        yield page
        context.close()


def test_a_job_by_thumb_and_without_a_signal(county: World, phone: Page, tmp_path: Path) -> None:
    ann: Driver = county.driver("ann", "valley")
    expect(phone.get_by_role("heading", level=1)).to_have_text("Can you take this job?")
    button = phone.get_by_role("button", name="I take it").bounding_box()
    assert button is not None
    assert button["height"] >= 44
    wide = phone.evaluate("document.documentElement.scrollWidth")
    assert wide <= PHONE["width"], "nothing is cut off at the side"
    assert Axe().run(phone).violations_count == 0
    phone.screenshot(path=tmp_path / "offer.png", full_page=True)
    phone.get_by_role("button", name="I take it").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("The job is yours.")
    phone.context.set_offline(True)
    phone.get_by_role("button", name="I have set off").dblclick()
    phone.get_by_role("button", name="I am there").click()
    band = phone.locator("[data-waiting]")
    expect(band).to_have_text(
        "No signal. Kept, and sent as soon as there is one: I have set off, I am there."
    )
    assert ann.job.state is DispatchState.ACCEPTED
    phone.screenshot(path=tmp_path / "no-signal.png", full_page=True)
    phone.context.set_offline(False)
    expect(phone.get_by_role("heading", level=1)).to_have_text("You are there.")
    acts = [act for act in county.acts(county.alert(7).id) if act in ("set_off", "answered")]
    assert acts == ["answered", "set_off", "answered"], "in the order they were pressed"
    phone.get_by_role("button", name="Show the keysafe code").click()
    expect(phone.locator(".code")).to_have_text("4027")
    phone.screenshot(path=tmp_path / "door.png", full_page=True)
    assert Axe().run(phone).violations_count == 0
    phone.get_by_role("button", name="I am inside").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("You are inside.")
    phone.get_by_text("I have left").first.click()
    phone.get_by_label("responder attended").check()
    phone.get_by_role("button", name="I have left").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Thank you, Ann.")
    assert ann.job.left_at is not None


def test_a_signal_that_breaks_after_the_press_leaves_the_way_and_the_hazards(
    county: World, phone: Page
) -> None:
    ann: Driver = county.driver("ann", "valley")
    only_what_is_pressed_gets_through(phone)
    phone.get_by_role("button", name="I take it").click()
    band = phone.locator("[data-waiting]")
    expect(band).to_have_text("Sent. This page comes anew as soon as there is a signal.")
    assert ann.job.state is DispatchState.ACCEPTED
    expect(phone.get_by_text("oxygen in use")).to_be_visible()
    expect(phone.get_by_text("Side door, past the garage.")).to_be_visible()
    phone.unroute("**/j/*")
    expect(phone.get_by_role("heading", level=1)).to_have_text("The job is yours.", timeout=15_000)
    expect(band).to_be_hidden()
    expect(phone.get_by_role("heading", level=1)).to_be_focused()


def only_what_is_pressed_gets_through(phone: Page) -> None:
    phone.route(
        "**/j/*",
        lambda asked: asked.continue_() if asked.request.method == "POST" else asked.abort(),
    )


@pytest.mark.parametrize(
    "said",
    [
        {"status": 200, "content_type": "text/html", "body": "<h1>Welcome on board</h1>"},
        {"status": 302, "headers": {"Location": "/welcome-on-board"}},
        {"status": 429, "content_type": "text/html", "body": "<h1>Too many</h1>"},
    ],
    ids=lambda said: str(said["status"]),
)
def test_what_a_strange_network_answers_is_neither_our_yes_nor_our_no(
    county: World, phone: Page, said: dict[str, Any]
) -> None:
    phone.route(
        "**/j/*",
        lambda asked: asked.fulfill(**said) if asked.request.method == "POST" else asked.abort(),
    )
    phone.get_by_role("button", name="I take it").click()
    band = phone.locator("[data-waiting]")
    expect(band).to_have_text("No signal. Kept, and sent as soon as there is one: I take it.")
    expect(phone.get_by_text("oxygen in use")).to_be_visible()
    assert county.driver("ann", "valley").job.state is DispatchState.OFFERED
    phone.unroute("**/j/*")
    expect(phone.get_by_role("heading", level=1)).to_have_text("The job is yours.", timeout=15_000)
    assert county.driver("ann", "valley").job.state is DispatchState.ACCEPTED


def test_the_code_asked_for_without_a_signal_says_so_and_is_there_at_the_next_press(
    county: World, phone: Page
) -> None:
    phone.get_by_role("button", name="I take it").click()
    phone.get_by_role("button", name="I am there").click()
    show = phone.get_by_role("button", name="Show the keysafe code")
    expect(show).to_be_visible()
    phone.context.set_offline(True)
    show.click()
    expect(phone.get_by_role("alert")).to_have_text("No signal: press again when there is one.")
    expect(phone.get_by_text("oxygen in use")).to_be_visible()
    phone.context.set_offline(False)
    show.click()
    expect(phone.locator(".code")).to_have_text("4027")
    expect(phone.get_by_role("alert")).to_have_count(0)
    seen = [act for act in county.acts(county.alert(7).id) if "keysafe" in act]
    assert len(seen) == 1


def test_a_refusal_stands_beside_the_page_as_it_is_now(county: World, phone: Page) -> None:
    phone.get_by_role("button", name="I take it").click()
    phone.get_by_role("button", name="I am there").click()
    phone.get_by_label("Press the resident's unit").fill("000000")
    phone.get_by_role("button", name="This is the code").click()
    refused = phone.get_by_role("alert")
    expect(refused).to_have_text("That is not the code of this home. Look at the card once more.")
    phone.get_by_role("button", name="I am inside").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("You are inside.")
    expect(refused).to_have_count(0)


def test_who_drives_without_a_signal_hears_that_it_is_closed_as_soon_as_there_is_one(
    county: World, phone: Page
) -> None:
    """She pressed nothing more: nothing waits in the telephone that would fetch the page."""
    phone.get_by_role("button", name="I take it").click()
    heading = phone.get_by_role("heading", level=1)
    expect(heading).to_have_text("The job is yours.")
    phone.context.set_offline(True)
    band = phone.locator("[data-waiting]")
    expect(band).to_have_text("No signal: this may have changed. The page comes anew by itself.")
    expect(phone.get_by_text("oxygen in use")).to_be_visible()
    county.operator().closes(7, Outcome.HELPED_BY_TALKING)
    phone.context.set_offline(False)
    expect(heading).to_have_text("You need not go.", timeout=5_000)
    expect(heading).to_be_focused()
    expect(band).to_be_hidden()


@pytest.mark.parametrize("how", ["by itself", "woken"])
def test_a_job_that_was_taken_off_says_so_on_a_page_nobody_touches(
    county: World, phone: Page, how: str
) -> None:
    heading = phone.get_by_role("heading", level=1)
    expect(heading).to_have_text("Can you take this job?")
    county.operator().closes(7, Outcome.HELPED_BY_TALKING)
    if how == "woken":
        phone.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(heading).to_have_text("You need not go.", timeout=5_000 if how == "woken" else 20_000)


def test_what_a_strange_network_shows_in_place_of_our_page_takes_the_way_from_nobody(
    county: World, phone: Page
) -> None:
    phone.get_by_role("button", name="I take it").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("The job is yours.")
    welcome = "<h1>Welcome on board</h1>"
    phone.route("**/j/*", lambda asked: asked.fulfill(content_type="text/html", body=welcome))
    phone.evaluate("dispatchEvent(new Event('online'))")
    expect(phone.locator("[data-waiting]")).to_contain_text("No signal")
    expect(phone.get_by_text("oxygen in use")).to_be_visible()


def test_what_is_half_typed_at_the_door_is_still_there_when_she_is_asked_whether_she_is_safe(
    county: World, phone: Page
) -> None:
    phone.get_by_role("button", name="I take it").click()
    phone.get_by_role("button", name="I am there").click()
    phone.get_by_text("I have left").first.click()
    phone.get_by_label("found safe").check()
    phone.get_by_label("In one line").fill("He slipped from")
    county.forward(minutes=21)
    phone.evaluate("dispatchEvent(new Event('online'))")
    expect(phone.get_by_role("button", name="I am safe")).to_be_visible()
    expect(phone.get_by_text("Are you safe?")).to_be_visible()
    expect(phone.get_by_label("found safe")).to_be_checked()
    expect(phone.get_by_label("In one line")).to_have_value("He slipped from")


def test_a_code_that_was_shown_stays_while_nothing_changes(county: World, phone: Page) -> None:
    phone.get_by_role("button", name="I take it").click()
    phone.get_by_role("button", name="I am there").click()
    phone.get_by_role("button", name="Show the keysafe code").click()
    expect(phone.locator(".code")).to_have_text("4027")
    with phone.expect_response("**/j/*"):
        phone.evaluate("dispatchEvent(new Event('online'))")
    phone.wait_for_timeout(500)
    expect(phone.locator(".code")).to_have_text("4027")


def test_a_press_is_held_up_by_no_look_and_taken_back_by_none(county: World, phone: Page) -> None:
    """The page looks over a slow line; what it brings is older than the press."""
    phone.get_by_role("button", name="I take it").click()
    phone.get_by_role("button", name="I am there").click()
    heading, late = phone.get_by_role("heading", level=1), list[Callable[[], None]]()
    expect(heading).to_have_text("You are there.")

    def hold(asked: Route) -> None:
        said = asked.fetch()
        late.append(lambda: asked.fulfill(response=said))

    phone.route("**/j/*", hold, times=1)
    phone.evaluate("dispatchEvent(new Event('online'))")
    phone.wait_for_timeout(1000)
    assert len(late) == 1
    phone.get_by_role("button", name="Show the keysafe code").click()
    expect(phone.locator(".code")).to_have_text("4027")
    phone.get_by_role("button", name="I am inside").click()
    expect(heading).to_have_text("You are inside.")
    late[0]()
    phone.wait_for_timeout(1000)
    expect(heading).to_have_text("You are inside.")


@pytest.fixture
def signed_in(browser: Browser, county: World) -> Iterator[Page]:
    """Ann's telephone with her job on it, after she signed in."""
    county.register.people.add(
        Person(org=ORG, person="ann-1", username="ann-1", name="Ann", role=Role.RESPONDER), WORD
    )
    county.register.accounts.tie_member(ORG, "ann-1", "ann")
    with serving(build_app(county.responder)) as port:
        context = browser.new_context(
            base_url=f"http://127.0.0.1:{port}", viewport=PHONE, has_touch=True
        )
        page = context.new_page()
        signs_in(page)
        yield page
        context.close()


def signs_in(page: Page, who: str = "ann-1", sees: str = "I take it") -> None:
    page.goto("/sign-in")
    page.get_by_label("Username").fill(who)
    page.get_by_label("Password").fill(WORD)
    page.get_by_role("button", name="Sign in", exact=True).tap()
    expect(page.get_by_role("button", name=sees)).to_be_visible()


def test_ones_own_job_by_thumb_after_signing_in(county: World, signed_in: Page) -> None:
    signed_in.get_by_role("button", name="I take it").tap()
    expect(signed_in.get_by_role("heading", level=1)).to_have_text("The job is yours.")
    assert signed_in.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert Axe().run(signed_in).response["violations"] == []
    (sent,) = county.desk._dispatches(county.desk._reads.alert(ORG, county.alert(7).id).alert, [])
    assert sent.state is DispatchState.ACCEPTED


def test_who_signed_in_anew_in_another_tab_loses_no_press_in_this_one(
    county: World, signed_in: Page
) -> None:
    signs_in(signed_in.context.new_page())
    signed_in.bring_to_front()
    signed_in.get_by_role("button", name="I take it").tap()
    expect(signed_in.get_by_role("heading", level=1)).to_have_text("The job is yours.")
    expect(signed_in.get_by_role("alert")).to_have_count(0)


def test_a_page_that_looks_again_by_itself_is_one_look_on_record(
    county: World, signed_in: Page
) -> None:
    for _ in range(3):
        with signed_in.expect_response("**/jobs/*"):
            signed_in.evaluate("dispatchEvent(new Event('online'))")
        signed_in.wait_for_timeout(200)
    entries = county.reads.entries(ORG, alert=county.alert(7).id)
    assert [each.act for each in entries if each.actor == "ann-1"] == [Act.LOOKED]


def test_a_call_for_help_that_waits_is_sent_from_whatever_page_she_looks_at_next(
    county: World, signed_in: Page
) -> None:
    """It was kept under the job's own address, and lay there when the job was taken off."""
    signed_in.get_by_role("button", name="I take it").tap()
    heading = signed_in.get_by_role("heading", level=1)
    expect(heading).to_have_text("The job is yours.")
    she_presses_for_help_without_a_signal(signed_in)
    county.operator().calls_off(7)
    signed_in.goto("/jobs")
    expect(heading).to_have_text("No job for you now, Ann.")
    band = signed_in.locator("[data-waiting]")
    expect(band).to_contain_text("I need help")
    signed_in.unroute("**/jobs/*")
    expect(band).to_be_hidden(timeout=15_000)
    county.settle()
    county.operator().expect("_worker-ann", says="asks for help")


def test_what_waits_is_sent_for_nobody_but_who_pressed_it(county: World, signed_in: Page) -> None:
    """Two responders share a telephone: a press of one is never the other's word."""
    county.register.people.add(
        Person(org=ORG, person="bo-1", username="bo-1", name="Bo", role=Role.RESPONDER), WORD
    )
    signed_in.get_by_role("button", name="I take it").tap()
    expect(signed_in.get_by_role("heading", level=1)).to_have_text("The job is yours.")
    she_presses_for_help_without_a_signal(signed_in)
    signed_in.unroute("**/jobs/*")
    signed_in.context.clear_cookies()
    signs_in(signed_in, "bo-1", "Sign out")
    with signed_in.expect_response("**/jobs"):
        signed_in.evaluate("dispatchEvent(new Event('online'))")
    expect(signed_in.locator("[data-waiting]")).to_be_hidden()
    county.settle()
    county.operator().expect_nothing("_worker-ann")
    signed_in.context.clear_cookies()
    signs_in(signed_in, "ann-1", "I am there")
    expect(signed_in.locator("[data-waiting]")).to_be_hidden()
    county.settle()
    county.operator().expect("_worker-ann", says="asks for help")


def she_presses_for_help_without_a_signal(phone: Page) -> None:
    phone.route(
        "**/jobs/*",
        lambda asked: asked.abort() if asked.request.method == "POST" else asked.continue_(),
    )
    phone.get_by_role("button", name="I need help").tap()
    expect(phone.locator("[data-waiting]")).to_have_text(
        "No signal. Kept, and sent as soon as there is one: I need help."
    )


def test_who_waits_for_a_job_keeps_her_page_without_a_signal_and_sees_the_job_with_one(
    county: World, signed_in: Page
) -> None:
    """The page loaded itself anew, and became the browser's own page of errors."""
    county.operator().calls_off(7)
    signed_in.goto("/jobs")
    heading = signed_in.get_by_role("heading", level=1)
    expect(heading).to_have_text("No job for you now, Ann.")
    signed_in.context.set_offline(True)
    band = signed_in.locator("[data-waiting]")
    expect(band).to_have_text("No signal: this may have changed. The page comes anew by itself.")
    expect(heading).to_have_text("No job for you now, Ann.")
    county.operator().sends(7)
    signed_in.context.set_offline(False)
    expect(heading).to_have_text("Can you take this job?", timeout=5_000)
