"""Two organisations can never see one another: over any route, any query, any statement."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from fastapi.routing import APIRoute
from sqlalchemy.exc import IntegrityError

from responder.api.access import PUBLIC
from responder.api.app import ROUTERS
from telecare.errors import TelecareError
from telecare.settings import Settings
from telecare.vocabulary import Role
from tests.browser.office import Office, copy_of, open_office
from tests.security.asking import asking, questions
from tests.security.conftest import Ask
from tests.security.filling import body_of
from tests.security.neighbours import NEIGHBOUR, OURS, everything_of, settled
from tests.security.overhearing import names_an_organisation, statements_overheard

pytestmark = pytest.mark.anyio
OF_DORSET = re.compile("dorset", re.IGNORECASE)
ROUTES = [
    (method, prefix + route.path, route)
    for prefix, router in ROUTERS
    for route in router.routes
    if isinstance(route, APIRoute)
    for method in sorted(route.methods or ())
    if (method, prefix + route.path) not in PUBLIC and route.path not in ("/live", "/sign-out")
    and (method, route.path) != ("DELETE", "/session")
]  # fmt: skip
OWN_IDS = {"home", "contact", "room", "find"}
"""What both have by the same name; any other id is Dorset's alone."""


@pytest.fixture(scope="module")
def office(office_pattern: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with open_office(copy_of(office_pattern, tmp_path_factory.mktemp("two"))) as opened:
        yield opened


@pytest.fixture(scope="module")
def ids(office: Office) -> dict[str, str]:
    return settled(office)


def filled(path: str, ids: dict[str, str]) -> str:
    path = path.replace("/r4/{kind}", "/r4/Flag")
    return re.sub(r"\{(\w+)\}", lambda named: ids.get(named[1], "none-such"), path)


def query(route: APIRoute, ids: dict[str, str]) -> dict[str, str]:
    waiting, found = [route.dependant], dict[str, str]()
    while waiting:
        each = waiting.pop()
        waiting += each.dependencies
        found |= {p.name: ids[p.name] for p in each.query_params if p.name in ids}
    return found


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.INTEGRATION])
async def test_no_route_shows_or_changes_anything_of_the_neighbour(
    office: Office, ids: dict[str, str], ask: Ask, role: Role
) -> None:
    before = everything_of(office)
    async with ask(office.token(NEIGHBOUR, role)) as stranger:
        for method, path, route in ROUTES:
            body = body_of(route, ids)
            answer = await stranger.request(
                method, filled(path, ids), params=query(route, ids),
                headers={"accept": "text/html"}, **body,
            )  # fmt: skip
            assert answer.status_code < 500, f"{method} {path}"
            named = set(re.findall(r"\{(\w+)\}", path))
            told = answer.text
            asked = {ids[each] for each in named & ids.keys()}
            for each in asked | set(body.get("data", {}).values()):
                told = told.replace(each, "")  # said back to whoever asked for it
            assert not OF_DORSET.search(told), f"{method} {path}: {told}"
            if named - OWN_IDS and answer.status_code not in (403, 422):
                assert answer.status_code == 404, f"{method} {path}: {answer.text}"
    assert everything_of(office) == before


# ---- queries

WHOLE_LANES = {"telecare.store.lane.LaneReader.readings"}
"""Reads lanes from end to end, for an export, and leaves out what is of others."""
ASKED = [each for each in questions() if "org" in inspect.signature(each[2]).parameters]
NO_QUESTION = {
    "telecare.register.organisations.Organisations.add_organisation",
    "telecare.register.credentials.username_of",
    "telecare.register.credentials.place",
    "telecare.register.credentials.end_access",
    "telecare.register.credentials.end_claims",
    "telecare.register.ground.Ground.deed",
    "telecare.register.ground.who_and_when",
}  # fmt: skip
"""Names an organisation to make it, to call it by name, or as part of a change under way."""


@pytest.mark.parametrize(("name", "owner", "function"), ASKED, ids=[each[0] for each in ASKED])
def test_no_query_answers_or_changes_anything_of_the_neighbour(
    name: str,
    owner: type | None,
    function: Callable[..., Any],
    office: Office,
    ids: dict[str, str],
) -> None:
    if name in NO_QUESTION:
        return
    before = everything_of(office)
    with asking(office, ids) as asker, statements_overheard() as overheard:
        try:
            answer = asker.ask(NEIGHBOUR, owner, function)
        except (TelecareError, IntegrityError):
            answer = None  # a reference across the wall cannot even be stored
    assert not OF_DORSET.search(repr(answer)), name
    assert everything_of(office) == before, name
    if name not in WHOLE_LANES:
        assert [each for each in overheard if not names_an_organisation(each)] == [], name


def test_the_same_questions_asked_by_the_organisation_itself_are_answered(
    office: Office, ids: dict[str, str]
) -> None:
    """Otherwise the test above would ask nothing worth asking."""
    told = set()
    for name, owner, function in ASKED:
        looks = not any(word in name for word in ACTS)
        if name in NO_QUESTION or not looks:
            continue
        with asking(office, ids) as asker, suppress(TelecareError, IntegrityError):
            if OF_DORSET.search(repr(asker.ask(OURS, owner, function))):
                told.add(name.rpartition(".")[2])
    assert told >= {
        "alert", "alerts", "open_alerts", "resolved", "signals", "wordings", "entries", "staff",
        "homes", "home", "residents", "contacts", "devices", "people", "tokens", "plans",
        "versions", "teams", "members", "shifts", "areas", "schemes", "tunings", "tuning", "of",
    } - {"resolved"}  # fmt: skip


ACTS = ("end", "revoke", "reissue", "leav", "forget", "claim", "unlink", "tune", "place", "stand",
        "hasten", "call_back", "hold_back", "confirm", "add", "cover", "link", "consent.",
        "issue_token", "tie_", "part")  # fmt: skip
