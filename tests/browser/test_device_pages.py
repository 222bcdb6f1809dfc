"""The TEC team's pages in a real browser: the list, a new device, its sheet, the inbox."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from responder.devices.roll_call import RollCall
from telecare.messages import Reading
from telecare.register.device import Device
from telecare.register.people import Person
from telecare.store.lane import LaneWriter
from telecare.store.migrate import open_database
from telecare.vocabulary import DeviceKind, ReadingKind, Role, SignalKind
from tests.browser.office import PASSWORD, Office


def say(office: Office, device: str, number: int = 1, **more: object) -> Reading:
    now = office.clock.now()
    told: dict[str, object] = {
        "org": "dorset", "home": "home-2", "device": device, "id": f"said-{number}",
        "kind": ReadingKind.STATUS, "type": "status", "occurred_at": now, "received_at": now,
    } | more  # fmt: skip
    return Reading(**told)  # type: ignore[arg-type]


def heard(office: Office, readings: list[Reading]) -> None:
    gateway = open_database(office.settings, "gateway")
    with gateway.begin() as connection:
        LaneWriter("gateway-1").append(connection, readings)
    gateway.close()
    parts = office.app.state.parts
    RollCall(office.works, office.register, parts.readings, office.clock).step()


@pytest.fixture
def tec(office: Office, visit: Callable[..., Page]) -> Page:
    person = Person(org="dorset", person="tec", username="tec", name="Tec 1", role=Role.TEC)
    office.register.people.add(person, PASSWORD)
    hub = Device(
        org="dorset", device="hub-2", home="home-2", model="Hub 5", serial="SN-2", room="hall",
        heartbeat_seconds=300, line="analogue", exchange="Bridport",
    )  # fmt: skip
    office.register.devices.add(hub)
    silent = Device(org="dorset", device="hub-3", home="home-3", heartbeat_seconds=300)
    office.register.devices.add(silent)
    ago = office.clock.now() - timedelta(hours=2)
    heard(
        office,
        [
            say(office, "hub-2", battery=14.0, data={"mains": True, "firmware": "5.1"}),
            say(office, "hub-2", 2, kind=ReadingKind.READING, type="motion", sensor="hall/motion",
                room="hall", battery=81.0),
            say(office, "hub-3", 3, home="home-3", received_at=ago, occurred_at=ago),
            say(office, "stray-10149471", 4, home="unknown-home", kind=ReadingKind.ALARM,
                type="pendant"),
        ],
    )  # fmt: skip
    office.raise_signal(
        SignalKind.HUB_SILENT, home="home-3", kind_of="", why="The hub is silent for 15 minutes."
    )
    page = visit("/sign-in")
    page.get_by_label("Username").fill("tec")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/devices")
    return page


def accessible(page: Page) -> None:
    found = Axe().run(page).response["violations"]
    assert [(each["id"], [n["html"] for n in each["nodes"]][:2]) for each in found] == []


def on_paper(page: Page) -> None:
    """The sheet alone: its id letter by letter, the picture beside the code, no bar."""
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 718, "height": 1000})  # A4 within its margins
    expect(page.locator(".top")).not_to_be_visible()
    assert page.locator(".label h2").inner_text() == "pendant-9"
    picture, code = (page.locator(each).bounding_box() for each in ("svg.qr", ".code"))
    assert picture is not None
    assert code is not None
    assert picture["x"] + picture["width"] <= code["x"]
    assert picture["y"] < code["y"] < picture["y"] + picture["height"]
    page.emulate_media(media="screen")


def test_from_the_work_list_to_a_complete_device(office: Office, tec: Page, tmp_path: Path) -> None:
    expect(tec.locator(".work")).to_contain_text("The hub is silent for 15 minutes.")
    assert "Resident" not in tec.content()
    row = tec.get_by_role("row", name="hub-2")
    expect(row).to_contain_text("14 % low")
    expect(tec.get_by_role("row", name="hub-3")).to_contain_text("silent")
    accessible(tec)
    tec.get_by_role("button", name="Take it").click()
    tec.get_by_label("What was done").fill("New SIM fitted.")
    tec.get_by_role("button", name="Close").click()
    expect(tec.locator(".work")).to_contain_text("No equipment needs anybody now.")

    tec.get_by_role("link", name="A new device").click()
    accessible(tec)
    tec.get_by_label("Device (a-z").fill("pendant-9")
    tec.get_by_label("Home (type an address)").fill("2 dorset lane")
    tec.get_by_label("Serial number").fill("SN-9")
    tec.get_by_label("Kind").select_option(DeviceKind.PENDANT.value)
    tec.get_by_role("button", name="Register it").click()
    code = tec.locator(".code").inner_text()
    expect(tec.locator("svg.qr")).to_be_visible()
    accessible(tec)
    on_paper(tec)
    parts = office.app.state.parts
    assert parts.onboarding.enrol(code, "SN-9").password
    tec.get_by_role("link", name="Follow its onboarding").click()
    expect(tec.get_by_role("status")).to_have_text("Missing: no test press has reached us.")
    accessible(tec)
    tec.goto("/devices/hub-2")
    expect(tec.locator("#content")).to_contain_text("hall/motion")
    accessible(tec)


def test_a_stray_unit_becomes_this_homes_device(office: Office, tec: Page) -> None:
    tec.get_by_role("link", name="Unknown devices (1)").click()
    expect(tec.locator("#content")).to_contain_text("stray-10149471")
    accessible(tec)
    adopt = tec.get_by_role("button", name="Make it this home's device")
    tec.get_by_label("Name it").fill("unit-4")
    adopt.click()
    expect(tec.get_by_role("heading", level=1)).to_have_text("Unknown devices")
    tec.get_by_label("Home").fill("Dorset Lane")
    adopt.click()
    expect(tec.get_by_role("alert")).to_contain_text("type more of the address")
    expect(tec.get_by_label("Name it")).to_have_value("unit-4")
    tec.get_by_label("Home").fill("4 Dorset Lane")
    adopt.click()
    expect(tec.get_by_role("heading", level=1)).to_have_text("unit-4 · 4 Dorset Lane")
    device = office.register.devices.device("dorset", "unit-4")
    assert device.settings["careline"]["controller"] == "10149471"
    tec.goto("/devices/lines")
    expect(tec.get_by_role("row", name="Bridport")).to_contain_text("1")
    accessible(tec)


def test_a_hub_is_not_withdrawn_by_one_click_and_its_page_says_how_it_comes_back(
    office: Office, tec: Page
) -> None:
    tec.goto("/devices/hub-2")
    expect(tec.get_by_role("button", name="Trust it no more")).not_to_be_visible()
    tec.get_by_text("Trust it no more").first.click()
    expect(tec.get_by_text("Nobody can count on it from then on.")).to_be_visible()
    tec.get_by_role("button", name="Trust it no more").click()
    expect(tec.get_by_role("status").first).to_contain_text("It is not trusted")
    accessible(tec)
    tec.get_by_role("button", name="Give it a new password").click()
    expect(tec.get_by_role("heading", name="New password, shown once")).to_be_visible()
    expect(tec.get_by_text("It is not trusted")).to_have_count(0)
    assert office.register.devices.device("dorset", "hub-2").device == "hub-2"
