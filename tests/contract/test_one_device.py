"""One device is looked at by itself: nothing is read of the thousands beside it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from responder.devices.inventory import Shown, of_device, of_org
from responder.store.equipment import EquipmentReads
from telecare.errors import NotFound
from telecare.register.devices import Device
from telecare.settings import Settings
from telecare.tenancy import Actor
from telecare.vocabulary import Role
from tests.browser.office import Office, copy_of, open_office

TEC = Actor(org="dorset", id="tec-1", role=Role.TEC)


@pytest.fixture
def office(office_pattern: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with open_office(copy_of(office_pattern, tmp_path_factory.mktemp("one"))) as opened:
        for number in range(1, 7):
            opened.register.devices.add(
                Device(org="dorset", device=f"hub-{number}", home=f"home-{number}")
            )
        yield opened


def test_its_row_is_that_of_the_list_and_nothing_else_is_read(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    said, now = EquipmentReads(office.desk.database), office.clock.now()
    for row in of_org(office.register, said, "dorset", now):
        assert of_device(office.register, said, "dorset", row.device.device, now) == row
    assert of_device(office.register, said, "devon", "hub-3", now) is None
    monkeypatch.delattr(EquipmentReads, "all")
    asked = [len(office.register.devices.services("dorset", "hub-3"))]
    asked.append(len(office.register.devices.services("dorset")))
    assert asked == [1, 6]
    assert office.app.state.parts.upkeep.row(TEC, "hub-3").device.device == "hub-3"
    with pytest.raises(NotFound, match="no device hub-9"):
        office.app.state.parts.upkeep.row(TEC, "hub-9")


@pytest.mark.anyio
async def test_a_list_and_a_version_that_are_asked_for_are_heeded(office: Office) -> None:
    async with office.client(Role.TEC) as tec:
        listed = [(await tec.get(f"/api/v1/devices?show={what}")).json() for what in Shown]
        at = "/api/v1/devices/hub-1/config"
        first = await tec.put(f"{at}?version=0", json={"beat": 60})
        unread = await tec.put(f"{at}?version=0", json={"beat": 90})
    assert [len(each) for each in listed] == [6, 0, 6, 0, 0], "all have waited for an enrolment"
    assert (first.status_code, unread.status_code) == (200, 409)
