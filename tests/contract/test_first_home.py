"""The first device of a day: its home has no address yet, and nobody on file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from telecare.clock import HandClock
from telecare.register.device import Device
from telecare.register.homes import Home
from telecare.settings import Settings
from telecare.tenancy import Actor
from telecare.vocabulary import Role, SignalKind
from tests.browser.office import NIGHT, Office, copy_of, open_office

pytestmark = pytest.mark.anyio


@pytest.fixture
def office(office_pattern: Settings, tmp_path: Path) -> Iterator[Office]:
    with open_office(copy_of(office_pattern, tmp_path), HandClock(NIGHT)) as opened:
        home = Home(org="dorset", home="mill-9", address="", time_zone="Europe/London")
        opened.register.homes.add_home(home)
        opened.register.devices.add(Device(org="dorset", device="hub-9", home="mill-9"))
        yield opened


async def test_whose_press_it_is_stands_on_the_desk_by_the_homes_id(office: Office) -> None:
    alert = office.raise_signal(home="mill-9")
    me = Actor(org="dorset", id="operator-1", role=Role.OPERATOR, name="Operator 1")
    assert office.desk.line(me, alert).home_label == "mill-9"


@pytest.mark.parametrize("path", ["/homes/mill-9", "/homes/mill-9/activity", "/homes/mill-9/day"])
async def test_each_of_its_pages_has_its_name(office: Office, path: str) -> None:
    async with office.client(Role.OPERATOR) as browser:
        page = await browser.get(path, headers={"Accept": "text/html"})
    assert page.status_code == 200, page.text
    (title,) = re.findall(r"<h1>(.*?)</h1>", page.text)
    assert "mill-9" in re.sub(r"<[^>]*>", "", title)


async def test_it_is_found_among_the_homes(office: Office) -> None:
    async with office.client(Role.OPERATOR) as program:
        page = await program.get("/homes", params={"find": "mill-9"})
        found = await program.get("/api/v1/homes", params={"find": "mill-9"})
    assert '<a href="/homes/mill-9">mill-9</a>' in page.text
    assert [each["home"] for each in found.json()] == ["mill-9"]


@pytest.mark.parametrize("home", ["mill-9", "_office", "nobody-registered-it"])
async def test_every_link_of_an_opened_alert_leads_somewhere(office: Office, home: str) -> None:
    """Also of what concerns the platform itself, and of a home nobody registered."""
    alert = office.raise_signal(SignalKind.ALARM, home=home)
    async with office.client(Role.OPERATOR) as browser:
        card = await browser.get(f"/alerts/{alert}/card")
        for address in re.findall(r'href="(/[^"]*)"', card.text):
            page = await browser.get(address, headers={"Accept": "text/html"})
            assert page.status_code == 200, f"{address}: {page.status_code}"
    assert ("Home's last days" in card.text) is (home == "mill-9")
