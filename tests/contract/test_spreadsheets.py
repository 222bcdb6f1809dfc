"""Files for a spreadsheet: what an installer typed is a text there, and never a formula."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from responder.arriving.intake import take_in
from telecare.messages import Signal
from telecare.register.devices import Device
from telecare.settings import Settings
from telecare.store.lane import LaneRecord
from telecare.vocabulary import Outcome, Role, SignalKind
from tests.browser.office import Office, copy_of, open_office

pytestmark = pytest.mark.anyio
FORMULA = "=HYPERLINK(A1)"


@pytest.fixture
def office(office_pattern: Settings, tmp_path: Path) -> Iterator[Office]:
    with open_office(copy_of(office_pattern, tmp_path)) as opened:
        yield opened


@pytest.mark.parametrize("table", ["devices/lines.csv", "judgement.csv"])
async def test_a_formula_in_a_devices_label_is_only_read(office: Office, table: str) -> None:
    hub = Device(org="dorset", device="hub-9", home="home-1", model=FORMULA, exchange=FORMULA)
    office.register.devices.add(hub)
    now = office.clock.now()
    fall = Signal(
        id="signal-1", org="dorset", home="home-1", device="hub-9", kind=SignalKind.FALL,
        occurred_at=now, raised_at=now, why="A fall.", source="fall", explicit=False,
    )  # fmt: skip
    with office.works.begin(now) as work:
        take_in(work, [LaneRecord("detectors-1", 1, fall)])
    alert = office.desk.queue(office.operator())[0].id
    office.desk.claim(office.operator(), alert)
    office.desk.resolve(office.operator(), alert, Outcome.AMBULANCE, "looked after")
    async with office.client(Role.TEC) as technician:
        written = (await technician.get(f"/api/v1/{table}")).text
    assert f",'{FORMULA}," in written
    assert f",{FORMULA}" not in written
