"""Of devices that are replaced, never come, or are withdrawn twice: are the figures right?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from responder.reports.report import Report
from telecare.clock import HandClock
from telecare.register.credentials import Credential
from telecare.register.devices import Device
from telecare.settings import Settings
from telecare.vocabulary import DeviceKind
from tests.harness.duty import ORG, Duty, duty

JANUARY = datetime(2026, 1, 5, 9, tzinfo=UTC)


@pytest.fixture
def world(settings: Settings) -> Iterator[Duty]:
    clock = HandClock(JANUARY)
    with duty(settings, clock, HandClock(clock.now())) as made:
        made.responder.register.devices.add(hub("old"))
        yield made


def hub(device: str, replaces: str | None = None) -> Device:
    return Device(
        org=ORG, device=device, home="home-1", kind=DeviceKind.HUB, serial=f"SN-{device}",
        replaces=replaces,
    )  # fmt: skip


def count(report: Report, name: str) -> int:
    found = [f for f in report.figures if f.name == name and f.group in ("hub", "home-1")]
    return sum(each.count or 0 for each in found)


def test_a_device_that_waits_for_its_claim_is_not_installed(world: Duty) -> None:
    """Its sheet was printed in January and lies in the van; it is put up in March."""
    register, clock = world.responder.register, world.clock
    register.devices.expect(hub("new", replaces="old"))
    register.devices.expect(hub("never"))
    claim, _ = register.claims.make(ORG, ["new", "never"], by="tec-1", days=60)
    clock.forward(hours=1)
    january = world.responder.reports.of(ORG)
    assert (count(january, "installed"), count(january, "in_service_at_the_end")) == (1, 1)
    clock.forward(days=58)
    fresh = Credential(digest=b"new", issued_at=clock.now())
    assert register.claims.ask(claim.code, "SN-new", fresh).refusal is None
    register.devices.withdraw(ORG, "old")
    clock.forward(hours=1)
    march = world.responder.reports.of(ORG)
    assert (count(march, "installed"), count(march, "withdrawn")) == (1, 1)
    assert count(march, "in_service_at_the_end") == 1
    assert count(world.responder.reports.of(ORG, "2026-01"), "installed") == 1


def test_a_device_enrolled_anew_by_claim_was_installed_when_it_was(world: Duty) -> None:
    """It came with its password in January; in March the TEC team gives it a sheet."""
    register, clock = world.responder.register, world.clock
    clock.forward(days=60)
    (claim,) = register.claims.make(ORG, ["old"], by="tec-1")
    fresh = Credential(digest=b"new", issued_at=clock.now())
    assert register.claims.ask(claim.code, "SN-old", fresh).refusal is None
    register.devices.promote(ORG, "old", fresh.mark)
    clock.forward(hours=1)
    assert count(world.responder.reports.of(ORG), "installed") == 0
    assert count(world.responder.reports.of(ORG, "2026-01"), "installed") == 1
    register.devices.withdraw(ORG, "old")
    (claim,) = register.claims.make(ORG, ["old"], by="tec-1")
    fresh = Credential(digest=b"newer", issued_at=clock.now())
    assert register.claims.ask(claim.code, "SN-old", fresh).refusal is None
    assert count(world.responder.reports.of(ORG, "2026-01"), "installed") == 1


def test_a_unit_that_was_replaced_does_not_make_its_home_tested(world: Duty) -> None:
    """Nobody has pressed there for months: a new hub since last week hides nothing."""
    register, clock = world.responder.register, world.clock
    clock.forward(days=60)
    assert count(world.responder.reports.of(ORG), "overdue_home") == 1
    register.devices.add(hub("new", replaces="old"))
    register.devices.withdraw(ORG, "old")
    clock.forward(days=7)
    assert count(world.responder.reports.of(ORG), "overdue_home") == 1


def test_withdrawn_again_it_was_withdrawn_in_the_month_it_was(world: Duty) -> None:
    register, clock = world.responder.register, world.clock
    clock.forward(days=10)
    register.devices.revoke(ORG, "old")
    clock.forward(days=30)
    register.devices.revoke(ORG, "old")
    clock.forward(hours=1)
    assert count(world.responder.reports.of(ORG, "2026-01"), "withdrawn") == 1
    assert count(world.responder.reports.of(ORG, "2026-02"), "withdrawn") == 0


def test_a_device_that_is_given_up_before_it_came_was_never_installed(world: Duty) -> None:
    """Its sheet is lost in January; in March it is given another and put up."""
    register, clock = world.responder.register, world.clock
    register.devices.expect(hub("new"))
    register.claims.make(ORG, ["new"], by="tec-1")
    register.devices.revoke(ORG, "new")
    clock.forward(hours=1)
    january = world.responder.reports.of(ORG)
    assert (count(january, "installed"), count(january, "withdrawn")) == (1, 0)
    clock.forward(days=58)
    (claim,) = register.claims.make(ORG, ["new"], by="tec-1")
    fresh = Credential(digest=b"new", issued_at=clock.now())
    assert register.claims.ask(claim.code, "SN-new", fresh).refusal is None
    clock.forward(hours=1)
    march = world.responder.reports.of(ORG)
    assert (count(march, "installed"), count(march, "in_service_at_the_end")) == (1, 2)
