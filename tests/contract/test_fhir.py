"""FHIR R4: every resource is one, by patient and date, page by page, for who agreed, on record."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from responder.api.app import build_app
from responder.shared.fhir import Kind
from telecare.clock import HandClock
from telecare.messages import Reading
from telecare.register.devices import Device
from telecare.register.plans import Plan, Step, StepKind
from telecare.register.residents import Resident
from telecare.settings import Settings
from telecare.store.lane import LaneWriter
from telecare.vocabulary import DeviceKind, Outcome, ReadingKind, Role
from tests.harness.duty import ORG
from tests.harness.world import World
from tests.harness.world import world as begin

pytestmark = pytest.mark.anyio
BASE = "/api/fhir/r4"


@pytest.fixture
def county(sqlite_settings: Settings) -> Iterator[World]:
    """Home 7 with a device, a plan, readings, an alert that was closed and one that is open."""
    with begin(sqlite_settings) as made:
        made.home(7, "daughter", "son")
        made.register.devices.add(
            Device(org=ORG, device="hub-7", home="home-7", kind=DeviceKind.HUB, model="H1")
        )
        made.register.plans.keep(
            Plan(org=ORG, home="home-7", kind="fall", steps=[Step(kind=StepKind.DESK)]), "chief"
        )
        for number, value in enumerate([True, 21.5, "open", None]):
            tell(made, number, value)
        made.press("pendant-7")
        made.forward(minutes=4)
        made.operator().claims(7)
        made.operator().closes(7, Outcome.HELPED_BY_TALKING, "She is well.")
        made.clock.forward(days=2)
        made.press("smoke-7")
        made.register.residents.share(ORG, "resident-7", agreed=True, by="chief")
        yield made


def tell(made: World, number: int, value: float | bool | str | None) -> None:
    now = made.clock.now()
    reading = Reading(
        org=ORG, home="home-7", device="hub-7", id=f"m-{number}", kind=ReadingKind.READING,
        type="motion", occurred_at=now, received_at=now, value=value, unit="C",
    )  # fmt: skip
    position = Reading(
        org=ORG, home="home-7", device="hub-7", id=f"p-{number}", kind=ReadingKind.LOCATION,
        type="location", occurred_at=now, received_at=now, data={"lat": 50.7, "lon": -2.4},
    )  # fmt: skip
    with made.responder.databases[1].begin() as connection:
        LaneWriter("gateway-1").append(connection, [reading, position])
    assert isinstance(made.clock, HandClock)


def program(
    made: World, role: Role = Role.INTEGRATION, scopes: tuple[str, ...] = ("shared:read",)
) -> httpx.AsyncClient:
    """Another system with a token."""
    lent = list(scopes) if role is Role.INTEGRATION else []
    _, secret = made.register.people.issue_token(ORG, role, scopes=lent)
    transport = httpx.ASGITransport(build_app(made.responder), raise_app_exceptions=False)
    return httpx.AsyncClient(
        transport=transport, base_url="http://127.0.0.1",
        headers={"Authorization": f"Bearer {secret}"},
    )  # fmt: skip


def checked(resource: dict[str, Any]) -> dict[str, Any]:
    """The resource, read strictly by somebody else's idea of FHIR."""
    name = resource["resourceType"]
    module = importlib.import_module(f"fhir.resources.R4B.{name.lower()}")
    getattr(module, name).model_validate(resource)
    return resource


async def resources(client: httpx.AsyncClient, kind: str, **more: Any) -> list[dict[str, Any]]:
    """All pages of a search, each bundle and each resource checked."""
    answer = await client.get(f"{BASE}/{kind}", params={"patient": "resident-7"} | more)
    found = []
    while True:
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "application/fhir+json"
        bundle = checked(answer.json())
        found += [checked(each["resource"]) for each in bundle["entry"]]
        links = {each["relation"]: each["url"] for each in bundle["link"]}
        if "next" not in links:
            return found
        answer = await client.get(links["next"])


