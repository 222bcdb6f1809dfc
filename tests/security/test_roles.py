"""Route by role: what the table says is what happens, and what nobody said is denied."""

from __future__ import annotations

import re

import pytest
from fastapi import APIRouter

from responder.api.access import Undecided, accesses, require_decided
from responder.api.app import ROUTERS
from telecare.errors import InvalidInput, NotFound, SettingsError
from telecare.rights import SCOPES, Permission, roles_named, scopes_named
from telecare.vocabulary import Role
from tests.browser.office import Office
from tests.security.conftest import Ask

pytestmark = pytest.mark.anyio
GUARDED = [each for each in accesses(ROUTERS) if each.permission and each.path != "/api/v1/live"]


def filled(path: str) -> str:
    return re.sub(r"\{\w+\}", "none-such", path)


def refused_for_the_role(text: str) -> bool:
    return "This needs the role" in text or "has not the scope" in text


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.INTEGRATION])
async def test_each_role_passes_where_the_table_says_and_nowhere_else(
    office: Office, ask: Ask, role: Role
) -> None:
    async with ask(office.token("dorset", role)) as somebody:
        for each in GUARDED:
            answer = await somebody.request(each.method, filled(each.path), json={})
            if role in each.roles:
                assert answer.status_code != 403, f"{each.method} {each.path}: {answer.text}"
            else:
                assert answer.status_code == 403, f"{each.method} {each.path}: {answer.text}"


@pytest.mark.parametrize("scope", SCOPES)
async def test_a_token_passes_where_its_scope_says_and_nowhere_else(
    office: Office, ask: Ask, scope: str
) -> None:
    _, secret = office.register.people.issue_token("dorset", Role.INTEGRATION, scopes=[scope])
    async with ask({"Authorization": f"Bearer {secret}"}) as program:
        for each in GUARDED:
            if each.permission is Permission.OWN:
                continue
            answer = await program.request(each.method, filled(each.path), json={})
            passed = not refused_for_the_role(answer.text)
            assert passed is (each.scope == scope), f"{each.method} {each.path}: {answer.text}"


def test_no_scope_reveals_a_keysafe() -> None:
    reveals = [each for each in accesses(ROUTERS) if each.path.endswith("{alert}/keysafe")]
    assert len(reveals) == 2, "the desk's and the responder's own"
    assert {each.scope for each in reveals} == {""}
    with pytest.raises(InvalidInput, match="there are: alerts:read"):
        scopes_named(["keysafes:write"])


async def test_an_integration_acts_under_its_own_id(office: Office, ask: Ask) -> None:
    token, secret = office.register.people.issue_token(
        "dorset", Role.INTEGRATION, name="rota office", scopes=["alerts:read", "alerts:write"]
    )
    alert = office.raise_signal(home="home-5")
    async with ask({"Authorization": f"Bearer {secret}"}) as program:
        assert (await program.get("/api/v1/me")).json()["scopes"] == ["alerts:read", "alerts:write"]
        claimed = (await program.post(f"/api/v1/alerts/{alert}/claim")).json()
        assert (claimed["owner_id"], claimed["owner_name"]) == (token, "rota office")
        office.register.people.revoke_token("dorset", token)
        assert (await program.get("/api/v1/alerts")).status_code == 401


def test_a_token_is_listed_without_its_secret_and_revoked_by_its_own_organisation(
    office: Office,
) -> None:
    people = office.register.people
    token, secret = people.issue_token("devon", Role.INTEGRATION, scopes=["figures:read"])
    with pytest.raises(NotFound):
        people.revoke_token("dorset", token)
    (listed,) = (each for each in people.tokens("devon") if each.token == token)
    assert secret not in repr(listed)
    assert listed.scopes == ["figures:read"]
    people.revoke_token("devon", token)
    assert people.token_actor(secret) is None


def test_scopes_are_an_integrations_and_it_has_some(office: Office) -> None:
    for role, scopes in ((Role.INTEGRATION, []), (Role.OPERATOR, ["alerts:read"])):
        with pytest.raises(InvalidInput, match="scope"):
            office.register.people.issue_token("dorset", role, scopes=scopes)


def test_a_route_nobody_decided_about_keeps_the_app_from_being_built() -> None:
    forgotten = APIRouter()
    forgotten.add_api_route("/everything", lambda: "everything", methods=["GET"])
    with pytest.raises(Undecided, match="GET /everything says not who may use it"):
        require_decided([*ROUTERS, ("", forgotten)])


def test_a_role_that_is_none_is_named_at_the_start() -> None:
    with pytest.raises(SettingsError, match="operator, supervisor"):
        roles_named("operators")


def test_the_table_names_every_role_somewhere() -> None:
    everybody = {role for each in GUARDED for role in each.roles}
    assert everybody == set(Role) - {Role.INTEGRATION}
