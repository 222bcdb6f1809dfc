"""A month's figures for those who read figures: as a page, as JSON and as files."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from responder.reports.figure import Figure
from responder.web.report_pages import said
from telecare.settings import Settings
from telecare.vocabulary import Outcome, Role
from tests.browser.office import Office, copy_of, open_office

pytestmark = pytest.mark.anyio
HTML = {"accept": "text/html"}
MARCH = "?month=2026-03"


@pytest.fixture
def office(office_pattern: Settings, tmp_path: Path) -> Iterator[Office]:
    with open_office(copy_of(office_pattern, tmp_path)) as opened:
        yield opened


def closed(office: Office, org: str = "dorset") -> None:
    alert = office.raise_signal(org=org)
    office.desk.claim(office.operator(org), alert)
    office.desk.resolve(office.operator(org), alert, Outcome.AMBULANCE, "taken to hospital")


async def test_a_manager_reads_the_month_as_page_json_and_files(
    office: Office, tmp_path: Path
) -> None:
    closed(office)
    async with office.client(Role.MANAGER) as manager:
        page = await manager.get(f"/reports{MARCH}", headers=HTML)
        report = (await manager.get(f"/api/v1/reports{MARCH}")).json()
        table = await manager.get(f"/api/v1/reports.csv{MARCH}")
        parquet = await manager.get(f"/api/v1/reports.parquet{MARCH}")
        present = (await manager.get("/api/v1/reports")).json()
        judgement = await manager.get("/judgement", headers=HTML)
    (quick,) = [each for each in report["figures"] if each["name"] == "within_60_s"]
    assert (quick["count"], quick["of"], quick["met"]) == (1, 1, True)
    assert "100.0 %" in page.text
    assert "97.5 %" in page.text
    assert "2026-02" in page.text
    assert "2026-04" not in page.text, "a month to come is not offered"
    assert present["month"] == "2026-03"
    assert 'href="/reports"' in judgement.text
    rows = list(csv.DictReader(io.StringIO(table.text)))
    assert len(rows) == len(report["figures"])
    assert table.headers["content-disposition"].endswith('"report-dorset-2026-03.csv"')
    file = tmp_path / "report.parquet"
    file.write_bytes(parquet.content)
    with duckdb.connect() as connection:
        counted = connection.execute(f"SELECT count(*) FROM '{file}'").fetchall()
    assert counted == [(len(rows),)]
    for text in (page.text, table.text, str(report)):
        assert "hospital" not in text
        assert "Lane" not in text


async def test_another_organisations_month_is_its_own(office: Office) -> None:
    closed(office, "devon")
    async with office.client(Role.MANAGER) as manager:
        report = (await manager.get(f"/api/v1/reports{MARCH}")).json()
    assert report["org"] == "dorset"
    assert report["sequence"] == 0
    assert report["figures"][0] == {
        "section": "alerts", "name": "opened", "group": "", "model": "", "count": 0, "of": None,
        "value": 0.0, "unit": "number", "target": None, "met": None,
        "source": "record",
    }  # fmt: skip


@pytest.mark.parametrize("month", ["2026-13", "soon", "2026-04"])
async def test_no_month_and_a_month_to_come_are_refused_in_one_sentence(
    office: Office, month: str
) -> None:
    async with office.client(Role.SUPERVISOR) as chief:
        for path in ("/api/v1/reports", "/api/v1/reports.csv", "/api/v1/reports.parquet"):
            refused = await chief.get(f"{path}?month={month}")
            assert refused.status_code == 422
            assert "month" in refused.json()["detail"]
        assert (await chief.get(f"/reports?month={month}", headers=HTML)).status_code == 422


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.AUDITOR])
async def test_others_do_not_read_reports(office: Office, role: Role) -> None:
    async with office.client(role) as other:
        for path in ("/api/v1/reports", "/api/v1/reports.csv", "/reports"):
            assert (await other.get(path)).status_code == 403, path


def test_a_fault_is_named_on_the_page_as_an_alert_of_its_kind_is() -> None:
    fault = Figure(section="faults", name="opened", group="equipment.gap", value=1)
    alert = Figure(section="alerts", name="opened_by_kind", group="equipment.gap", value=1)
    assert said(fault)["group"] == said(alert)["group"] == "equipment, gap"
