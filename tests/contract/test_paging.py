"""Lists in pages: whatever comes or goes meanwhile, nothing is shown twice and nothing hidden."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from responder.api.paging import cursor_of
from responder.life import alerts
from telecare.messages import Reading
from telecare.settings import Settings
from telecare.store.lane import LaneWriter
from telecare.store.migrate import open_database
from telecare.vocabulary import Outcome, ReadingKind, Role, SignalKind
from tests.browser.office import Office, copy_of, open_office

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def office(office_pattern: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with open_office(copy_of(office_pattern, tmp_path_factory.mktemp("paging"))) as opened:
        yield opened


async def pages(desk: httpx.AsyncClient, path: str) -> list[list[Any]]:
    found, onward = [], path
    while onward:
        answer = await desk.get(onward)
        assert answer.status_code == 200, answer.text
        found.append(answer.json())
        onward = answer.links.get("next", {}).get("url", "")
    return found


async def test_the_queue_in_pages_is_the_queue(office: Office) -> None:
    for number in range(1, 7):
        office.raise_signal(home=f"home-{number}")
    async with office.client(Role.OPERATOR) as desk:
        whole = (await desk.get("/api/v1/alerts")).json()
        in_twos = await pages(desk, "/api/v1/alerts?limit=2")
    assert [len(page) for page in in_twos] == [2, 2, 2]
    assert [line["id"] for page in in_twos for line in page] == [line["id"] for line in whole]


async def test_what_is_closed_while_somebody_reads_on_hides_nothing(office: Office) -> None:
    async with office.client(Role.OPERATOR) as desk:
        whole = [line["id"] for line in (await desk.get("/api/v1/alerts")).json()]
        first = await desk.get("/api/v1/alerts?limit=3")
        gone = first.json()[-1]["id"]
        office.desk.claim(office.operator(), gone)
        office.desk.resolve(office.operator(), gone, Outcome.FOUND_SAFE, "in the garden")
        second = (await desk.get(first.links["next"]["url"])).json()
    assert [line["id"] for line in second] == whole[3:]


async def test_history_pages_through_alerts_closed_in_the_same_moment(office: Office) -> None:
    moment = datetime(2026, 3, 1, tzinfo=UTC)
    for number in range(1, 5):
        alert = office.raise_signal(SignalKind.FALL, home=f"home-{number}", kind_of="")
        with office.works.begin(moment) as work:
            found = work.alert("dorset", alert)
            work.put(alerts.resolved(found, Outcome.FOUND_SAFE, None, moment))
    async with office.client(Role.OPERATOR) as desk:
        whole = [line["id"] for line in (await desk.get("/api/v1/history")).json()]
        in_twos = await pages(desk, "/api/v1/history?limit=2")
    assert len(whole) >= 4
    assert [line["id"] for page in in_twos for line in page] == whole


async def test_the_tec_teams_pages_of_history_are_full_although_most_is_not_theirs(
    office: Office,
) -> None:
    async with office.client(Role.TEC) as tec:
        assert await pages(tec, "/api/v1/history?limit=2") == [[]]


async def test_readings_of_one_moment_are_handed_out_once_each(office: Office) -> None:
    moment = datetime(2026, 3, 10, 2, 51, tzinfo=UTC)
    readings = [
        Reading(
            org="dorset", home="home-1", device="hub-1", id=f"r{n}", kind=ReadingKind.READING,
            type="motion", occurred_at=moment, received_at=moment + timedelta(seconds=n // 5),
        )
        for n in range(11)
    ]  # fmt: skip
    gateway = open_database(office.settings, "gateway")
    with gateway.begin() as connection:
        LaneWriter("gateway-1").append(connection, readings)
    gateway.close()
    async with office.client(Role.OPERATOR) as desk:
        got = await pages(desk, "/api/v1/homes/home-1/readings?limit=2")
    assert [each["id"] for page in got for each in page] == [
        "r10", "r9", "r8", "r7", "r6", "r5", "r4", "r3", "r2", "r1", "r0",
    ]  # fmt: skip


async def test_the_record_and_the_homes_are_paged_to_their_end(office: Office) -> None:
    async with office.client(Role.SUPERVISOR) as desk:
        homes = await pages(desk, "/api/v1/homes?limit=4")
        entries = [each for page in await pages(desk, "/api/v1/record?limit=7") for each in page]
    assert [home["home"] for page in homes for home in page] == [f"home-{n}" for n in range(1, 7)]
    assert [each["sequence"] for each in entries] == list(range(1, len(entries) + 1))


@pytest.mark.parametrize(
    "cursor",
    ["", "!", "bm8", cursor_of(("a", "b")), cursor_of((10**30, "x")), cursor_of((1,) * 9)],
)
@pytest.mark.parametrize(
    "path", ["alerts", "history", "homes/home-1/readings", "record", "homes", "windows"]
)
async def test_a_cursor_of_somewhere_else_is_refused_or_leads_nowhere(
    office: Office, path: str, cursor: str
) -> None:
    async with office.client(Role.SUPERVISOR) as desk:
        answer = await desk.get(f"/api/v1/{path}", params={"cursor": cursor})
    assert answer.status_code in (200, 422)
