"""Windows, expectations and plans over JSON: done, refused in one sentence, and by whom."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import httpx
import pytest

from telecare.settings import Settings
from telecare.vocabulary import Role
from tests.browser.office import Office, copy_of, open_office

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def office(office_pattern: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with open_office(copy_of(office_pattern, tmp_path_factory.mktemp("arranged"))) as made:
        yield made


def on_the_desk(office: Office, role: Role = Role.OPERATOR) -> httpx.AsyncClient:
    return office.client(role)


async def test_a_hospital_stay_is_opened_shown_and_ended(office: Office) -> None:
    ends = (office.clock.now() + timedelta(days=3)).isoformat()
    async with on_the_desk(office) as desk:
        url = "/api/v1/homes/home-1/windows"
        made = await desk.post(url, json={"cause": "hospital", "ends_at": ends})
        assert made.status_code == 200, made.text
        window = made.json()["id"]
        assert [w["id"] for w in (await desk.get("/api/v1/windows")).json()] == [window]
        ended = await desk.post(f"/api/v1/windows/{window}/end")
        assert ended.json()["ended_at"] is not None
        assert (await desk.get("/api/v1/windows?home=home-1")).json() == []
        far = (office.clock.now() + timedelta(days=300)).isoformat()
        refused = await desk.post(url, json={"cause": "hospital", "ends_at": far})
        assert (refused.status_code, refused.json()["detail"]) == (
            422, "At most 28 days at a time: say it again when they are over.",
        )  # fmt: skip


async def test_what_is_arranged_is_kept_as_it_was_asked(office: Office) -> None:
    begins = office.clock.now() + timedelta(days=1)
    stay = {
        "cause": "hospital", "begins_at": begins.isoformat(),
        "ends_at": (begins + timedelta(days=3)).isoformat(),
    }  # fmt: skip
    call = {
        "what": "im_ok", "begins": "09:00", "by": "10:00", "days": [1, 3],
        "text": "Ask of the cat.", "by_call": True, "last_day": "2026-12-31",
    }  # fmt: skip
    async with on_the_desk(office) as desk:
        window = (await desk.post("/api/v1/homes/home-1/windows", json=stay)).json()
        expected = (await desk.post("/api/v1/homes/home-1/expectations", json=call)).json()
        for what, made in (("windows", window), ("expectations", expected)):
            await desk.post(f"/api/v1/{what}/{made['id']}/end")
    assert datetime.fromisoformat(window["begins_at"]) == begins
    assert {name: expected[name] for name in call} == call


async def test_a_visit_is_expected_confirmed_and_expected_no_more(office: Office) -> None:
    async with on_the_desk(office) as desk:
        body = {"what": "carer_visit", "begins": "08:00", "by": "08:30", "days": [0, 2, 4]}
        made = await desk.post("/api/v1/homes/home-2/expectations", json=body)
        assert made.status_code == 200, made.text
        ident = made.json()["id"]
        said = await desk.post(f"/api/v1/expectations/{ident}/confirm")
        assert said.json()["confirmed_at"] is not None
        assert (await desk.post(f"/api/v1/expectations/{ident}/end")).json() == []
        body["by"] = "half past"
        refused = await desk.post("/api/v1/homes/home-2/expectations", json=body)
        assert refused.status_code == 422


async def test_a_plan_is_saved_by_a_supervisor_and_refused_when_it_reaches_nobody(
    office: Office,
) -> None:
    plan = {"home": "home-1", "kind": "fall", "steps": [{"kind": "contacts"}]}
    async with on_the_desk(office) as desk:
        assert (await desk.post("/api/v1/plans", json=plan)).status_code == 403
    async with on_the_desk(office, Role.SUPERVISOR) as chief:
        first = (await chief.post("/api/v1/plans", json=plan)).json()
        again = (await chief.post("/api/v1/plans", json=plan | {"cycles": 3})).json()
        assert (again["plan"], again["version"]) == (first["plan"], 2)
        unread = await chief.post("/api/v1/plans", json=plan | {"version": 1})
        assert unread.status_code == 409, "its author has not read the second version"
        versions = await chief.get(f"/api/v1/plans/{first['plan']}/versions")
        assert len(versions.json()) == 2
        ghosts = plan | {"steps": [{"kind": "team", "team": "ghosts"}]}
        refused = await chief.post("/api/v1/plans", json=ghosts)
        assert refused.status_code == 422
        assert refused.json()["detail"] == (
            "This plan is not saved. Step 1 asks a team that is not there: ghosts."
        )
        assert (await chief.post(f"/api/v1/plans/{first['plan']}/end")).json() == []
        assert (await chief.get("/api/v1/plans/faults")).status_code == 200


async def test_a_step_of_the_plan_is_checked_off(office: Office) -> None:
    alert = office.raise_signal(home="home-1")
    async with on_the_desk(office) as desk:
        assert (await desk.post(f"/api/v1/alerts/{alert}/plan", json={"number": 1})).is_success
        steps = (await desk.get(f"/api/v1/alerts/{alert}")).json()["plan"]
        assert steps[0]["done"]
        refused = await desk.post(f"/api/v1/alerts/{alert}/plan", json={"number": 50})
        assert refused.status_code == 422
