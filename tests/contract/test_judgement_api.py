"""Figures for managers, dials for those who decide, four weeks for the desk: and nobody else."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from telecare.errors import StoreUnavailable
from telecare.messages import Fired, Rehearsal
from telecare.observe import Heart
from telecare.settings import Settings
from telecare.store.lane import LaneWriter
from telecare.store.migrate import open_database
from telecare.tenancy import Actor
from telecare.vocabulary import FalseAlarmCause, Outcome, Role, SignalKind
from tests.browser.office import PASSWORD, Office, copy_of, open_office

pytestmark = pytest.mark.anyio
SUPERVISOR = Actor(org="dorset", id="supervisor-1", role=Role.SUPERVISOR)
HTML = {"accept": "text/html"}


@pytest.fixture
def office(office_pattern: Settings, tmp_path: Path) -> Iterator[Office]:
    with open_office(copy_of(office_pattern, tmp_path)) as opened:
        yield opened


def closed(
    office: Office, outcome: Outcome, cause: FalseAlarmCause | None = None, org: str = "dorset"
) -> None:
    alert = office.raise_signal(SignalKind.FALL, kind_of="", org=org, why="A fall in the kitchen.")
    office.desk.claim(office.operator(org), alert)
    office.desk.resolve(office.operator(org), alert, outcome, "looked after", cause)


def answer(office: Office, tuning: str, home: str = "home-1") -> None:
    """The detectors' side of a rehearsal."""
    now = office.clock.now()
    fired = Fired(id="s", at=now - timedelta(days=2), kind=SignalKind.FALL, why="In the kitchen.")
    rehearsal = Rehearsal(
        id=tuning, org="dorset", home=home, detector="falls", setting="threshold", before=0.5,
        after=0.6, at=now, since=now - timedelta(days=28), readings=9, now=[fired],
    )  # fmt: skip
    detectors = open_database(office.settings, "detectors")
    with detectors.begin() as connection:
        LaneWriter("rehearsals-1").append(connection, [rehearsal])
    detectors.close()
    office.tunings.step()


async def test_a_manager_reads_how_often_the_detectors_were_right_and_no_names(
    office: Office,
) -> None:
    closed(office, Outcome.AMBULANCE)
    closed(office, Outcome.FALSE_ALARM, FalseAlarmCause.PET)
    closed(office, Outcome.AMBULANCE, org="devon")
    async with office.client(Role.MANAGER) as manager:
        (row,) = (await manager.get("/api/v1/judgement?days=90")).json()
        page = await manager.get("/judgement", headers=HTML)
        table = await manager.get("/api/v1/judgement.csv")
        start = await manager.get("/", headers=HTML)
    assert (row["detector"], row["real"], row["false"]) == ("fall", 1, 1)
    assert row["false_by_cause"] == {"pet": 1}
    assert row["precision"] == 0.5
    assert "50 %" in page.text
    assert start.headers["location"] == "/reports", "where a manager begins"
    for text in (page.text, table.text):
        assert "Resident" not in text
        assert "Lane" not in text
        assert "kitchen" not in text
    (line,) = csv.DictReader(io.StringIO(table.text))
    assert (line["kind"], line["precision"], line["false_by_cause"]) == ("fall", "0.500", "pet 1")
    assert table.headers["content-type"].startswith("text/csv")


async def test_figures_begin_where_they_are_asked_to(office: Office) -> None:
    async with office.client(Role.TEC) as tec:
        assert (await tec.get("/api/v1/judgement")).json() == []
        assert (await tec.get("/api/v1/judgement?days=3")).status_code == 422


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.AUDITOR])
async def test_others_do_not_read_figures(office: Office, role: Role) -> None:
    async with office.client(role) as other:
        for path in ("/api/v1/judgement", "/api/v1/judgement.csv", "/judgement"):
            assert (await other.get(path)).status_code == 403, path


