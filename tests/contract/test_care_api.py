"""The list of calls and packages, over JSON and on the page."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from responder.arranged.visits import VisitLinks, VisitState
from telecare.settings import Settings
from telecare.vocabulary import Role
from tests.browser.office import PASSWORD, Office, copy_of, open_office

pytestmark = pytest.mark.anyio


@pytest.fixture
def office(office_pattern: Settings, tmp_path: Path) -> Iterator[Office]:
    with open_office(copy_of(office_pattern, tmp_path)) as made:
        yield made


def on_the_desk(office: Office, role: Role = Role.OPERATOR) -> httpx.AsyncClient:
    return office.client(role)


WHOLE_DAY = {"what": "call", "begins": "00:00", "by": "23:59", "text": "Ask about the new hob."}


async def test_a_call_is_promised_listed_tried_and_ticked(office: Office) -> None:
    async with on_the_desk(office) as desk:
        made = await desk.post("/api/v1/homes/home-1/expectations", json=WHOLE_DAY)
        assert made.status_code == 200, made.text
        url = f"/api/v1/calls/{made.json()['id']}"
        (entry,) = (await desk.get("/api/v1/calls")).json()
        assert (entry["state"], entry["text"]) == ("now", "Ask about the new hob.")
        tried = await desk.post(url, json={"outcome": "no_answer"})
        assert (tried.json()["state"], tried.json()["tries"]) == ("now", 1)
        done = await desk.post(url, json={"outcome": "well", "text": "She likes it."})
        assert done.json()["state"] == "done"
        assert (await desk.post("/api/v1/calls/none", json={"outcome": "well"})).status_code == 404
        body = {"what": "carer_visit", "begins": "08:00", "by": "08:30"}
        visit = (await desk.post("/api/v1/homes/home-1/expectations", json=body)).json()["id"]
        refused = await desk.post(f"/api/v1/calls/{visit}", json={"outcome": "well"})
        assert (refused.status_code, refused.json()["detail"]) == (
            409, "It is not time for this call; the list shows when it is.",
        )  # fmt: skip
    async with on_the_desk(office, Role.MANAGER) as manager:
        assert (await manager.get("/api/v1/calls")).status_code == 403


async def test_a_package_is_arranged_extended_and_ended(office: Office) -> None:
    today = office.clock.now().date()
    days = {
        "review_on": str(today + timedelta(days=7)),
        "ends_on": str(today + timedelta(days=14)),
    }
    async with on_the_desk(office) as desk:
        url = "/api/v1/homes/home-1/packages"
        made = await desk.post(url, json=days | {"kind": "reablement"})
        assert made.status_code == 200, made.text
        ident = made.json()["id"]
        days["ends_on"] = str(today + timedelta(days=21))
        extended = await desk.post(f"/api/v1/packages/{ident}/extend", json=days)
        assert extended.json()["ends_on"] == days["ends_on"]
        assert [p["id"] for p in (await desk.get("/api/v1/packages?home=home-1")).json()] == [ident]
        days["ends_on"] = str(today + timedelta(days=90))
        refused = await desk.post(f"/api/v1/packages/{ident}/extend", json=days)
        assert refused.status_code == 422
        assert (await desk.post(f"/api/v1/packages/{ident}/end")).json()["over_at"] is not None
        assert (await desk.get("/api/v1/packages")).json() == []


async def test_an_operator_works_the_list_on_its_page(office: Office) -> None:
    async with on_the_desk(office) as desk:
        made = await desk.post("/api/v1/homes/home-1/expectations", json=WHOLE_DAY)
    transport = httpx.ASGITransport(office.app, raise_app_exceptions=False)
    base = office.settings.public_url
    async with httpx.AsyncClient(transport=transport, base_url=base, follow_redirects=True) as page:
        await page.post("/sign-in", data={"username": "dorset-1", "password": PASSWORD})
        shown = (await page.get("/calls", headers={"accept": "text/html"})).text
        assert "Ask about the new hob." in shown
        csrf = shown.partition('name="csrf" value="')[2].partition('"')[0]
        url, said = f"/calls/{made.json()['id']}", {"outcome": "well", "text": "She likes it."}
        assert (await page.post(url, data=said)).status_code == 403, "no proof that it is our page"
        ticked = (await page.post(url, data=said | {"csrf": csrf})).text
        assert "She likes it." in ticked
        assert "☑ done" in ticked


async def test_a_visit_by_video_is_joined_by_its_link_and_only_in_its_time(office: Office) -> None:
    visit = WHOLE_DAY | {"what": "visit", "text": "With the nurse."}
    video = office.settings.model_copy(update={"video_url": "https://video.example/{room}"})
    async with on_the_desk(office) as desk:
        made = (await desk.post("/api/v1/homes/home-1/expectations", json=visit)).json()["id"]
    found = office.app.state.parts.arrangements.expected.expectation("dorset", made)
    links = VisitLinks(office.register.key, video.public_url, video.video_url)
    at = links.url_of(found)
    transport = httpx.ASGITransport(office.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=video.public_url) as anybody:
        page = await anybody.get(at)
        assert page.status_code == 200
        assert "Dorset Lane" not in page.text
        assert (await anybody.get(f"{at}x")).status_code == 404
        assert (await anybody.get(at.replace("/dorset/", "/devon/"))).status_code == 404
    assert found.opens_at is not None
    room = links.view(found, found.opens_at - timedelta(minutes=10)).room_url
    assert room.startswith("https://video.example/")
    assert made not in room
    early = links.view(found, found.opens_at - timedelta(minutes=11))
    assert (early.state, early.room_url) == (VisitState.EARLY, "")
    assert links.view(found, found.opens_at + timedelta(days=1)).state is VisitState.OVER
    assert VisitLinks(office.register.key, video.public_url, None).url_of(found) == ""


async def test_a_visits_page_speaks_its_readers_language(office: Office) -> None:
    """The link is one for all who take part: it is their browser that says what they read."""
    video = office.settings.model_copy(update={"video_url": "https://video.example/{room}"})
    visit = WHOLE_DAY | {"what": "visit", "begins": "15:00", "by": "15:30"}
    async with on_the_desk(office) as desk:
        made = (await desk.post("/api/v1/homes/home-1/expectations", json=visit)).json()["id"]
    found = office.app.state.parts.arrangements.expected.expectation("dorset", made)
    at = VisitLinks(office.register.key, video.public_url, video.video_url).url_of(found)
    at = at.removeprefix(video.public_url)
    of_a_welsh_speaker = {"Accept-Language": "cy-GB,cy;q=0.9,en"}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(office.app), base_url=video.public_url
    ) as anybody:
        welsh = (await anybody.get(at, headers=of_a_welsh_speaker)).text
        assert '<html lang="cy">' in welsh
        assert "Mewn perygl? Ffoniwch 999." in welsh
        assert f'href="{at}?lang=en"' in welsh
        chosen = (await anybody.get(f"{at}?lang=en", headers=of_a_welsh_speaker)).text
        assert "Your visit by video" in chosen
        assert "15:00 to 15:30<" in chosen, "no visit begins on a second"
        dead = (await anybody.get(f"{at}x", headers=of_a_welsh_speaker)).text
        assert '<html lang="cy">' in dead
        assert f'href="{at}x?lang=en"' in dead
