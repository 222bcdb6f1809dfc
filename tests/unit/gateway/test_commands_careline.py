"""Giving careline units their numbers and secrets, from the command line."""

from __future__ import annotations

import msgspec
import pytest
from typer.testing import CliRunner

from gateway.carelines import Carelines
from gateway.commands_cli import app
from gateway.examination import examine
from responder.kept.record import Act
from telecare.clock import HandClock
from telecare.errors import InvalidInput, NotFound
from telecare.register import open_register
from telecare.register.device import Device
from telecare.register.ground import at_the_machine
from telecare.settings import Settings
from tests.harness.door import World, world_of


@pytest.fixture
def environment(sqlite_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name, value in sqlite_settings.environment().items():
        monkeypatch.setenv(name, value)
    return sqlite_settings


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


def test_the_phone_system_is_told_how_units_are_spoken_to() -> None:
    lines = [line.split() for line in run("careline", "in-call", "--unit", "7").splitlines()]
    assert ["release", "9", "20001"] in lines
    assert ["clear", "-", "9"] in lines
    assert lines[-1] == ["select", "-", "00007"]


def test_a_unit_gets_a_secret_that_the_gateway_can_read(
    environment: Settings, clock: HandClock
) -> None:
    with world_of(environment, clock) as world:
        world.hub("unit-7")
        said = msgspec.json.decode(
            run("careline", "add", "unit-7", "--org", "oak", "--controller", "0010149471", "--json")
        )
        run("careline", "call-target", "sip:desk@example.org", "--org", "oak")
        carelines = Carelines(world.register)
        carelines.refresh()
        assert carelines.secret_of("oak.unit-7") == said["password"]
        assert carelines.secret_of("oak.nobody") is None
        found = carelines.find("10149471", "")
        assert found is not None
        assert found.identity.device == "unit-7"
        assert carelines.call_target("oak", "home-7") == "sip:desk@example.org"
        assert carelines.call_target("elm", "home-7") is None
        (device,) = world.register.devices.devices("oak")
        assert said["password"] not in str(device.settings), "it is sealed"


def test_whom_a_number_means_and_whom_units_call_is_on_record(
    environment: Settings, clock: HandClock
) -> None:
    """Why did her unit call for the flat next door since Tuesday?"""
    with world_of(environment, clock) as world:
        world.hub("unit-7")
        run("careline", "add", "unit-7", "--org", "oak", "--controller", "900")
        run("careline", "call-target", "tel:+441305000000", "--org", "oak")
        set_, changed = world.register.deeds.after(0, 99)[-2:]
        assert Act(set_.act) is Act.CARELINE_SET
        assert (set_.by, set_.detail["device"]) == (at_the_machine(), "unit-7")
        assert Act(changed.act) is Act.ORGANISATION_CHANGED
        assert changed.detail == {"what": "call_target"}


def test_a_number_belongs_to_one_device(environment: Settings, clock: HandClock) -> None:
    with world_of(environment, clock) as world:
        register_two(world)
        with pytest.raises(InvalidInput, match="already that of another device"):
            run("careline", "add", "unit-8", "--org", "oak", "--controller", "900")
        run("careline", "add", "unit-7", "--org", "oak", "--controller", "900")
        run("careline", "add", "unit-8", "--org", "oak", "--controller", "900", "--unit", "8")


def test_leading_zeros_make_no_other_number(environment: Settings, clock: HandClock) -> None:
    with world_of(environment, clock) as world:
        register_two(world)
        with pytest.raises(InvalidInput, match="already that of another device"):
            run("careline", "add", "unit-8", "--org", "oak", "--controller", "0000900")


def test_a_unit_that_stood_elsewhere_before_calls_for_the_home_it_stands_in_now(
    environment: Settings, clock: HandClock
) -> None:
    """Withdrawn in one home, cleaned, and given to another under its old number."""
    with world_of(environment, clock) as world:
        register_two(world)
        world.register.devices.revoke("oak", "unit-7")
        run("careline", "add", "unit-8", "--org", "oak", "--controller", "900")
        carelines = Carelines(world.register)
        carelines.refresh()
        found = carelines.find("900", "")
        assert found is not None
        assert (found.identity.home, found.withdrawn) == ("home-unit-8", False)
        assert not any("900" in each.sentence for each in examine(environment))


def test_a_unit_on_file_that_never_asked_for_access_calls_for_its_home(
    environment: Settings, clock: HandClock
) -> None:
    """Registered on the page for new devices: a careline unit cannot show the code of its sheet."""
    with world_of(environment, clock) as world:
        world.hub("hub-7")
        unit = Device(org="oak", device="unit-9", home="home-hub-7", serial="SN-9")
        world.register.devices.expect(unit)
        run("careline", "add", "unit-9", "--org", "oak", "--controller", "900")
        carelines = Carelines(world.register)
        carelines.refresh()
        found = carelines.find("900", "")
        assert found is not None
        assert (found.identity.home, found.withdrawn) == ("home-hub-7", False)
        assert carelines.secret_of("oak.unit-9")


def register_two(world: World) -> None:
    world.hub("unit-7")
    world.hub("unit-8")
    run("careline", "add", "unit-7", "--org", "oak", "--controller", "900")


@pytest.mark.parametrize("controller", ["12 34", "1" * 17, "+46", "é"])
def test_what_is_no_number_is_refused(
    environment: Settings, clock: HandClock, controller: str
) -> None:
    with world_of(environment, clock) as world:
        world.hub("unit-7")
        with pytest.raises(InvalidInput):
            run("careline", "add", "unit-7", "--org", "oak", "--controller", controller)


def test_unknown_devices_and_uncallable_targets(environment: Settings, clock: HandClock) -> None:
    with world_of(environment, clock) as world:
        world.hub("unit-7")
        with pytest.raises(NotFound):
            run("careline", "add", "unit-9", "--org", "oak", "--controller", "900")
        with pytest.raises(InvalidInput, match="cannot be called"):
            run("careline", "call-target", "the desk", "--org", "oak")
        with pytest.raises(NotFound):
            run("careline", "call-target", "sip:a@b", "--org", "elm")


def test_the_inbox_is_empty_at_first(environment: Settings) -> None:
    open_register(environment).organisations.add_organisation("oak", "Oak")
    assert run("inbox", "list", "--org", "oak") == ""
