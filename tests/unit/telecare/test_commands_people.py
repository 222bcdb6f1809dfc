"""Who may do what, by the command line: tokens with scopes, links to identities elsewhere."""

from __future__ import annotations

import msgspec
import pytest
from typer.testing import CliRunner

from responder.kept.record import Act
from telecare.cli import assemble
from telecare.errors import InvalidInput, NotFound, SettingsError
from telecare.register import open_register
from telecare.register.ground import at_the_machine
from telecare.settings import Settings

app = assemble()

ISSUER = "https://id.council.example"


@pytest.fixture
def run(sqlite_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setenv("TELECARE_DATA_DIR", str(sqlite_settings.data_dir))
    runner = CliRunner()
    for command in ("org add dorset", "person add ann --org dorset --name Ann"):
        done = runner.invoke(app, command.split(), input="correct horse battery\n")
        assert done.exit_code == 0, done.output
    return runner


def test_a_token_with_scopes_is_made_listed_and_revoked(
    run: CliRunner, sqlite_settings: Settings
) -> None:
    made = run.invoke(
        app, [*["token", "create", "--org", "dorset", "--role", "integration", "--json"],
              "--scope", "alerts:read", "--scope", "figures:read", "--name", "rota office"],
    )  # fmt: skip
    told = msgspec.json.decode(made.output)
    register = open_register(sqlite_settings)
    actor = register.people.token_actor(told["token"])
    assert actor is not None
    assert actor.scopes == ("alerts:read", "figures:read")
    listed = run.invoke(app, ["token", "list", "--org", "dorset"]).output
    assert f"{told['id']}  rota office  alerts:read figures:read" in listed
    assert told["token"] not in listed
    run.invoke(app, ["token", "revoke", told["id"], "--org", "dorset"])
    assert register.people.token_actor(told["token"]) is None
    assert "revoked" in run.invoke(app, ["token", "list", "--org", "dorset"]).output
    register.close()


def test_a_scope_there_is_not_is_refused_with_those_there_are(run: CliRunner) -> None:
    command = "token create --org dorset --role integration --scope keysafes:write"
    made = run.invoke(app, command.split())
    assert isinstance(made.exception, InvalidInput)
    assert "alerts:read" in str(made.exception)


def test_somebody_is_linked_to_an_identity_elsewhere_by_hand(
    run: CliRunner, sqlite_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = ["person", "link", "ann", "--org", "dorset", "--subject", "staff-1"]
    assert isinstance(run.invoke(app, link).exception, SettingsError)
    monkeypatch.setenv("TELECARE_OIDC_ISSUER", ISSUER)
    assert run.invoke(app, link).exit_code == 0
    register = open_register(sqlite_settings)
    found = register.identities.person(ISSUER, "staff-1")
    assert found is not None
    assert found.person == "ann"
    assert register.identities.person(ISSUER, "staff-2") is None
    nobody = run.invoke(app, ["person", "link", "bob", "--org", "dorset", "--subject", "staff-2"])
    assert isinstance(nobody.exception, NotFound)
    run.invoke(app, ["person", "unlink", "ann", "--org", "dorset"])
    assert register.identities.person(ISSUER, "staff-1") is None
    register.close()


def test_what_changes_who_may_do_what_is_written_down_for_the_record(
    run: CliRunner, sqlite_settings: Settings
) -> None:
    made = run.invoke(app, ["token", "create", "--org", "dorset", "--json"])
    token = msgspec.json.decode(made.output)["id"]
    for command in (
        f"token revoke {token} --org dorset", f"token revoke {token} --org dorset",
        "person forget-second-factor ann --org dorset", "person leave ann --org dorset",
    ):  # fmt: skip
        assert run.invoke(app, command.split()).exit_code == 0, command
    register = open_register(sqlite_settings)
    deeds = register.deeds.after(0, 100)
    register.close()
    assert [each.act for each in deeds] == [
        "person_added", "token_issued", "token_revoked", "second_factor_forgotten", "person_left",
    ]  # fmt: skip
    assert {each.by for each in deeds} == {at_the_machine()}
    assert deeds[1].detail == {"token": token, "role": "operator", "scopes": None}
    for each in deeds:
        Act(each.act)  # the record knows a word for it
