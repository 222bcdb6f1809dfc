"""Coming in: a second factor where a role needs one, and who an identity provider vouches for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from urllib.parse import parse_qs, urlsplit

import httpx
import pyotp
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from pydantic import SecretStr

from responder.api.signed_in import COOKIE
from responder.channels.identity_provider import ASKED_SECONDS, Asked
from responder.channels.identity_provider import IdentityProvider as Client
from simulators.providers.moods import Mood
from simulators.providers.oidc import IdentityProvider
from simulators.providers.serving import serving
from telecare.clock import HandClock, RealClock
from telecare.errors import ChannelRefused
from telecare.settings import Settings
from telecare.tenancy import Actor
from telecare.vocabulary import Role
from tests.browser.office import NIGHT, PASSWORD, Office, copy_of, open_office

pytestmark = pytest.mark.anyio
HERE = "http://desk.test"
SUPERVISOR = Actor(org="dorset", id="supervisor-1", role=Role.SUPERVISOR)


@pytest.fixture(scope="module")
def provider() -> Iterator[IdentityProvider]:
    made = IdentityProvider(RealClock(), redirect_uris=(f"{HERE}/sign-in/elsewhere/back",))
    with serving(made.app) as made.issuer:
        yield made


@pytest.fixture(scope="module")
def office(
    office_pattern: Settings, tmp_path_factory: pytest.TempPathFactory, provider: IdentityProvider
) -> Iterator[Office]:
    settings = copy_of(office_pattern, tmp_path_factory.mktemp("sign-in")).model_copy(
        update={
            "base_url": HERE, "second_factor_roles": "operator", "oidc_issuer": provider.issuer,
            "oidc_secret": SecretStr(provider.client_secret), "oidc_name": "the council",
        }
    )  # fmt: skip
    with ExitStack() as stack:
        opened = stack.enter_context(open_office(settings))
        opened.register.identities.link("dorset", "operator-2", provider.issuer, "staff-1")
        yield opened


@pytest.fixture(autouse=True)
def well(provider: IdentityProvider) -> Iterator[None]:
    yield
    provider.behaviour.mood = Mood.WELL


def browser(office: Office) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(office.app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url=HERE, headers={"accept": "text/html"})


async def came_back(desk: httpx.AsyncClient) -> str:
    """Through the provider, as a browser goes; where it sends the browser back to."""
    off = await desk.get("/sign-in/elsewhere", params={"next": "/homes"})
    assert off.status_code == 303, off.text
    asked = parse_qs(urlsplit(off.headers["location"]).query)
    assert asked["code_challenge_method"] == ["S256"]
    async with httpx.AsyncClient() as outside:
        return (await outside.get(off.headers["location"])).headers["location"]


# ---- a second factor


async def test_a_role_that_needs_one_does_nothing_else_before(office: Office) -> None:
    account = {"username": "dorset-1", "password": PASSWORD}
    async with browser(office) as desk:
        me = (await desk.post("/api/v1/session", json=account)).json()
        act = {"X-CSRF-Token": me["csrf"]}
        for path in ("/api/v1/alerts", "/api/v1/homes/home-1", "/desk", "/api/v1/live"):
            refused = await desk.get(path)
            assert refused.status_code == 403, path
            assert "/second-factor" in refused.text
        assert (await desk.get("/")).headers["location"] == "/second-factor"
        page = await desk.post("/second-factor", data={"csrf": me["csrf"]})
        assert "<svg" in page.text
        assert "style=" not in page.text, "the policy forbids it"
        enrolled = (await desk.post("/api/v1/me/second-factor", headers=act)).json()
        app = pyotp.TOTP(parse_qs(urlsplit(enrolled["address"]).query)["secret"][0])
        wrong = await desk.post(
            "/api/v1/me/second-factor/confirm", headers=act, json={"code": "000000"}
        )
        assert wrong.status_code == 422
        now = RealClock().now()
        confirmed = await desk.post(
            "/api/v1/me/second-factor/confirm", headers=act, json={"code": app.at(now)}
        )
        codes = confirmed.json()["recovery_codes"]
        assert (await desk.get("/api/v1/alerts")).status_code == 200, "this session is proved by it"
    acts = [each.act for each in office.desk.record(SUPERVISOR)]
    assert "second_factor_set" in acts
    async with browser(office) as desk:
        asked = await desk.post("/api/v1/session", json=account)
        assert asked.status_code == 401
        assert "authenticator" in asked.json()["detail"]
        used = await desk.post("/api/v1/session", json=account | {"code": app.at(now)})
        assert used.status_code == 401, "a code holds once"
        form = await desk.post("/sign-in", data=account | {"code": codes[0]})
        assert form.status_code == 303
        assert (await desk.get("/api/v1/alerts")).status_code == 200


async def test_codes_cannot_be_guessed_at_leisure(office: Office) -> None:
    person = office.register.people.person("devon", "operator-1")
    address = office.register.second_factors.enrol(person)
    app = pyotp.TOTP(parse_qs(urlsplit(address).query)["secret"][0])
    office.register.second_factors.confirm("devon", "operator-1", app.at(RealClock().now()))
    account = {"username": "devon-1", "password": PASSWORD, "code": "guess!"}
    async with browser(office) as desk:
        answers = [await desk.post("/api/v1/session", json=account) for _ in range(9)]
    assert [each.status_code for each in answers] == [401] * 8 + [429]


async def test_a_program_has_no_second_factor(office: Office) -> None:
    async with browser(office) as program:
        headers = office.token("dorset", Role.OPERATOR)
        assert (await program.get("/api/v1/alerts", headers=headers)).status_code == 200
        none = await program.post("/api/v1/me/second-factor", headers=headers)
        assert none.status_code == 404


# ---- an identity provider


async def test_whom_the_provider_vouches_for_comes_in_as_who_they_are_here(office: Office) -> None:
    async with browser(office) as desk:
        assert "Sign in with the council" in (await desk.get("/sign-in")).text
        answer = await desk.get(await came_back(desk))
        assert answer.status_code == 200, answer.text
        assert 'url=/homes"' in answer.text
        assert "samesite=strict" in answer.headers["set-cookie"].lower()
        me = (await desk.get("/api/v1/me")).json()
        assert (me["org"], me["id"], me["role"]) == ("dorset", "operator-2", "operator")
        assert (await desk.get("/api/v1/alerts")).status_code == 200


async def test_the_answer_holds_once_and_in_the_browser_that_asked(office: Office) -> None:
    async with browser(office) as desk, browser(office) as thief:
        back = await came_back(desk)
        assert (await thief.get(back)).status_code == 401
        assert COOKIE not in thief.cookies
        await came_back(thief)
        assert (await thief.get(back)).status_code == 401, "its own state is another"
        assert (await desk.get(back)).status_code == 200
        again = await desk.get(back)
        assert again.status_code == 401


@pytest.mark.parametrize("fault", ["issuer", "client_id", "key", "nonce", "code"])
async def test_a_token_that_is_not_for_us_now_opens_nothing(
    office: Office, provider: IdentityProvider, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with browser(office) as desk:
        provider.codes.clear()
        back = await came_back(desk)
        (code,) = provider.codes.values()
        if fault == "nonce":
            code.nonce = "another"
        elif fault == "code":
            back = back.replace("code=", "code=x")
        else:
            other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
            forged = {"issuer": "https://other.example", "client_id": "another", "key": other}
            with monkeypatch.context() as patched:
                patched.setattr(provider, fault, forged[fault])
                token = provider.id_token(code)
            monkeypatch.setattr(provider, "id_token", lambda _: token)
        assert (await desk.get(back)).status_code == 401
        assert COOKIE not in desk.cookies


async def test_somebody_known_there_and_not_here_is_told_so(
    office: Office, provider: IdentityProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provider, "signed_in", {"sub": "staff-9", "email": "dorset-1@x.example"})
    async with browser(office) as desk:
        answer = await desk.get(await came_back(desk))
        assert answer.status_code == 401
        assert "ask your supervisor" in answer.text


async def test_a_provider_that_is_out_leaves_the_password(
    office: Office, provider: IdentityProvider
) -> None:
    provider.behaviour.mood = Mood.OUT
    async with browser(office) as desk:
        answer = await desk.get("/sign-in/elsewhere")
        assert answer.status_code == 503
        assert "sign in with your password" in answer.text


def test_who_takes_too_long_there_begins_again(office: Office) -> None:
    clock = HandClock(NIGHT)
    client = Client(office.settings, f"{HERE}/back", clock)
    asked = Asked("state", "nonce", "verifier", "/", clock.now().timestamp())
    clock.forward(seconds=ASKED_SECONDS + 1)
    with pytest.raises(ChannelRefused, match="begin again"):
        client.subject(asked, "code", "state")


async def test_without_a_provider_its_addresses_lead_nowhere(
    office_pattern: Settings, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with open_office(copy_of(office_pattern, tmp_path_factory.mktemp("plain"))) as plain:
        async with browser(plain) as desk:
            assert (await desk.get("/sign-in/elsewhere")).status_code == 404
            assert "Sign in with" not in (await desk.get("/sign-in")).text