async def test_each_resource_is_what_fhir_says_it_is(county: World) -> None:
    async with program(county) as other:
        found = {kind: await resources(other, kind.value) for kind in Kind}
        checked((await other.get(f"{BASE}/metadata")).json())
    assert {kind.value: len(each) for kind, each in found.items()} == {
        "Device": 1, "Flag": 2, "Observation": 4, "Communication": 2, "Task": 2, "Encounter": 1,
        "CarePlan": 1, "RelatedPerson": 2,
    }  # fmt: skip
    closed, still_open = found[Kind.FLAG]
    assert (closed["status"], still_open["status"]) == ("inactive", "active")
    assert closed["subject"] == {"reference": "Patient/resident-7"}
    assert found[Kind.ENCOUNTER][0]["class"]["code"] == "VR"
    everything = str(found)
    for withheld in ("family.example", "01632", "50.7", "She is well.", "4017", "Sample Lane"):
        assert withheld not in everything, withheld


async def test_by_date_and_page_by_page(county: World) -> None:
    async with program(county) as other:
        assert len(await resources(other, "Observation", _count=1)) == 4
        assert len(await resources(other, "Communication", _count=1)) == 2
        first = await resources(other, "Flag", date="2026-03-10")
        later = await resources(other, "Flag", date="ge2026-03-11")
        assert [each["status"] for each in first + later] == ["inactive", "active"]
        assert await resources(other, "Observation", date=["ge2026-02-01", "lt2026-03-01"]) == []
        for wrong in ("soon", "2026-13-01"):
            answer = await other.get(f"{BASE}/Flag?patient=resident-7&date={wrong}")
            assert answer.status_code == 422
            assert "write it like ge2026-03-01" in answer.json()["detail"]
        dates = "date=ge2026-01-01&date=lt2026-03-11"
        answer = await other.get(f"{BASE}/Observation?patient=resident-7&{dates}")
        assert "at most 31 days" in answer.json()["detail"]
        assert (await other.get(f"{BASE}/Patient?patient=resident-7")).status_code == 422


async def test_without_the_residents_agreement_there_is_nothing(county: World) -> None:
    county.home(8, "daughter")
    async with program(county) as other:
        assert (await other.get(f"{BASE}/Flag?patient=resident-8")).status_code == 403
        county.register.residents.add_resident(
            Resident(org=ORG, resident="husband-7", home="home-7", name="Another")
        )
        refused = await other.get(f"{BASE}/Flag?patient=resident-7")
        assert "Not everybody concerned has agreed" in refused.json()["detail"]
        county.register.residents.share(ORG, "husband-7", agreed=True, by="chief")
        (flag, _) = await resources(other, "Flag")
        assert flag["subject"] == {"reference": "Location/home-7"}  # nobody can say who it was
        county.register.residents.share(ORG, "resident-7", agreed=False, by="chief")
        assert (await other.get(f"{BASE}/Flag?patient=resident-7")).status_code == 403
    while county.responder.arrangements.following.step():
        pass
    acts = [each.act for each in county.reads.entries(ORG)]
    assert acts.count("sharing_agreed") == 2
    assert acts.count("sharing_withdrawn") == 1


@pytest.mark.parametrize(
    "role", [each for each in Role if each not in (Role.MANAGER, Role.INTEGRATION)]
)
async def test_others_may_not(county: World, role: Role) -> None:
    async with program(county, role) as other:
        assert (await other.get(f"{BASE}/Flag?patient=resident-7")).status_code == 403


async def test_a_program_needs_the_scope_and_every_look_is_on_record(county: World) -> None:
    async with program(county, scopes=("figures:read",)) as other:
        assert (await other.get(f"{BASE}/Flag?patient=resident-7")).status_code == 403
    async with program(county, Role.MANAGER) as other:
        await resources(other, "Flag")
        assert (await other.get(f"{BASE}/Flag?patient=resident-70")).status_code == 404
    looks = [each for each in county.reads.entries(ORG) if each.act == "looked"]
    assert [(each.detail["through"], each.detail["what"]) for each in looks] == [("fhir", "Flag")]
