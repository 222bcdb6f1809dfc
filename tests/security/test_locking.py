"""A locked session tells nothing of residents on any route, and its owner comes back to it."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import msgspec
import pyotp
import pytest

from responder.api.access import accesses
from responder.api.app import ROUTERS
from responder.api.live import VEILED, LiveFeed
from responder.api.signed_in import COOKIE
from responder.seeing.views import AlertLine
from telecare.clock import HandClock, RealClock
from telecare.settings import Settings
from telecare.tenancy import Actor
from telecare.vocabulary import Role
from tests.browser.office import NIGHT, PASSWORD, Office, copy_of, open_office
from tests.security.test_roles import filled

pytestmark = pytest.mark.anyio
HERE = "http://desk.test"
PIN = "407291"
STILL_ANSWER = {
    "/api/v1/me", "/api/v1/session", "/api/v1/session/lock", "/api/v1/session/unlock", "/lock",
    "/locked", "/sign-out", "/desk", "/api/v1/live",
}  # fmt: skip
SUPERVISOR = Actor(org="dorset", id="supervisor-1", role=Role.SUPERVISOR)


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NIGHT)


@pytest.fixture
def office(
    office_pattern: Settings, tmp_path_factory: pytest.TempPathFactory, clock: HandClock
) -> Iterator[Office]:
    settings = copy_of(office_pattern, tmp_path_factory.mktemp("locking"))
    with open_office(settings.model_copy(update={"base_url": HERE}), clock) as opened:
        yield opened


class Browser(httpx.AsyncClient):
    """Somebody's, with the proof their page holds."""

    csrf = ""

    async def signs_in(self, **more: str) -> httpx.Response:
        account = {"username": "dorset-1", "password": PASSWORD, **more}
        answer = await self.post("/api/v1/session", json=account)
        self.csrf = answer.json()["csrf"]
        return answer

    async def act(self, path: str, **said: str) -> httpx.Response:
        headers = {"X-CSRF-Token": self.csrf}
        answer = await self.post(f"/api/v1{path}", json=said, headers=headers)
        self.csrf = answer.json().get("csrf", self.csrf)
        return answer


def browser(office: Office) -> Browser:
    transport = httpx.ASGITransport(office.app, raise_app_exceptions=False)
    return Browser(transport=transport, base_url=HERE)


async def test_while_locked_every_other_route_refuses_and_no_page_names_anybody(
    office: Office,
) -> None:
    office.raise_signal()
    async with browser(office) as desk:
        await desk.signs_in()
        assert (await desk.act("/session/lock")).json() == {"locked": True}
        for each in accesses(ROUTERS):
            if each.permission is None or each.path in STILL_ANSWER:
                continue
            headers = {"X-CSRF-Token": desk.csrf}
            answer = await desk.request(each.method, filled(each.path), json={}, headers=headers)
            assert answer.status_code in (403, 423), f"{each.method} {each.path}: {answer.text}"
        html = {"Accept": "text/html"}
        turned = await desk.get("/homes/home-1", headers=html)
        assert turned.headers["location"] == "/locked?next=/homes/home-1"
        for path in ("/desk", "/locked"):
            shown = await desk.get(path, headers=html)
            assert shown.status_code == 200
            assert "Resident" not in shown.text
            assert "Lane" not in shown.text
        assert (await desk.act("/session/unlock", word=PASSWORD)).status_code == 200
        assert (await desk.get("/api/v1/homes/home-1")).status_code == 200
    acts = [each.act for each in office.desk.record(SUPERVISOR)]
    assert "locked" in acts


async def test_the_live_line_goes_on_veiled(office: Office) -> None:
    alert = office.raise_signal()
    feed = LiveFeed(office.desk, office.clock)
    plain, veiled = (
        feed.events(office.operator(), lambda: True, veiled=each) for each in (False, True)
    )
    assert b"Resident A Dorset" in await anext(plain)
    event = await anext(veiled)
    for word in (b"Resident", b"Lane", b"home-1", b"pendant", b"Pressed"):
        assert word not in event
    (line,) = msgspec.json.decode(event.partition(b"data: ")[2])["lines"]
    assert (line["id"], line["priority"], line["state"]) == (alert, "emergency", "waiting")
    for each in (plain, veiled):
        await each.aclose()  # type: ignore[attr-defined]


def test_every_word_of_a_line_is_veiled_but_these() -> None:
    """A field that is added is veiled, or named here by somebody who thought about it."""
    told = {each.name for each in msgspec.structs.fields(AlertLine)} - set(VEILED)
    assert told == {
        "id", "org", "state", "priority", "rank", "signal_count", "opened_at", "answer_due_at",
        "answer_breach_at", "overdue", "owner_id", "owner_name", "claimed_at", "first_claimed_at",
        "next_due_at", "announced_at", "changed", "late", "resolved_at", "members",
    }  # fmt: skip


