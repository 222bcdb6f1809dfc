"""EMQX asks us, as its own documentation says it does: one table, and two organisations."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from responder.api.brokers import Answer
from telecare.broker_files import emqx_settings
from telecare.register.devices import Device
from telecare.register.homes import Home
from telecare.settings import Settings
from telecare.vocabulary import Role
from tests.browser.office import Office, copy_of, open_office
from tests.harness.rights import HEARINGS, SAYINGS

pytestmark = pytest.mark.anyio
OAKS = "telecare/v1/oak/hub-7/"


class Site:
    """The office of a test, with hub-7 of oak in it, and that hub's password."""

    def __init__(self, office: Office) -> None:
        self.office = office
        office.register.organisations.add_organisation("oak", "Oak")
        office.register.homes.add_home(
            Home(org="oak", home="home-7", address="", time_zone="Europe/London")
        )
        hub = Device(org="oak", device="hub-7", home="home-7")
        self.password = office.register.devices.add(hub).password

    def broker(self, org: str = "oak", role: Role = Role.TEC) -> httpx.AsyncClient:
        """EMQX with the token of that organisation."""
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(self.office.app, raise_app_exceptions=False),
            base_url="http://desk.test/api/v1/brokers/emqx",
            headers=self.office.token(org, role),
        )


@pytest.fixture
def site(office_pattern: Settings, tmp_path: Path) -> Iterator[Site]:
    with open_office(copy_of(office_pattern, tmp_path)) as office:
        yield Site(office)


async def authenticate(
    emqx: httpx.AsyncClient, password: str, username: str = "oak.hub-7"
) -> dict[str, object]:
    asked = {"username": username, "password": password, "clientid": "of a newer EMQX"}
    answer = await emqx.post("/authenticate", json=asked)
    assert answer.status_code == 200
    said: dict[str, object] = answer.json()
    return said


async def test_a_device_with_its_password_comes_in_with_its_own_topics(site: Site) -> None:
    async with site.broker() as emqx:
        said = await authenticate(emqx, site.password)
    assert said["result"] == "allow"
    assert "is_superuser" not in said
    assert said["acl"] == [
        {"permission": "allow", "action": "publish", "topic": OAKS + "up/#"},
        {"permission": "allow", "action": "subscribe", "topic": OAKS + "down/#"},
        {"permission": "deny", "action": "all", "topic": "#"},
        {"permission": "deny", "action": "all", "topic": "$SYS/#"},
        {"permission": "deny", "action": "publish", "topic": "$delayed/#"},
    ]


async def test_guesses_revoked_devices_and_strangers_do_not(site: Site) -> None:
    async with site.broker() as emqx:
        deny = {"result": "deny"}
        assert await authenticate(emqx, "guess") == deny
        assert await authenticate(emqx, "") == deny
        assert await authenticate(emqx, site.password, "oak.hub-8") == deny
        site.office.register.devices.revoke("oak", "hub-7")
        assert await authenticate(emqx, site.password) == deny
        wish = {"username": "oak.hub-7", "action": "publish", "topic": OAKS + "up/alarm"}
        assert (await emqx.post("/authorize", json=wish)).json() == deny


async def test_another_organisations_broker_learns_nothing(site: Site) -> None:
    async with site.broker("devon") as emqx:
        assert await authenticate(emqx, site.password) == {"result": "ignore"}
        assert await authenticate(emqx, "guess") == {"result": "ignore"}
        wish = {"username": "oak.hub-7", "action": "publish", "topic": OAKS + "up/alarm"}
        assert (await emqx.post("/authorize", json=wish)).json() == {"result": "ignore"}


async def test_the_gateways_own_account_is_left_to_emqx_or_it_would_hear_nothing(
    site: Site,
) -> None:
    """A no of ours would end its subscription to every alarm, and with `disconnect` its line."""
    wishes = [("subscribe", "telecare/v1/oak/+/up/#"), ("publish", OAKS + "down/receipt")]
    async with site.broker() as emqx:
        assert await authenticate(emqx, "its own", "telecare-gateway") == {"result": "ignore"}
        for action, topic in wishes:
            wish = {"username": "telecare-gateway", "action": action, "topic": topic}
            assert (await emqx.post("/authorize", json=wish)).json() == {"result": "ignore"}
    said = emqx_settings("oak", "https://desk.test")
    for ours, theirs in (("= http\n", "backend = built_in_database"),
                         ("type = http\n", "type = built_in_database")):  # fmt: skip
        assert 0 < said.index(ours) < said.index(theirs), "devices are judged by us first"
    assert "no_match = deny" in said, "and of strangers nobody says yes"


