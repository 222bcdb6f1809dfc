"""A program that heard no answer asks again with the same key: the act is done once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import msgspec
import pytest

from responder.store import Works
from responder.store.repeats import Answered, Repeatable, Repeats, under_way
from telecare.clock import HandClock
from telecare.errors import Conflict
from telecare.settings import Settings
from telecare.store.migrate import open_database
from telecare.vocabulary import Role
from tests.browser.office import NIGHT, Office, copy_of, open_office

pytestmark = pytest.mark.anyio
KEY = "Idempotency-Key"


@pytest.fixture(scope="module")
def clock() -> HandClock:
    return HandClock(NIGHT)


@pytest.fixture(scope="module")
def office(
    office_pattern: Settings, tmp_path_factory: pytest.TempPathFactory, clock: HandClock
) -> Iterator[Office]:
    settings = copy_of(office_pattern, tmp_path_factory.mktemp("repeats"))
    with open_office(settings, clock) as opened:
        yield opened


def notes(office: Office, alert: str) -> int:
    supervisor = office.operator()
    detail = office.desk.open_alert(supervisor, alert, again=True)
    return sum(entry.act == "noted" for entry in detail.timeline)


async def test_the_same_request_with_the_same_key_is_done_once(office: Office) -> None:
    alert = office.raise_signal()
    async with office.client(Role.OPERATOR) as program:
        at, headers = f"/api/v1/alerts/{alert}/note", {KEY: "n-1"}
        first = await program.post(at, json={"text": "on her feet"}, headers=headers)
        again = await program.post(at, json={"text": "on her feet"}, headers=headers)
        assert first.status_code == again.status_code == 200
        assert first.content == again.content
        assert again.headers["idempotency-replayed"] == "true"
        assert "idempotency-replayed" not in first.headers
        assert notes(office, alert) == 1
        other = await program.post(at, json={"text": "in the kitchen"}, headers=headers)
        assert other.status_code == 422
        assert other.headers["content-type"] == "application/problem+json"
        assert notes(office, alert) == 1
        without = await program.post(at, json={"text": "on her feet"})
        assert without.status_code == 200
        assert notes(office, alert) == 2


async def test_keys_are_the_organisations_and_the_askers_own(office: Office) -> None:
    alert = office.raise_signal(home="home-2")
    async with office.client(Role.OPERATOR) as one, office.client(Role.SUPERVISOR) as two:
        for program in (one, two):
            at = f"/api/v1/alerts/{alert}/note"
            assert (
                await program.post(at, json={"text": "x"}, headers={KEY: "k"})
            ).status_code == 200
    async with office.client(Role.OPERATOR, org="devon") as foreign:
        refused = await foreign.post(at, json={"text": "x"}, headers={KEY: "k"})
    assert refused.status_code == 404
    assert notes(office, alert) == 2


async def test_a_refusal_is_not_kept_because_nothing_was_done(office: Office) -> None:
    alert = office.raise_signal(home="home-3")
    async with office.client(Role.OPERATOR) as program:
        at, headers = f"/api/v1/alerts/{alert}/release", {KEY: "r-1"}
        assert (await program.post(at, headers=headers)).status_code == 409
        await program.post(f"/api/v1/alerts/{alert}/claim")
        assert (await program.post(at, headers=headers)).status_code == 200


async def test_after_a_day_the_key_is_forgotten(office: Office, clock: HandClock) -> None:
    alert = office.raise_signal(home="home-4")
    async with office.client(Role.OPERATOR) as program:
        at, headers = f"/api/v1/alerts/{alert}/note", {KEY: "d-1"}
        await program.post(at, json={"text": "x"}, headers=headers)
        clock.forward(hours=25)
        await program.post(at, json={"text": "x"}, headers=headers)
    assert notes(office, alert) == 2


async def test_a_revealed_code_is_never_kept_each_reveal_is_on_record(office: Office) -> None:
    alert = office.raise_signal(home="home-5")
    async with office.client(Role.OPERATOR) as program:
        await program.post(f"/api/v1/alerts/{alert}/claim")
        for _ in range(2):
            at = f"/api/v1/alerts/{alert}/keysafe"
            assert (await program.post(at, headers={KEY: "s-1"})).json() == {"code": "5417"}
    acts = [each.act for each in office.desk.open_alert(office.operator(), alert).timeline]
    assert acts.count("keysafe_revealed") == 2


async def test_kept_answers_hold_no_readable_name(office: Office) -> None:
    alert = office.raise_signal(home="home-6")
    async with office.client(Role.OPERATOR) as program:
        answer = await program.post(f"/api/v1/alerts/{alert}/claim", headers={KEY: "name"})
    assert "Resident F" in answer.text
    for file in office.settings.data_dir.glob("responder.db*"):
        assert b"Resident F" not in file.read_bytes()


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 201, "ä"])
async def test_a_key_that_is_none_is_refused(office: Office, key: str) -> None:
    async with office.client(Role.OPERATOR) as program:
        answer = await program.post("/api/v1/alerts/a/claim", headers={KEY.encode(): key.encode()})
    assert answer.status_code == 422


@pytest.mark.parametrize("database_kind", ["sqlite", "postgresql"])
def test_whatever_dies_in_between_the_act_is_done_once(
    database_kind: str, settings: Settings
) -> None:
    database = open_database(settings, "responder")
    repeats, works = Repeats(database), Works(database)
    first = Repeatable(org="north", actor="token-1", key="k", digest=b"d", begun_at=NIGHT)
    assert repeats.begin(first) is None
    with pytest.raises(Conflict, match="under way"):
        repeats.begin(_at(first, seconds=59))
    # It died before its act: a repeat is given the turn, and the first's late commit is refused.
    second = _at(first, seconds=61)
    assert repeats.begin(second) is None
    token = under_way.set(first)
    with pytest.raises(Conflict, match="nothing was done here"), works.begin(NIGHT):
        pass
    under_way.set(second)
    with works.begin(NIGHT):
        pass
    under_way.reset(token)
    # It died after its act and before its answer: a repeat is told so and does nothing.
    repeats.failed(second)
    with pytest.raises(Conflict, match="was lost"):
        repeats.begin(_at(first, seconds=200))
    repeats.answered(second, Answered(200, "application/json", b"sealed"))
    assert repeats.begin(_at(first, seconds=201)) == Answered(200, "application/json", b"sealed")
    database.close()


def _at(asked: Repeatable, *, seconds: float) -> Repeatable:
    return msgspec.structs.replace(asked, begun_at=NIGHT + timedelta(seconds=seconds))