async def test_a_pin_opens_the_lock_until_the_end_and_then_only_signing_in(
    office: Office, clock: HandClock
) -> None:
    async with browser(office) as desk:
        await desk.signs_in()
        assert (await desk.act("/me/pin", pin="111111", password=PASSWORD)).status_code == 422
        assert (await desk.act("/me/pin", pin=PIN, password="guess")).status_code == 403
        assert (await desk.act("/me/pin", pin=PIN, password=PASSWORD)).status_code == 200
        before = desk.cookies[COOKIE]
        await desk.act("/session/lock")
        assert (await desk.act("/session/unlock", word="000111")).status_code == 403
        assert (await desk.get("/api/v1/alerts")).status_code == 423
        assert (await desk.act("/session/unlock", word=PIN)).status_code == 200
        assert desk.cookies[COOKIE] == before, "the end stays where it was"
        assert (await desk.get("/api/v1/alerts")).status_code == 200
        clock.forward(hours=11, minutes=45)
        assert (await desk.get("/api/v1/me")).json()["seconds_left"] == 900.0
        clock.forward(minutes=20)
        me = (await desk.get("/api/v1/me")).json()
        assert (me["locked"], me["seconds_left"]) == (True, 0.0)
        assert (await desk.act("/session/unlock", word=PIN)).status_code == 403
        assert (await desk.act("/session/unlock", word=PASSWORD)).status_code == 200
        assert desk.cookies[COOKIE] != before, "a session of its own begins"
        assert (await desk.get("/api/v1/me")).json()["seconds_left"] == 12 * 3600.0
        desk.cookies.set(COOKIE, before, domain="desk.test")
        assert office.register.sessions.held(before) is None


async def test_past_the_end_a_second_factor_is_asked_again(
    office: Office, clock: HandClock
) -> None:
    person = office.register.people.person("dorset", "operator-1")
    factors = office.register.second_factors
    app = pyotp.parse_uri(factors.enrol(person))
    assert isinstance(app, pyotp.TOTP)
    codes = factors.confirm("dorset", "operator-1", app.at(RealClock().now()))
    async with browser(office) as desk:
        await desk.signs_in(code=codes[0])
        await desk.act("/session/lock")
        assert (await desk.act("/session/unlock", word=PASSWORD)).status_code == 200
        clock.forward(hours=11)
        await desk.get("/api/v1/me")
        clock.forward(hours=1)
        bare = await desk.act("/session/unlock", word=PASSWORD)
        assert (bare.status_code, "authenticator" in bare.text) == (403, True)
        wrong = await desk.act("/session/unlock", word=PASSWORD, code=codes[0])
        assert wrong.status_code == 403, "a code holds once"
        right = await desk.act("/session/unlock", word=PASSWORD, code=codes[1])
        assert right.status_code == 200
        assert (await desk.get("/api/v1/alerts")).status_code == 200


async def test_a_lock_is_not_opened_by_trying_on_or_by_a_colleagues_password(
    office: Office,
) -> None:
    async with browser(office) as desk, browser(office) as other:
        await desk.signs_in()
        await other.signs_in(username="dorset-2")
        assert (await desk.post("/api/v1/session/lock", json={})).status_code == 403, "no proof"
        await desk.act("/session/lock")
        tries = [await desk.act("/session/unlock", word=f"guess {n}") for n in range(9)]
        assert [each.status_code for each in tries] == [403] * 8 + [429]
        await other.act("/session/lock")
        assert (await other.act("/session/unlock", word=PASSWORD)).status_code == 200
        assert (
            await desk.request("DELETE", "/api/v1/session", headers={"X-CSRF-Token": desk.csrf})
        ).is_success


async def test_the_page_of_the_lock_works_by_forms_alone(office: Office) -> None:
    async with browser(office) as desk:
        await desk.signs_in()
        proof = {"csrf": desk.csrf}
        locked = await desk.post("/lock", data=proof | {"next": "/homes"})
        assert "Locked: Operator 1" in locked.text
        wrong = await desk.post("/locked", data=proof | {"word": "guess", "next": "/homes"})
        assert (wrong.status_code, "try again" in wrong.text) == (403, True)
        right = await desk.post("/locked", data=proof | {"word": PASSWORD, "next": "/homes"})
        assert (right.status_code, right.headers["location"]) == (303, "/homes")
        assert (await desk.get("/homes")).status_code == 200
        assert "when your session is locked" in (await desk.get("/second-factor")).text


async def test_a_changed_password_ends_the_other_sessions_and_opens_alone(office: Office) -> None:
    new = "seven grey herons waiting"
    async with browser(office) as desk, browser(office) as other:
        await desk.signs_in()
        await other.signs_in()
        assert (await desk.act("/me/password", password="guess", new=new)).status_code == 403
        poor = await desk.act("/me/password", password=PASSWORD, new="operator-operator")
        assert (poor.status_code, "four words" in poor.text) == (422, True)
        assert (await desk.act("/me/password", password=PASSWORD, new=new)).status_code == 200
        assert (await desk.get("/api/v1/alerts")).status_code == 200
        assert (await other.get("/api/v1/alerts")).status_code == 401
    people = office.register.people
    assert people.by_password("dorset-1", PASSWORD) is None
    assert people.by_password("dorset-1", new) is not None
    acts = [each.act for each in office.register.deeds.after(0, 100)]
    assert "password_changed" in acts
