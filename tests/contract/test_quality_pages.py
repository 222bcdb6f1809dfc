"""The page of calls to be listened to, and its score sheet."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from responder.learning.quality import Question
from responder.outgoing.call_references import CallWay
from telecare.clock import HandClock
from telecare.register.people import Person
from telecare.settings import Settings
from telecare.vocabulary import Outcome, Role
from tests.browser.office import NIGHT, PASSWORD, Office, copy_of, open_office

pytestmark = pytest.mark.anyio


@pytest.fixture
def april(office_pattern: Settings, tmp_path: Path) -> Iterator[Office]:
    """In March operator 1 closed an alert and wrote down its call; it is April, and a chief is
    there.
    """
    clock = HandClock(NIGHT)
    with open_office(copy_of(office_pattern, tmp_path), clock) as office:
        alert, who = office.raise_signal(), office.operator()
        office.desk.claim(who, alert)
        office.desk.note_call(who, alert, CallWay.TAKEN, "REC-2026/0417")
        office.desk.resolve(who, alert, Outcome.AMBULANCE, "Taken to hospital.")
        chief = Person(
            org="dorset", person="chief", username="chief", name="Chief", role=Role.SUPERVISOR
        )
        office.register.people.add(chief, PASSWORD)
        clock.forward(days=25)
        yield office


def browser(office: Office) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(office.app, raise_app_exceptions=False)
    base = office.settings.public_url
    return httpx.AsyncClient(
        transport=transport, base_url=base, follow_redirects=True, headers={"accept": "text/html"}
    )


async def test_a_supervisor_works_through_the_draw(april: Office) -> None:
    async with browser(april) as page:
        await page.post("/sign-in", data={"username": "chief", "password": PASSWORD})
        drawn = (await page.get("/quality")).text
        assert "Calls to listen to, March 2026" in drawn
        assert "☐ to be listened to" in drawn
        assert 'href="/quality"' in drawn
        path = drawn.partition('href="/quality/2026-03/')[2].partition('"')[0]
        sheet = (await page.get(f"/quality/2026-03/{path}")).text
        assert "REC-2026/0417" in sheet
        csrf = sheet.partition('name="csrf" value="')[2].partition('"')[0]
        answers = {each.value: "" for each in Question} | {"csrf": csrf, "text": "Half a thought"}
        refused = await page.post(f"/quality/2026-03/{path}", data=answers)
        assert refused.status_code == 422
        assert "Answer at least one question." in refused.text
        assert 'value="Half a thought"' in refused.text
        answers |= {each.value: "2" for each in Question} | {"text": "Warm and clear."}
        kept = (await page.post(f"/quality/2026-03/{path}", data=answers)).text
        assert "☑ listened to: 12 of 12" in kept
        assert "Warm and clear." in (await page.get(f"/quality/2026-03/{path}")).text
        report = (await page.get("/reports?month=2026-03")).text
        assert "Calls listened to" in report
        history = (await page.get("/history")).text
        assert "call taken" in history
        assert "REC-2026/0417" in history


async def test_an_operator_does_not_see_what_is_listened_to(april: Office) -> None:
    async with browser(april) as page:
        await page.post("/sign-in", data={"username": "dorset-1", "password": PASSWORD})
        assert (await page.get("/quality")).status_code == 403
