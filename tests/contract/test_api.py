"""The JSON interface: every act, every refusal, and two organisations that never meet."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from fastapi.routing import APIRoute
from sqlalchemy import text

from responder.api.access import PUBLIC
from responder.api.app import ROUTERS
from responder.api.signed_in import COOKIE, CSRF_HEADER, held_to_own
from telecare.messages import Reading
from telecare.settings import Settings
from telecare.store.lane import LaneWriter
from telecare.store.migrate import open_database
from telecare.tenancy import Actor
from telecare.vocabulary import ReadingKind, Role, SignalKind
from tests.browser.office import PASSWORD, Office, copy_of, open_office

pytestmark = pytest.mark.anyio

ROUTES = [
    (method, prefix + route.path, route)
    for prefix, router in ROUTERS
    for route in router.routes
    if isinstance(route, APIRoute)
    for method in sorted(route.methods or ())
]


@pytest.fixture
def own(office_pattern: Settings, tmp_path: Path) -> Settings:
    return copy_of(office_pattern, tmp_path)


@pytest.fixture
def office(own: Settings) -> Iterator[Office]:
    with open_office(own) as opened:
        yield opened


def client(office: Office, headers: dict[str, str] | None = None) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(office.app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://desk.test", headers=headers)


def operator(office: Office, org: str = "dorset") -> httpx.AsyncClient:
    return client(office, office.token(org, Role.OPERATOR))


async def test_the_main_job_from_press_to_outcome(office: Office) -> None:
    alert = office.raise_signal()
    async with operator(office) as desk:
        queue = (await desk.get("/api/v1/alerts")).json()
        assert [line["id"] for line in queue] == [alert]
        assert queue[0]["priority"] == "emergency"
        at = f"/api/v1/alerts/{alert}"
        claimed = (await desk.post(f"{at}/claim")).json()
        assert claimed["state"] == "claimed"
        detail = (await desk.get(at)).json()
        assert detail["card"]["hazards"] == ["falls", "oxygen in use", "dog"]
        assert "1417" not in str(detail), "the card never holds the keysafe's code"
        assert (await desk.post(f"{at}/keysafe")).json() == {"code": "1417"}
        contact = detail["contacts"][0]["contact_id"]
        assert (await desk.post(f"{at}/contacts/{contact}/ring", json={})).status_code == 200
        said = await desk.post(f"{at}/contacts/{contact}/answer", json={"answer": "going"})
        assert said.json()["state"] == "attending"
        assert (await desk.post(f"{at}/note", json={"text": "on her feet"})).status_code == 200
        closed = await desk.post(
            f"{at}/resolve", json={"outcome": "keyholder_attended", "text": "tea made"}
        )
        assert closed.json()["state"] == "resolved"
        assert (await desk.get("/api/v1/alerts")).json() == []
        assert [line["id"] for line in (await desk.get("/api/v1/history")).json()] == [alert]
    acts = [entry.act for entry in office.desk.record(SUPERVISOR, alert=alert)]
    for act in ("looked", "keysafe_revealed", "rung", "answered", "noted", "resolved"):
        assert act in acts


SUPERVISOR = Actor(org="dorset", id="supervisor-1", role=Role.SUPERVISOR)


async def test_the_second_to_claim_is_told_who_has_it(office: Office) -> None:
    alert = office.raise_signal()
    office.desk.claim(office.operator(number=2), alert)
    async with operator(office) as desk:
        refused = await desk.post(f"/api/v1/alerts/{alert}/claim")
    assert refused.status_code == 409
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["detail"] == "Operator 2 has it."


async def test_an_act_while_an_upgrade_migrates_is_refused_for_now_and_not_as_a_fault(
    office: Office,
) -> None:
    alert = office.raise_signal()
    responder = open_database(office.settings, "responder")
    with responder.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    responder.close()
    async with operator(office) as desk:
        refused = await desk.post(f"/api/v1/alerts/{alert}/claim")
    assert refused.status_code == 503
    assert "start the version that migrated it" in refused.json()["detail"]


async def test_a_false_alarm_must_say_why_in_one_clear_sentence(office: Office) -> None:
    alert = office.raise_signal()
    async with operator(office) as desk:
        await desk.post(f"/api/v1/alerts/{alert}/claim")
        refused = await desk.post(
            f"/api/v1/alerts/{alert}/resolve", json={"outcome": "false_alarm", "text": "cat"}
        )
    assert refused.status_code == 422
    assert refused.json()["detail"].startswith("A false alarm needs its cause")


@pytest.mark.parametrize(
    "body",
    [
        "not json",
        "[]",
        '{"text": ""}',
        '{"text": 4}',
        '{"text": "a", "extra": 1}',
        '{"text": null}',
    ],
)
async def test_a_body_that_cannot_be_read_is_refused_and_not_echoed(
    office: Office, body: str
) -> None:
    alert = office.raise_signal()
    async with operator(office) as desk:
        refused = await desk.post(
            f"/api/v1/alerts/{alert}/note",
            content=body,
            headers={"content-type": "application/json"},
        )
    assert refused.status_code == 422
    assert refused.json()["title"] == "Cannot be accepted"


async def test_a_body_beyond_reason_is_refused_before_it_is_read(office: Office) -> None:
    async with operator(office) as desk:
        refused = await desk.post("/api/v1/alerts/x/note", content=b"x" * 1_000_000)
    assert refused.status_code == 413


async def test_the_list_of_routes_is_the_whole_list(office: Office) -> None:
    described = {
        (method.upper(), path)
        for path, methods in office.app.openapi()["paths"].items()
        for method in methods
    }
    assert described <= {(method, path) for method, path, _ in ROUTES}
    assert len(ROUTES) > 35


async def test_every_route_asks_who_is_there_except_those_named_public(office: Office) -> None:
    def dependencies(route: APIRoute) -> set[object]:
        found: set[object] = set()
        waiting = [route.dependant]
        while waiting:
            each = waiting.pop()
            found.add(each.call)
            waiting += each.dependencies
        return found

    open_routes = {
        (method, path) for method, path, route in ROUTES if held_to_own not in dependencies(route)
    }
    assert open_routes == PUBLIC


async def test_nobody_gets_past_any_route_without_signing_in(office: Office) -> None:
    alert = office.raise_signal()
    async with client(office) as stranger:
        for method, path, _ in ROUTES:
            if (method, path) in PUBLIC or path.startswith("/l/") or path == "/metrics":
                continue
            answer = await stranger.request(method, filled(path, alert), json={})
            assert answer.status_code == 401, f"{method} {path}"


def filled(path: str, alert: str) -> str:
    return (
        path.replace("{alert}", alert)
        .replace("{contact}", "daughter-3")
        .replace("{home}", "home-3")
    )


@pytest.mark.parametrize("role", [Role.MANAGER, Role.TEC, Role.AUDITOR])
async def test_roles_without_residents_open_no_record(office: Office, role: Role) -> None:
    alert = office.raise_signal()
    async with client(office, office.token("dorset", role)) as other:
        for path in (f"/api/v1/alerts/{alert}", "/api/v1/homes/home-1", "/api/v1/live"):
            answer = await other.get(path)
            assert answer.status_code in (403, 404), path
        assert (await other.post(f"/api/v1/alerts/{alert}/keysafe")).status_code == 403


async def test_the_tec_team_sees_equipment_without_names(office: Office) -> None:
    office.raise_signal()
    dark = office.raise_signal(
        SignalKind.HUB_SILENT, home="home-2", kind_of="", why="The hub is silent."
    )
    async with client(office, office.token("dorset", Role.TEC)) as tec:
        queue = (await tec.get("/api/v1/alerts")).json()
        detail = (await tec.get(f"/api/v1/alerts/{dark}")).json()
    assert [line["id"] for line in queue] == [dark]
    assert "Resident" not in str(queue) + str(detail)


async def test_only_those_who_may_read_the_record_do(office: Office) -> None:
    office.raise_signal()
    async with operator(office) as desk:
        assert (await desk.get("/api/v1/record")).status_code == 403
    async with client(office, office.token("dorset", Role.AUDITOR)) as auditor:
        entries = (await auditor.get("/api/v1/record")).json()
        assert entries[0]["act"] == "opened"
        assert (await auditor.get("/api/v1/record/chain")).json()["whole"] is True


async def test_opening_a_home_is_recorded_before_it_is_shown(office: Office) -> None:
    async with operator(office) as desk:
        home = (await desk.get("/api/v1/homes/home-2")).json()
        assert home["residents"][0]["name"] == "Resident B Dorset"
        assert "2417" not in str(home)
    entries = office.desk.record(SUPERVISOR)
    assert [(entry.act, entry.detail["home"]) for entry in entries] == [("looked", "home-2")]


async def test_recent_readings_come_newest_first(office: Office) -> None:
    moment = datetime(2026, 3, 10, 2, 51, tzinfo=UTC)
    readings = [
        Reading(
            org="dorset", home="home-1", device="hub-1", id=f"r{n}", kind=ReadingKind.READING,
            type="motion", occurred_at=moment, received_at=moment.replace(second=n), room="hall",
        )
        for n in range(3)
    ]  # fmt: skip
    gateway = open_database(office.settings, "gateway")
    with gateway.begin() as connection:
        LaneWriter("gateway-1").append(connection, readings)
    async with operator(office) as desk:
        got = (await desk.get("/api/v1/homes/home-1/readings?limit=2")).json()
        card = (await desk.get("/homes/home-1")).text
    gateway.close()
    assert [reading["id"] for reading in got] == ["r2", "r1"]
    assert "The last 24 hours by room" in card
    assert "<svg" in card


# ---- sessions


async def signed_in(office: Office, desk: httpx.AsyncClient) -> dict[str, str]:
    answer = await desk.post("/api/v1/session", json={"username": "dorset-1", "password": PASSWORD})
    assert answer.status_code == 200
    return {CSRF_HEADER: answer.json()["csrf"]}


async def test_a_session_is_unreadable_for_scripts_and_stays_on_this_site(office: Office) -> None:
    async with client(office) as desk:
        answer = await desk.post(
            "/api/v1/session", json={"username": "dorset-1", "password": PASSWORD}
        )
        cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        assert (await desk.get("/api/v1/me")).json()["name"] == "Operator 1"


async def test_over_https_the_cookie_is_secure_and_the_browser_told_to_stay(
    own: Settings,
) -> None:
    settings = own.model_copy(update={"base_url": "https://desk.example"})
    with open_office(settings) as office:
        async with client(office) as desk:
            answer = await desk.post(
                "/api/v1/session", json={"username": "dorset-1", "password": PASSWORD}
            )
    assert "secure" in answer.headers["set-cookie"].lower()
    assert "max-age" in answer.headers["strict-transport-security"]


async def test_signing_in_again_makes_a_new_session_and_ends_the_old(office: Office) -> None:
    async with client(office) as desk:
        await signed_in(office, desk)
        first = desk.cookies[COOKIE]
        await signed_in(office, desk)
        assert desk.cookies[COOKIE] != first
    async with client(office) as thief:
        thief.cookies.set(COOKIE, first)
        assert (await thief.get("/api/v1/me")).status_code == 401


async def test_signing_out_ends_the_session_on_the_server(office: Office) -> None:
    async with client(office) as desk:
        headers = await signed_in(office, desk)
        secret = desk.cookies[COOKIE]
        assert (await desk.delete("/api/v1/session", headers=headers)).status_code == 200
    async with client(office) as thief:
        thief.cookies.set(COOKIE, secret)
        assert (await thief.get("/api/v1/me")).status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {CSRF_HEADER: "00" * 32},
        {CSRF_HEADER: "no token"},
    ],
)
async def test_another_sites_page_cannot_act_with_our_cookie(
    office: Office, headers: dict[str, str]
) -> None:
    alert = office.raise_signal()
    async with client(office) as desk:
        await signed_in(office, desk)
        refused = await desk.post(f"/api/v1/alerts/{alert}/claim", headers=headers)
    assert refused.status_code == 403
    assert office.desk.line(office.operator(), alert).owner_id is None


@pytest.mark.parametrize(
    "header",
    [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}],
)
async def test_even_with_the_token_a_foreign_origin_is_refused(
    office: Office, header: dict[str, str]
) -> None:
    alert = office.raise_signal()
    async with client(office) as desk:
        headers = await signed_in(office, desk)
        refused = await desk.post(f"/api/v1/alerts/{alert}/claim", headers=headers | header)
        assert refused.status_code == 403
        allowed = await desk.post(
            f"/api/v1/alerts/{alert}/claim", headers=headers | {"Origin": "http://desk.test"}
        )
        assert allowed.status_code == 200


async def test_wrong_passwords_are_slowed_down(office: Office) -> None:
    async with client(office) as desk:
        answers = [
            await desk.post("/api/v1/session", json={"username": "dorset-1", "password": "guess"})
            for _ in range(9)
        ]
    assert [answer.status_code for answer in answers] == [401] * 8 + [429]


async def test_next_after_sign_in_never_leads_to_another_site(office: Office) -> None:
    async with client(office) as desk:
        for address in ("https://evil.example", "//evil.example", "/\\evil.example"):
            answer = await desk.post(
                "/sign-in",
                data={"username": "dorset-1", "password": PASSWORD, "next": address},
            )
            assert answer.headers["location"] == "/"


# ---- headers, health, description


@pytest.mark.parametrize("path", ["/sign-in", "/static/desk.js", "/api/v1/me", "/nowhere"])
async def test_every_answer_makes_the_browser_strict(office: Office, path: str) -> None:
    async with client(office) as stranger:
        answer = await stranger.get(path)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    if not path.startswith("/static"):
        assert answer.headers["cache-control"] == "no-store"


async def test_ready_means_all_three_services_work(own: Settings) -> None:
    with open_office(own, unwell="detectors") as office:
        async with client(office) as watcher:
            assert (await watcher.get("/healthz")).status_code == 200
            answer = await watcher.get("/readyz")
    assert answer.status_code == 503
    unwell = [each["service"] for each in answer.json()["services"] if not each["working"]]
    assert unwell == ["detectors"]


async def test_figures_are_for_this_machine_or_for_a_token(office: Office) -> None:
    async with client(office) as near:
        assert (await near.get("/metrics")).status_code == 200
        passed_on = await near.get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"})
        assert passed_on.status_code == 401


async def test_the_description_for_machines_is_whole(office: Office) -> None:
    async with client(office) as machine:
        schema = (await machine.get("/openapi.json")).json()
    assert "AlertLine" in schema["components"]["schemas"]
    assert "/api/v1/alerts/{alert}/claim" in schema["paths"]
    text = str(schema)
    for reference in {part.split("'")[0] for part in text.split("#/components/schemas/")[1:]}:
        assert reference in schema["components"]["schemas"], reference


async def test_a_fault_of_ours_tells_nothing_of_the_inside(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("Resident A Dorset, 1 Dorset Lane")

    monkeypatch.setattr(office.desk, "queue", broken)
    async with operator(office) as desk:
        answer = await desk.get("/api/v1/alerts")
    assert answer.status_code == 500
    assert "Resident" not in answer.text
