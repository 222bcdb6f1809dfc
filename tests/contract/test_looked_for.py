"""What is looked for with little to go by is found: a misheard name, one night of the record."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from telecare.clock import HandClock
from telecare.register.residents import Resident
from telecare.settings import Settings
from telecare.vocabulary import Outcome, Role
from tests.browser.office import NIGHT, Office, copy_of, open_office
from tests.contract.test_typed import signed_in

pytestmark = pytest.mark.anyio


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NIGHT)


@pytest.fixture
def office(office_pattern: Settings, tmp_path: Path, clock: HandClock) -> Iterator[Office]:
    with open_office(copy_of(office_pattern, tmp_path), clock) as opened:
        for number, name in enumerate(("Siân O\u2019Neill", "Mary Price", "Thomas Wareham"), 2):
            opened.register.residents.add_resident(
                Resident(org="dorset", resident=f"r-{number}", home=f"home-{number}", name=name)
            )
        yield opened


@pytest.mark.parametrize(
    ("typed", "home"),
    [
        ("sian", "home-2"), ("O'Neill", "home-2"), ("oneill sian", "home-2"),
        ("price 3 lane", "home-3"), ("Wareham, Thomas", "home-4"), ("Mrs Price", "home-3"),
        ("Dr. Wareham", "home-4"),
    ],
)  # fmt: skip
async def test_a_home_is_found_by_a_name_however_it_is_written(
    office: Office, typed: str, home: str
) -> None:
    async with signed_in(office, Role.OPERATOR) as browser:
        found = (await browser.get("/homes", params={"find": typed})).text
    assert found.count('<a href="/homes/') == 1
    assert f"/homes/{home}" in found
    assert "nearly so" not in found


async def test_a_misheard_name_leads_to_the_ones_like_it(office: Office) -> None:
    async with signed_in(office, Role.OPERATOR) as browser:
        for typed in ("Pryce", "mrs Pryce"):
            found = (await browser.get("/homes", params={"find": typed})).text
            assert f"No home matches {typed}; these are nearly so:" in found
            assert found.count('<a href="/homes/') == 1
            assert "/homes/home-3" in found
        for typed in ("Xyz", "Mrs"):
            found = (await browser.get("/homes", params={"find": typed})).text
            assert "No home matches." in found


async def test_an_auditor_is_at_one_night_and_one_alert_in_two_steps(
    office: Office, clock: HandClock
) -> None:
    """A complaint about Thursday: other nights stand before and after it."""
    alerts = []
    for _ in range(5):
        alerts.append(office.raise_signal())
        office.desk.claim(office.operator(), alerts[-1])
        for number in range(60):
            office.desk.note(office.operator(), alerts[-1], f"Note {number}.")
        office.desk.resolve(office.operator(), alerts[-1], Outcome.HELPED_BY_TALKING, "Well.")
        clock.forward(hours=24)
    async with signed_in(office, Role.AUDITOR) as browser:
        night = (await browser.get("/record", params={"day": "2026-03-12"})).text
        entries = night.partition("<tbody>")[2]
        assert alerts[2] in entries
        assert alerts[1] not in entries
        assert "Thu 12 Mar 2026" in entries.partition("</tr>")[0]
        story = (await browser.get("/record", params={"alert": alerts[2]})).text
        assert alerts[3] not in story
        assert story.count("Thu 12 Mar 2026 02:53:10") == story.count("<tr><td") > 60
        after = (await browser.get("/record", params={"day": "2030-01-01"})).text
        assert "There are no later entries." in after
        first = (await browser.get("/record", params={"day": ""})).text
        assert first.partition("<tbody>")[2].startswith('<tr><td class="figures">1</td>')
