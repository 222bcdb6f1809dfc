"""Whoever signs in lands on the page that is theirs: their jobs, their homes, and nobody else's."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from html import unescape

import httpx
import pytest
from fastapi import FastAPI

from responder.api.app import build_app
from responder.kept.record import Act
from telecare.errors import AlreadyExists, InvalidInput, NotFound
from telecare.register.people import Person
from telecare.register.plans import Topic
from telecare.settings import Settings
from telecare.tenancy import Actor
from telecare.vocabulary import Outcome, Role, SignalKind
from tests.harness.duty import ORG
from tests.harness.world import World, world

pytestmark = pytest.mark.anyio
WORD = "quiet river under the bridge"
THEIRS = {
    Role.OPERATOR: "/desk", Role.SUPERVISOR: "/desk", Role.TEC: "/devices",
    Role.RESPONDER: "/jobs", Role.FAMILY: "/family", Role.MANAGER: "/reports",
    Role.AUDITOR: "/record", Role.INTEGRATION: "/interface",
}  # fmt: skip


@pytest.fixture
def county(sqlite_settings: Settings) -> Iterator[World]:
    with world(sqlite_settings) as made:
        made.home(7, "daughter", "son", at=(50.75, -2.44), keysafe="4027")
        made.team("valley", "ann", at=(50.76, -2.44))
        yield made


@pytest.fixture
def app(county: World) -> FastAPI:
    return build_app(county.responder)


def hire(county: World, role: Role) -> str:
    """An account of this role; its id."""
    person = f"the-{role.value}"
    county.register.people.add(
        Person(org=ORG, person=person, username=person, name=person, role=role), WORD
    )
    return person


@asynccontextmanager
async def signed_in(county: World, app: FastAPI, person: str) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(
        transport=transport, base_url=county.settings.public_url, follow_redirects=True,
        headers={"Accept": "text/html"},
    ) as browser:  # fmt: skip
        answer = await browser.post("/sign-in", data={"username": person, "password": WORD})
        assert answer.status_code == 200, answer.text
        yield browser


async def press(browser: httpx.AsyncClient, at: str, **said: str) -> httpx.Response:
    """Fills in a form of the page and sends it, with the page's own proof."""
    proof = re.search(r'name="csrf" content="(\w+)"', (await browser.get("/")).text)
    assert proof is not None
    return await browser.post(at, data={"csrf": proof[1], **said})


async def test_nobody_lands_on_a_refusal_or_an_empty_page(county: World, app: FastAPI) -> None:
    for role in Role:
        async with signed_in(county, app, hire(county, role)) as browser:
            start = await browser.get("/")
            assert (start.status_code, start.url.path) == (200, THEIRS[role])
            assert 'aria-current="page"' in start.text, "its own name stands marked in the bar"
            bar, *_ = re.findall(r"<nav.*?</nav>", start.text, re.DOTALL)
            for address in re.findall(r'href="([^"]+)"', bar):
                assert (await browser.get(address)).status_code == 200, f"{role}: {address}"


async def test_a_responder_works_their_job_without_a_link(county: World, app: FastAPI) -> None:
    me = hire(county, Role.RESPONDER)
    async with signed_in(county, app, me) as browser:
        assert "Nobody has said yet" in (await browser.get("/")).text
        county.register.accounts.tie_member(ORG, me, "ann")
        assert "You are on duty" in (await browser.get("/")).text
        county.press("pendant-7")
        county.operator().claims(7)
        county.operator().sends(7)
        alert = county.alert(7).id
        offer = await browser.get("/")
        assert offer.url.path == f"/jobs/{alert}"
        assert "Can you take this job?" in offer.text
        assert "4027" not in offer.text
        at = f"/jobs/{alert}"
        refused = await browser.post(at, data={"act": "take"})
        assert refused.status_code == 403, "not from a page of ours"
        assert (await press(browser, f"{at}/keysafe")).status_code == 403, "not before arrival"
        told = {"take": "The job is yours.", "set_off": "I am there", "arrived": "You are there."}
        for act, words in {**told, "inside": "You are inside."}.items():
            assert words in (await press(browser, at, act=act)).text
        assert "4027" in (await press(browser, f"{at}/keysafe")).text
        assert "Say how it ended" in (await press(browser, at, act="left")).text
        gone = await press(browser, at, act="left", outcome="ambulance", text="Took her in.")
        assert "The job is done" in gone.text
    entries = county.responder.desk._reads.entries(ORG, alert=alert, limit=500)
    mine = [each.act for each in entries if each.actor == me]
    for act in (Act.LOOKED, Act.ANSWERED, Act.SET_OFF, Act.ENTERED, Act.KEYSAFE_REVEALED, Act.LEFT):
        assert act in mine