async def test_only_supervisors_and_the_tec_team_turn_dials(office: Office) -> None:
    body = {"detector": "falls", "setting": "threshold", "value": 0.6}
    for role in (Role.OPERATOR, Role.MANAGER, Role.AUDITOR):
        async with office.client(role) as other:
            assert (await other.get("/homes/home-1/judgement")).status_code == 403
            asked = await other.post("/api/v1/homes/home-1/tunings", json=body)
            assert asked.status_code == 403
    async with office.client(Role.TEC) as tec:
        asked = await tec.post("/api/v1/homes/home-1/tunings", json=body)
        tuning = asked.json()["id"]
        assert asked.json()["state"] == "asked"
        answer(office, tuning)
        shown = await tec.get(f"/api/v1/tunings/{tuning}")
        page = await tec.get("/homes/home-1/judgement", headers=HTML)
        for text in (shown.text, page.text):
            assert "In the kitchen" not in text, "the TEC team sees when and what kind"
            assert "Dorset Lane" not in text
        done = await tec.post(f"/api/v1/tunings/{tuning}/decision", json={"accept": True})
        assert done.json()["state"] == "accepted"
        again = await tec.post(f"/api/v1/tunings/{tuning}/decision", json={"accept": True})
        assert again.status_code == 409
    settings = office.register.homes.home("dorset", "home-1").settings
    assert settings == {"falls": {"threshold": 0.6}}


async def test_a_supervisor_reads_what_it_was_about_and_decides_on_the_page(
    office: Office,
) -> None:
    tuning = office.tunings.ask(SUPERVISOR, "home-1", "falls", "threshold", 0.6)
    async with office.client(Role.SUPERVISOR) as chief:
        waiting = (await chief.get("/homes/home-1/judgement", headers=HTML)).text
        assert 'http-equiv="refresh"' in waiting
        answer(office, tuning.id)
        page = (await chief.get("/homes/home-1/judgement", headers=HTML)).text
        assert "In the kitchen." in page
        assert "Would not have come (1)" in page
        assert 'http-equiv="refresh"' not in page
        home = "/homes/home-1/judgement"
        await chief.post(f"{home}/{tuning.id}", data={"decision": "decline"})
        refused = await chief.post(f"{home}/{tuning.id}", data={"decision": "accept"})
        assert refused.status_code == 409
        wrong = await chief.post(home, data={"setting": "falls.threshold", "value": "much"})
        assert wrong.status_code == 422
        assert "must be a number" in wrong.text
        await chief.post(home, data={"setting": "falls.threshold", "value": "0,55"})
    assert office.register.homes.home("dorset", "home-1").settings == {}
    newest = office.tunings.of_home(SUPERVISOR, "home-1")[0]
    assert newest.after == 0.55


async def test_another_organisations_tuning_does_not_exist(office: Office) -> None:
    tuning = office.tunings.ask(SUPERVISOR, "home-1", "falls", "threshold", 0.6)
    answer(office, tuning.id)
    async with office.client(Role.SUPERVISOR, "devon") as foreign:
        assert (await foreign.get(f"/api/v1/tunings/{tuning.id}")).status_code == 404
        act = await foreign.post(f"/api/v1/tunings/{tuning.id}/decision", json={"accept": True})
        assert act.status_code == 404
        assert tuning.id not in (await foreign.get("/homes/home-1/judgement")).text
        assert "probability" not in (await foreign.get("/judgement")).text
    assert office.register.homes.home("dorset", "home-1").settings == {}


async def test_four_weeks_are_a_look_on_record_and_a_table_of_every_number(office: Office) -> None:
    office.tell("home-1", {"kitchen": [-7200.0, -7000.0], "bathroom": [-3600.0]})
    async with office.client(Role.OPERATOR) as desk:
        page = (await desk.get("/homes/home-1/activity?room=kitchen", headers=HTML)).text
        data = (await desk.get("/api/v1/homes/home-1/activity")).json()
        missing = await desk.get("/api/v1/homes/home-99/activity")
    assert "2 times somebody was noticed" in page
    assert page.count('<th scope="row"') == 28 + 1, "each day, and the usual"
    assert data["rooms"] == ["bathroom", "kitchen"]
    assert sum(cell["count"] for day in data["days"] for cell in day["cells"]) == 3
    assert len(data["days"]) == 28
    assert missing.status_code == 404
    looks = [e for e in office.desk.record(SUPERVISOR) if e.act == "looked"]
    assert [e.detail["home"] for e in looks] == ["home-1", "home-1"]
    async with office.client(Role.MANAGER) as manager:
        assert (await manager.get("/homes/home-1/activity")).status_code == 403