async def test_a_device_that_comes_with_its_new_password_has_proved_it_on_record(
    site: Site,
) -> None:
    """As at our own door: who asks later since when it holds finds it."""
    rotated = site.office.register.devices.rotate("oak", "hub-7")
    async with site.broker() as emqx:
        for password, result in ((rotated.password, "allow"), (site.password, "deny")):
            assert (await authenticate(emqx, password))["result"] == result
    deeds = site.office.register.deeds.after(0, 99)
    told = [(each.by, each.detail) for each in deeds if each.act == "credential_proved"]
    assert told == [("platform", {"home": "home-7", "device": "hub-7"})]


async def test_a_device_is_heard_with_its_old_password_until_it_shows_the_new(site: Site) -> None:
    site.office.register.devices.rotate("oak", "hub-7")
    async with site.broker() as emqx:
        for _ in range(2):
            assert (await authenticate(emqx, site.password))["result"] == "allow"


async def test_only_a_tec_workers_token_may_ask(site: Site) -> None:
    asked = {"username": "oak.hub-7", "password": site.password}
    for role in Role:
        async with site.broker(role=role) as emqx:
            status = (await emqx.post("/authenticate", json=asked)).status_code
        assert status == (200 if role is Role.TEC else 403), role


async def test_the_whole_table(site: Site) -> None:
    cells = [("publish", topic, may) for _, topic, may in SAYINGS]
    cells += [("subscribe", wanted, may) for _, wanted, _, may in HEARINGS]
    cells += [("all", OAKS + "up/alarm", False), ("", OAKS + "up/alarm", False)]
    cells += [("publish", f"$delayed/1/{OAKS}up/alarm", False)]
    async with site.broker() as emqx:
        for action, topic, may in cells:
            wish = {"username": "oak.hub-7", "action": action, "topic": topic}
            said = (await emqx.post("/authorize", json=wish)).json()
            assert said == {"result": "allow" if may else "deny"}, (action, topic)


AUTHENTICATION = {"result", "is_superuser", "client_attrs", "expire_at", "acl"}
RULE = {"permission", "action", "topic", "qos", "retain"}
"""What EMQX 5.8 documents: "Use HTTP Service" of authentication, and "Access Control List"."""


async def test_every_answer_is_one_that_emqx_documents(site: Site) -> None:
    """Status 200 and JSON: any other status it takes for "ask the next one", which may say yes."""
    asked = [
        ("oak.hub-7", site.password, "allow"),
        ("oak.hub-7", "guess", "deny"),
        ("oak.nobody", site.password, "deny"),
        ("dashboard", "its own", "ignore"),
        ("", "", "ignore"),
    ]
    async with site.broker() as emqx:
        for username, password, result in asked:
            body = {"username": username, "password": password}
            answer = await emqx.post("/authenticate", json=body)
            assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
            said = answer.json()
            assert said["result"] == result
            assert set(said) <= AUTHENTICATION
            assert not said.get("is_superuser", False), "one would be held to no access list"
            for rule in said.get("acl", []):
                assert set(rule) <= RULE
                assert rule["permission"] in ("allow", "deny")
                assert rule["action"] in ("publish", "subscribe", "all")
                assert not rule["topic"].startswith("eq "), "that stands for itself alone"
                assert "${" not in rule["topic"], "EMQX would put something in its place"
        for action in ("publish", "subscribe"):
            # `retain` and `qos` may come too, as they are told in EMQX's own example.
            wish = {"username": "oak.hub-7", "topic": OAKS + "up/alarm", "action": action}
            answer = await emqx.post("/authorize", json=wish | {"qos": 1, "retain": "true"})
            assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
            assert answer.json() == {"result": "allow" if action == "publish" else "deny"}


async def test_what_cannot_be_judged_is_never_a_yes(site: Site) -> None:
    """EMQX reads 4xx as `ignore`; with no authenticator left, and by `no_match`, that is a no."""
    async with site.broker() as emqx:
        bodies: list[object] = [{"username": None}, {"username": "x" * 300}, 7]
        for body in bodies:
            assert (await emqx.post("/authenticate", json=body)).status_code == 422
            assert (await emqx.post("/authorize", json=body)).status_code == 422
        emqx.headers["authorization"] = "Bearer TOKEN"
        assert (await emqx.post("/authenticate", json={})).status_code == 401


def test_the_settings_that_are_exported_are_those_that_emqx_documents() -> None:
    """In HOCON nothing is replaced inside quotes: EMQX's own placeholders are, by EMQX."""
    said = emqx_settings("oak", "https://desk.test")
    assert set(re.findall(r"\$\{(\w+)\}", said)) == {"username", "password", "topic", "action"}
    names = set(re.findall(r"^ *\{? *\"?([\w-]+)\"? (?:=|\{)", said, re.MULTILINE))
    assert names == {
        "authentication", "mechanism", "backend", "method", "url", "headers", "content-type",
        "authorization", "body", "no_match", "deny_action", "sources", "type", "enable",
        "user_id_type",
    }  # fmt: skip
    assert "no_match = deny" in said


def test_an_answer_that_says_nothing_more_has_no_list() -> None:
    assert Answer("deny").acl == []
