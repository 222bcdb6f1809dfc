"""Everybody can use the pages: at 200 % zoom, at night, with a screen reader, on a phone."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from telecare.messages import Evidence, EvidenceSeries
from telecare.vocabulary import CallState, SignalKind
from tests.browser.desk_page import Desk
from tests.browser.office import Office

Visit = Callable[..., Page]
PLAIN = ("/homes", "/homes/home-1", "/history", "/sign-in")
PICTURES = Path(__file__).parents[2] / "docs" / "images"


def a_night(office: Office) -> list[str]:
    """A desk as it looks in the small hours: every priority, evidence, one already claimed."""
    now = office.clock.now()
    nights = EvidenceSeries(
        name="bathroom visits at night",
        x=[float(n) for n in range(14)],
        y=[2, 1, 2, 3, 2, 1, 2, 2, 3, 1, 2, 1, 5, 7],
        labels=[f"{day} Feb" for day in range(25, 29)] + [f"{day} Mar" for day in range(1, 11)],
        usual_low=1,
        usual_high=3,
    )
    rooms: dict[str, list[float]] = {
        "bathroom": [-82000, -61000, -43000, -21000, -9000, -3900],
        "bedroom": [-83000, -80000, -22000, -15000, -4200, -3600],
        "front-door": [-50000, -37000, -1500],
        "hallway": [-50100, -49000, -37100, -36000, -3300, -1600],
        "kitchen": [-62000, -60000, -59000, -47000, -46000, -30000, -28000],
        "living-room": [-57000, -54000, -44000, -33000, -29000, -25000],
    }
    day = [
        EvidenceSeries(name=room, x=[float(x) for x in xs], y=[1.0] * len(xs))
        for room, xs in rooms.items()
    ]
    office.tell("home-3", rooms)
    spike = {-3: 0.4, -2: 0.3, -1: 3.1, 0: 4.2, 1: 2.4}
    still = [1.0 + spike.get(n, 0.12 * ((n * 7) % 5 - 2) / 2 if n < 0 else 0.01) for n in NEAR]
    fall = EvidenceSeries(name="movement at the wrist", x=[n / 20 for n in NEAR], y=still, unit="g")
    return [
        office.raise_signal(
            SignalKind.WANDERING,
            home="home-3",
            kind_of="",
            at=now - timedelta(seconds=150),
            why="The front door opened at 02:28 and nobody has moved indoors since.",
            evidence=Evidence(around=now, series=day, marks={"door": -1500.0}),
        ),
        office.raise_signal(
            SignalKind.ROUTINE,
            home="home-4",
            kind_of="bathroom_night",
            at=now - timedelta(seconds=700),
            why="Bathroom at night 7 times, usually 1 to 3; consider a check.",
            evidence=Evidence(series=[nights]),
        ),
        office.raise_signal(
            SignalKind.HUB_SILENT,
            home="home-5",
            kind_of="",
            at=now - timedelta(seconds=2400),
            why="The hub has been silent for 40 minutes.",
        ),
        office.raise_signal(
            SignalKind.FALL,
            home="home-2",
            kind_of="",
            at=now - timedelta(seconds=12),
            why="The movement looks like a fall, and nobody has moved since.",
            evidence=Evidence(series=[fall], marks={"impact": 0.0, "still": 0.4}),
        ),
        office.raise_signal(home="home-1", at=now - timedelta(seconds=48)),
        office.raise_signal(home="home-1", why="The pendant was pressed again."),
    ]


NEAR = range(-60, 61)


def opened(page: Page, words: str) -> None:
    page.get_by_text(words).first.wait_for()  # the queue comes a moment after the page
    page.keyboard.press("/")
    page.keyboard.type(words)
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    page.wait_for_selector("article")


def sideways(page: Page) -> int:
    """Pixels by which the page is wider than its window."""
    width: int = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    return width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_a_barrier_that_a_machine_can_find(
    office: Office, desk: Desk, scheme: str
) -> None:
    a_night(office)
    page = desk(color_scheme=scheme)
    checked = {}
    opened(page, "Resident C")
    checked["desk"] = Axe().run(page)
    page.keyboard.press("c")
    page.wait_for_selector("[data-deed='close']")
    page.keyboard.press("x")
    page.wait_for_selector("#close[open]")
    checked["close"] = Axe().run(page)
    for path in (*PLAIN, "/calls", "/windows", "/plans", "/rotas", "/second-factor"):
        page.goto(path)
        checked[path] = Axe().run(page)
    found = {
        name: each.generate_report() for name, each in checked.items() if each.violations_count
    }
    assert found == {}, "\n".join(found.values())


@pytest.mark.parametrize(
    "size", [(1366, 768), (683, 384)], ids=["small laptop", "the same at 200 % zoom"]
)
def test_nothing_needs_scrolling_sideways(
    office: Office, desk: Desk, size: tuple[int, int]
) -> None:
    a_night(office)
    page = desk(size=size)
    opened(page, "Resident C")
    assert sideways(page) == 0
    for path in PLAIN:
        page.goto(path)
        assert sideways(page) == 0, path


def test_on_a_telephone_nothing_is_cut_off_that_has_to_be_read(office: Office, desk: Desk) -> None:
    a_night(office)
    page = desk(size=(390, 844))
    limits = page.locator(".queue .limit:not(:empty)")
    limits.first.wait_for()
    for limit in limits.all():
        seen = limit.evaluate(
            "each => each.closest('.head').getBoundingClientRect().right"
            " - each.getBoundingClientRect().right"
        )
        assert seen >= 0, "how long somebody waits is read in full"
    for path in ("/calls", "/history", "/windows", "/plans", "/rotas", "/second-factor"):
        page.goto(path)
        assert sideways(page) == 0, path
        for sentence in page.locator("td[colspan]").all():
            box = sentence.bounding_box()
            assert box is not None
            assert box["x"] + box["width"] <= 390, f"why nothing stands there: {path}"


def test_the_night_theme_is_kept_for_the_next_page(office: Office, desk: Desk) -> None:
    page = desk(color_scheme="light")
    day = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.get_by_role("button", name="Switch to the night theme").click()
    night = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert night != day
    page.goto("/homes")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == night


def test_a_screen_reader_hears_names_not_icons(office: Office, desk: Desk) -> None:
    a_night(office)
    page = desk()
    opened(page, "Resident B")
    expect(page.get_by_role("region", name="Queue")).to_be_visible()
    expect(page.get_by_role("img", name="Movement at the wrist")).to_be_visible()
    expect(page.get_by_role("list").locator("a[aria-current='true']")).to_contain_text("emergency")
    opening = re.compile(r"Opened: Resident B .* The movement looks like a fall")
    expect(page.get_by_role("log").locator("p").filter(has_text=opening)).to_have_count(1)


def standing(office: Office) -> CallState:
    (line,) = office.desk.queue(office.operator())
    detail = office.desk.open_alert(office.operator(), line.id)
    return detail.contacts[0].state


def test_the_family_page_acts_on_a_press_of_the_button_and_never_on_a_look(
    office: Office, visit: Visit
) -> None:
    path = office.asks_the_daughter()
    page = visit(path, size=(390, 760))
    assert sideways(page) == 0
    page.reload()
    assert standing(office) is CallState.RINGING, "mail scanners follow links"
    page.get_by_role("button", name="I am going").click()
    expect(page.locator("h1")).to_have_text("Thank you, Daughter 1.")
    assert standing(office) is CallState.ON_THE_WAY
    assert Axe().run(page).violations_count == 0


def test_i_cannot_passes_the_question_on(office: Office, visit: Visit) -> None:
    page = visit(office.asks_the_daughter(), size=(390, 760))
    page.get_by_role("button", name="I cannot").click()
    expect(page.locator("h1")).to_have_text("Thank you for telling us.")
    assert standing(office) is CallState.DECLINED


def test_a_telephone_that_cannot_be_told_by_itself_says_so(office: Office, visit: Visit) -> None:
    """Chromium refuses notifications here, as people do without knowing."""
    parts = office.app.state.parts
    settings = parts.settings.model_copy(update={"push_subject": "mailto:tec@dorset.example"})
    office.app.state.parts = replace(parts, settings=settings)
    page = visit(office.asks_the_daughter(), size=(390, 760))
    told = page.get_by_role("button", name="Tell this telephone next time")
    told.click()
    expect(page.locator("[data-push-said]")).to_contain_text("we reach you as before")
    expect(told).to_be_visible()
    assert Axe().run(page).violations_count == 0
    assert sideways(page) == 0


def test_a_wrong_link_tells_nothing(office: Office, visit: Visit) -> None:
    page = visit("/l/not-a-token", size=(390, 760))
    expect(page.locator("h1")).to_have_text("This link is not valid any more")
    assert "Resident" not in page.content()


def test_pictures_for_the_readme(office: Office, desk: Desk, visit: Visit) -> None:
    """Takes them only when asked (TELECARE_SCREENSHOT=1), so that a test run changes no file."""
    a_night(office)
    page = desk()
    opened(page, "Resident C")
    page.keyboard.press("c")
    page.wait_for_selector("[data-deed='close']")
    expect(page.locator(".said")).to_have_text("")
    expect(page.locator("article svg")).to_be_visible()
    if os.environ.get("TELECARE_SCREENSHOT") != "1":
        return
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / "desk.png")
    page.emulate_media(color_scheme="dark")
    page.screenshot(path=PICTURES / "desk-night.png")
    phone = visit(office.asks_the_daughter(), size=(390, 600), device_scale_factor=2)
    phone.screenshot(path=PICTURES / "family.png")