async def test_a_changed_habit_leads_from_its_alert_to_the_picture(office: Office) -> None:
    alert = office.raise_signal(
        SignalKind.ROUTINE, kind_of="bathroom_night", why="Bathroom at night 7 times."
    )
    async with office.client(Role.OPERATOR) as desk:
        card = (await desk.get(f"/alerts/{alert}/card")).text
        page = (await desk.get("/homes/home-1/activity", headers=HTML)).text
    assert "/homes/home-1/activity" in card
    assert "Bathroom at night 7 times." in page


# ---- colleagues, sign-ins, figures of the processes


async def test_colleagues_are_those_of_the_desk_and_strangers_get_no_alert(office: Office) -> None:
    alert = office.raise_signal()
    async with office.client(Role.OPERATOR) as desk:
        people = (await desk.get("/api/v1/colleagues")).json()
        assert [each["name"] for each in people] == ["Operator 1", "Operator 2"]
        await desk.post(f"/api/v1/alerts/{alert}/claim")
        nobody = await desk.post(f"/api/v1/alerts/{alert}/hand-over", json={"to": "nobody"})
        assert nobody.status_code == 404
        given = await desk.post(f"/api/v1/alerts/{alert}/hand-over", json={"to": "operator-2"})
    assert given.json()["owner_name"] == "Operator 2"


async def test_signing_in_and_out_is_on_record(office: Office) -> None:
    transport = httpx.ASGITransport(office.app)
    body = {"username": "dorset-1", "password": PASSWORD}
    async with httpx.AsyncClient(transport=transport, base_url="http://desk.test") as desk:
        await desk.post("/api/v1/session", json=body | {"password": "wrong one, this"})
        csrf = (await desk.post("/api/v1/session", json=body)).json()["csrf"]
        await desk.delete("/api/v1/session", headers={"X-CSRF-Token": csrf})
        await desk.post("/sign-in", data=body)
    entries = [(e.act, e.actor) for e in office.desk.record(SUPERVISOR)]
    assert entries == [
        ("signed_in", "operator-1"), ("signed_out", "operator-1"), ("signed_in", "operator-1"),
    ]  # fmt: skip


async def test_who_cannot_be_recorded_is_not_let_in(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unavailable(*_: object, **__: object) -> None:
        raise StoreUnavailable

    monkeypatch.setattr(office.desk, "signed", unavailable)
    transport = httpx.ASGITransport(office.app)
    body = {"username": "dorset-1", "password": PASSWORD}
    async with httpx.AsyncClient(transport=transport, base_url="http://desk.test") as desk:
        refused = await desk.post("/api/v1/session", json=body)
        assert refused.status_code == 503
        assert "set-cookie" not in refused.headers
        assert (await desk.get("/api/v1/me")).status_code == 401


async def test_figures_of_every_process_stand_in_the_metrics(office: Office) -> None:
    Heart(office.settings.data_dir, "detectors-1").beat(figures={"lag_s": 4.5})
    Heart(office.settings.data_dir, "gateway-1").beat(working=False, detail="The disk is full.")
    async with office.client(Role.MANAGER) as scraper:
        text = (await scraper.get("/metrics")).text
    assert 'telecare_working{process="detectors-1"} 1.0' in text
    assert 'telecare_working{process="gateway-1"} 0.0' in text
    assert 'telecare_figure{figure="lag_s",process="detectors-1"} 4.5' in text
    assert "telecare_beat_age_seconds" in text
    assert "python_info" in text, "this process's own figures are there too"