async def test_a_welsh_family_page_is_welsh_to_its_bar(county: World, app: FastAPI) -> None:
    async with signed_in(county, app, hire(county, Role.FAMILY)) as browser:
        page = unescape((await browser.get("/family?lang=cy")).text)
        assert '<html lang="cy">' in page
        for words in ("Teulu</a>", ">Cloi<", ">Allgofnodi<", ">Nos<", "Newid i'r thema nos"):
            assert words in page, words
        assert "Sign out" not in page


async def test_a_job_of_somebody_else_does_not_exist_for_a_responder(
    county: World, app: FastAPI
) -> None:
    me = hire(county, Role.RESPONDER)
    county.team("hills", "bob", at=(51.5, -2.44))
    county.register.accounts.tie_member(ORG, me, "bob")
    county.press("pendant-7")
    county.operator().claims(7)
    county.operator().sends(7)
    alert = county.alert(7).id
    async with signed_in(county, app, me) as browser:
        assert "No job for you now" in (await browser.get("/jobs")).text
        assert (await browser.get(f"/jobs/{alert}")).status_code == 404
        assert (await press(browser, f"/jobs/{alert}", act="take")).status_code == 404
        assert (await press(browser, f"/jobs/{alert}/keysafe")).status_code in (403, 404)
    assert county.driver("ann", "valley").job.open_to_me


async def test_a_daughter_answers_on_her_own_page(county: World, app: FastAPI) -> None:
    me = hire(county, Role.FAMILY)
    county.register.accounts.tie_contact(ORG, me, "daughter-7")
    async with signed_in(county, app, me) as browser:
        assert "Nothing is open now." in (await browser.get("/")).text
        county.press("pendant-7")
        alert = county.alert(7).id
        assert "we are looking after it" in (await browser.get("/family")).text
        assert (await press(browser, f"/family/{alert}", answer="going")).status_code == 404, (
            "nobody has asked her yet"
        )
        county.operator().claims(7)
        county.operator().rings(7, "daughter")
        assert "Can you go and see?" in (await browser.get("/family")).text
        bare = await browser.post(f"/family/{alert}", data={"answer": "going"})
        assert bare.status_code == 403, "not from a page of ours"
        thanks = await press(browser, f"/family/{alert}", answer="going")
        assert "written down that you are going" in thanks.text
        county.operator().closes(7, Outcome.KEYHOLDER_ATTENDED)
        lately = (await browser.get("/family")).text
        assert "There was a call for help: somebody close went to see" in lately
        assert "pendant" not in lately.lower(), "never a raw sensor"
    entries = county.responder.desk._reads.entries(ORG, limit=500)
    assert {Act.LOOKED, Act.ANSWERED} <= {each.act for each in entries if each.actor == me}


async def test_a_family_reads_and_answers_in_welsh(county: World, app: FastAPI) -> None:
    me = hire(county, Role.FAMILY)
    county.register.accounts.tie_contact(ORG, me, "daughter-7")
    async with signed_in(county, app, me) as browser:
        assert "Nid oes dim ar agor nawr." in (await browser.get("/family?lang=cy")).text
        county.press("pendant-7")
        alert = county.alert(7).id
        county.operator().claims(7)
        county.operator().rings(7, "daughter")
        asked = await browser.get("/family?lang=cy")
        assert 'lang="cy"' in asked.text
        assert f'action="/family/{alert}?lang=cy"' in asked.text
        assert "Nobody else is asked" not in asked.text
        thanks = await press(browser, f"/family/{alert}?lang=cy", answer="going")
        assert "Diolch" in thanks.text
        county.operator().closes(7, Outcome.KEYHOLDER_ATTENDED)
        lately = (await browser.get("/family?lang=cy")).text
        assert "Bu galwad am gymorth: aeth rhywun agos i weld" in lately
        assert "Maw" in lately, "March, in Welsh"


