"""A careline unit calls from the command line."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from simulators.commands_cli import app
from telecare.clock import RealClock
from telecare.errors import InvalidInput
from telecare.settings import Settings
from tests.harness.careline import SECRET_ONLY, unit_account
from tests.harness.door import open_door, world_of


@pytest.mark.parametrize("transport", ["UDP", "TLS"])
def test_a_press_is_answered(
    sqlite_settings: Settings, monkeypatch: pytest.MonkeyPatch, transport: str
) -> None:
    with world_of(sqlite_settings, RealClock()) as world:
        account = unit_account(world, "unit-7", "900")
        with open_door(sqlite_settings, RealClock(), sip=SECRET_ONLY) as door:
            heard = {"sip_port": door.sip_ports[0], "sips_port": door.sip_ports[1]}
            for name, value in sqlite_settings.model_copy(update=heard).environment().items():
                monkeypatch.setenv(name, value)
            monkeypatch.setenv("TELECARE_SIP_PASSWORD", account.password)
            said = CliRunner().invoke(
                app,
                ["simulate", "careline", "900", "--username", account.username,
                 "--transport", transport],
                catch_exceptions=False,
            )  # fmt: skip
        assert said.exit_code == 0
        assert "snu 0, mre 1, cre 61" in said.stdout
        assert [each.type for each in world.signals()] == ["pendant"]


def test_an_installation_without_sip_is_named(
    sqlite_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in sqlite_settings.environment().items():
        monkeypatch.setenv(name, value)
    with pytest.raises(InvalidInput, match="TELECARE_SIP_PORT"):
        CliRunner().invoke(app, ["simulate", "careline", "900"], catch_exceptions=False)
