"""A form that is refused comes back with what was typed, and says in a sentence what to do."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from html import unescape
from pathlib import Path

import anyio
import httpx
import pytest

from telecare.clock import HandClock
from telecare.register.device import Device
from telecare.register.people import Person
from telecare.settings import Settings
from telecare.vocabulary import Role
from tests.browser.office import NIGHT, PASSWORD, Office, copy_of, open_office

pytestmark = pytest.mark.anyio
ODD = '<b>"O\'Neill" & 🙂</b>'


@pytest.fixture
def office(office_pattern: Settings, tmp_path: Path) -> Iterator[Office]:
    with open_office(copy_of(office_pattern, tmp_path), HandClock(NIGHT)) as opened:
        opened.register.devices.add(Device(org="dorset", device="hub-2", home="home-2"))
        yield opened


@asynccontextmanager
async def signed_in(office: Office, role: Role) -> AsyncIterator[httpx.AsyncClient]:
    person = Person(org="dorset", person="pat", username="pat", name=ODD, role=role)
    office.register.people.add(person, PASSWORD)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(office.app, raise_app_exceptions=False),
        base_url=office.settings.public_url, follow_redirects=True,
        headers={"accept": "text/html"},
    ) as browser:  # fmt: skip
        await browser.post("/sign-in", data={"username": "pat", "password": PASSWORD})
        yield browser


async def sent(browser: httpx.AsyncClient, path: str, **typed: str) -> httpx.Response:
    page = (await browser.get("/")).text
    proof = page.partition('name="csrf" content="')[2].partition('"')[0]
    return await browser.post(path, data={"csrf": proof, **typed})


def kept(page: httpx.Response, value: str) -> bool:
    return f'value="{value}"' in page.text or f'<option value="{value}" selected>' in page.text


async def test_a_window_that_is_refused_keeps_what_was_typed(office: Office) -> None:
    async with signed_in(office, Role.OPERATOR) as browser:
        page = await sent(
            browser, "/windows", home="home-2", cause="hospital", begins="2026-03-11T10:00",
            ends="2026-03-10T10:00",
        )  # fmt: skip
        assert page.status_code == 422
        for value in ("home-2", "hospital", "2026-03-11T10:00", "2026-03-10T10:00"):
            assert kept(page, value), value


async def test_a_home_is_named_by_its_address(office: Office) -> None:
    async with signed_in(office, Role.OPERATOR) as browser:
        until = {"cause": "holiday", "ends": "2026-03-12T10:00"}
        page = await sent(browser, "/windows", home="2  dorset LANE", **until)
        assert page.status_code == 200
        assert "2 Dorset Lane" in page.text
        several = await sent(browser, "/windows", home="dorset lane", **until)
        assert "6 homes match dorset lane; type more of the address." in several.text
        assert kept(several, "dorset lane")
        none = await sent(browser, "/windows", home="Nowhere", **until)
        assert "No home matches Nowhere; choose one of the list" in none.text


async def test_what_is_expected_keeps_what_was_typed(office: Office) -> None:
    async with signed_in(office, Role.OPERATOR) as browser:
        page = await sent(
            browser, "/homes/home-1/day", what="im_ok", begins="08:15", by="quarter past",
            text=ODD, minutes="7", rings="2", **{"day-3": "on"},
        )  # fmt: skip
        assert page.status_code == 422
        assert "A time is written like 08:30." in page.text
        assert ODD in unescape(page.text)
        assert ODD not in page.text
        for value in ("im_ok", "08:15", "quarter past", "7", "2"):
            assert kept(page, value), value
        assert page.text.count(" checked") == 1
        never = await sent(browser, "/homes/home-1/day", what="im_ok", begins="08:15", by="09:00")
        assert "Choose at least one day of the week." in never.text
        wrong = await sent(
            browser,
            "/homes/home-1/residents/resident-1/telephone",
            phone="none known",
            language="en",
        )
        assert kept(wrong, "none known")


async def test_the_tec_team_types_nothing_twice(office: Office) -> None:
    async with signed_in(office, Role.TEC) as browser:
        page = await sent(browser, "/devices/hub-2", act="replace", new="Hub Nine", serial="SN-9")
        assert page.status_code == 422
        assert kept(page, "Hub Nine")
        assert kept(page, "SN-9")
        again = await sent(browser, "/devices/hub-2", act="command", name="Self Test")
        assert kept(again, "Self Test")
        new = await sent(browser, "/devices/new", device="hub-9", home="3 dorset lane", serial="9")
        assert "Print this sheet now" in new.text
        found = await browser.get("/devices", params={"find": "2 dorset"})
        assert ">hub-2</a>" in found.text
        assert ">hub-9</a>" not in found.text


def codes(page: httpx.Response) -> list[str]:
    return [each.partition("<")[0] for each in page.text.split('<p class="code">')[1:]]


BROUGHT = pytest.mark.parametrize(
    ("path", "typed"),
    [
        ("/devices/new", {"device": "hub-9", "home": "home-3", "serial": "SN-9"}),
        ("/devices/hub-2", {"act": "replace", "new": "hub-9", "serial": "SN-9"}),
    ],
)


@BROUGHT
async def test_who_clicks_twice_sees_the_same_sheet(
    office: Office, path: str, typed: dict[str, str]
) -> None:
    """A browser shows the answer to the second click; the code of the first was shown to nobody."""
    pages: list[httpx.Response] = []
    async with signed_in(office, Role.TEC) as browser:

        async def click() -> None:
            pages.append(await sent(browser, path, **typed))

        async with anyio.create_task_group() as hand:
            hand.start_soon(click)
            hand.start_soon(click)
        assert [each.status_code for each in pages] == [200, 200]
        (first,), (second,) = (codes(each) for each in pages)
        assert first == second
        other = typed | {"serial": "SN-10"}
        assert (await sent(browser, path, **other)).status_code == 422, "no click of the same hand"
    assert office.app.state.parts.onboarding.enrol(first, "SN-9").device == "hub-9"
    assert len(office.register.claims.claims("dorset", "hub-9")) == 1


@BROUGHT
async def test_who_clicks_twice_and_meets_another_process_is_led_to_a_sheet(
    office: Office, path: str, typed: dict[str, str]
) -> None:
    async with signed_in(office, Role.TEC) as browser:
        assert (await sent(browser, path, **typed)).status_code == 200
        office.app.state.parts.sheets._issued.clear()  # what another process does not know
        again = await sent(browser, path, **typed)
        assert "It is registered already." in again.text
        assert 'value="claim"' in again.text
        sheet = await sent(browser, "/devices/hub-9", act="claim")
    assert office.app.state.parts.onboarding.enrol(codes(sheet)[0], "SN-9").device == "hub-9"