async def test_a_responder_unlocks_in_the_language_of_the_page_behind(
    county: World, app: FastAPI
) -> None:
    me = hire(county, Role.RESPONDER)
    async with signed_in(county, app, me) as browser:
        assert "Yma y bydd eich gwaith." in (await browser.get("/jobs?lang=cy")).text
        await press(browser, "/lock", next="/jobs?lang=cy")
        asked = unescape((await browser.get("/locked?next=/jobs%3Flang%3Dcy")).text)
        assert "PIN neu gyfrinair" in asked
        assert 'href="/locked?next=/jobs%3Flang%3Dcy&lang=en"' in asked
        assert "PIN or password" in (
            await browser.get("/locked?next=/jobs%3Flang%3Dcy&lang=en")
        ).text  # fmt: skip
        wrong = await press(browser, "/locked", word="guess", next="/jobs?lang=cy")
        assert "Nid dyma'ch PIN na'ch cyfrinair" in unescape(wrong.text)


async def test_a_family_reads_only_what_the_resident_lets_them_know(
    county: World, app: FastAPI
) -> None:
    me = hire(county, Role.FAMILY)
    county.register.accounts.tie_contact(ORG, me, "son-7")
    county.register.plans.consent(ORG, "son-7", [Topic.HELP], "supervisor-1")
    county.look_again()
    county.notices(SignalKind.WANDERING, 7)
    async with signed_in(county, app, me) as browser:
        assert "Nothing is open now." in (await browser.get("/family")).text
        county.operator().claims(7)
        county.operator().closes(7, Outcome.FOUND_SAFE)
        assert "Nothing else in the last thirty days." in (await browser.get("/family")).text


def test_with_a_technician_on_the_way_a_call_for_help_is_still_nobodys(county: World) -> None:
    """The hub is seen to; the pendant is not: a daughter must not read that all is well."""
    county.notices(SignalKind.HUB_SILENT, 7)
    desk, hub = county.operator(), county.alert(7).id
    county.desk.claim(desk.actor, hub)
    county.desk.attending(desk.actor, hub, "the technician")
    relative = Actor(org=ORG, id="family-1", role=Role.FAMILY, name="A daughter")
    (home,) = county.desk.my_homes(relative, {"home-7": "daughter-7"})
    assert "Somebody is with them or on the way." in home.now
    county.press("pendant-7")
    (home,) = county.desk.my_homes(relative, {"home-7": "daughter-7"})
    assert "There is a call for help" in home.now


def test_an_account_is_tied_to_one_member_by_hand_and_ends_with_the_person(county: World) -> None:
    accounts, people = county.register.accounts, county.register.people
    responder, family = hire(county, Role.RESPONDER), hire(county, Role.FAMILY)
    accounts.tie_member(ORG, responder, "ann")
    with pytest.raises(InvalidInput, match="only an account with the role responder"):
        accounts.tie_member(ORG, family, "ann")
    with pytest.raises(NotFound, match="no contact nobody-7"):
        accounts.tie_contact(ORG, family, "nobody-7")
    accounts.tie_contact(ORG, family, "son-7")
    with pytest.raises(AlreadyExists, match="part it first"):
        accounts.tie_contact(ORG, family, "son-7")
    county.register.leaving.contact(ORG, "son-7")
    assert accounts.contacts(ORG, family) == {}
    people.leave(ORG, responder)
    assert accounts.member(ORG, responder) is None
    assert people.by_password(responder, WORD) is None


async def test_who_pressed_after_the_session_ended_comes_back_to_the_page_of_the_button(
    county: World, app: FastAPI
) -> None:
    me = hire(county, Role.FAMILY)
    async with signed_in(county, app, me) as browser:
        browser.cookies.clear()
        page = f"{county.settings.public_url}/family?lang=cy"
        asked = await browser.post(
            "/family/alert-1", data={"answer": "going"}, headers={"Referer": page}
        )
        assert str(asked.url).endswith("/sign-in?next=/family%3Flang%3Dcy")
        back = await browser.post(
            "/sign-in", data={"username": me, "password": WORD, "next": "/family?lang=cy"}
        )
    assert (back.status_code, back.url.path) == (200, "/family")
    assert '<html lang="cy">' in back.text
