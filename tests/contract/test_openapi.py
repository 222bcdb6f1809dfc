"""The description of the interface is true: schemathesis asks everything it allows, and more.

`make api-check` does the same with many more examples (TELECARE_API_EXAMPLES).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import booleans
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from responder.api.access import accesses, table
from responder.api.app import ROUTERS
from telecare.settings import Settings
from telecare.vocabulary import Role
from tests.browser.office import Office, copy_of, open_office
from tests.security.neighbours import settled, supervisor

EXAMPLES = int(os.environ.get("TELECARE_API_EXAMPLES", "0"))
"""For each route; 0: the short run of the suite."""
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    unsupported_method,
]
ACCESS = {(each.method, each.path): each for each in accesses(ROUTERS)}


@pytest.fixture(scope="module")
def office(office_pattern: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with open_office(copy_of(office_pattern, tmp_path_factory.mktemp("api"))) as opened:
        yield opened


@pytest.fixture(scope="module")
def ids(office: Office) -> dict[str, str]:
    """Something of everything, so that half of what is asked is there."""
    return settled(office)


@pytest.fixture(scope="module")
def described(office: Office) -> Any:
    return schemathesis.openapi.from_asgi("/openapi.json", office.app)


ASKED = sorted(
    key
    for key, each in ACCESS.items()
    if key[1] != "/api/v1/live" and (key[1].startswith("/api/") or each.permission is None)
    and not key[1].startswith(("/l/", "/j/", "/v/", "/voice/", "/receipts/", "/sign-in"))
)  # fmt: skip
"""The described routes; `live` never ends, and has tests of its own."""


@pytest.mark.parametrize(("method", "path"), ASKED)
def test_nothing_asked_ends_in_a_fault_or_in_what_is_not_described(
    method: str, path: str, office: Office, described: Any, ids: dict[str, str]
) -> None:
    operation, access = described[path][method], ACCESS[method, path]
    roles = list(access.roles) or [Role.SUPERVISOR]
    headers = office.token("dorset", Role.SUPERVISOR if Role.SUPERVISOR in roles else roles[0])
    if "{alert}" in path:
        mine = office.register.people.token_actor(headers["Authorization"].split()[1])
        assert mine is not None
        ids["alert"] = office.raise_signal(home="home-3")
        if mine.role in (Role.SUPERVISOR, Role.OPERATOR):
            office.desk.hand_over(supervisor(), ids["alert"], mine.id, mine.name)

    cases = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
    if list(operation.iter_parameters()) or operation.body:
        cases |= operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)

    @given(case=cases, is_there=booleans())
    @settings(
        max_examples=EXAMPLES or 6,
        deadline=None,
        derandomize=not EXAMPLES,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def ask(case: Any, *, is_there: bool) -> None:
        if is_there and case.path_parameters:
            case.path_parameters |= {key: ids[key] for key in case.path_parameters if key in ids}
        case.call_and_validate(headers=headers, checks=CHECKS)

    ask()


def test_every_list_is_handed_out_in_pages_and_every_act_takes_a_key(office: Office) -> None:
    for path, methods in office.app.openapi()["paths"].items():
        for method, operation in methods.items():
            names = {each["name"] for each in operation.get("parameters", [])}
            said = operation["responses"]["200"].get("content", {}).get("application/json", {})
            if method == "get" and said.get("schema", {}).get("type") == "array":
                assert {"cursor", "limit"} <= names, path
            if method == "post" and "Idempotency-Key" not in names:
                assert path in WITHOUT_KEY, path


WITHOUT_KEY = {
    "/api/v1/session",
    "/api/v1/session/lock",
    "/api/v1/session/unlock",
    "/api/v1/me/password",
    "/api/v1/me/pin",
    "/api/v1/me/second-factor",
    "/api/v1/me/second-factor/confirm",
    "/api/v1/alerts/{alert}/keysafe",
    "/api/v1/enrolment",
    "/api/v1/devices",
    "/api/v1/devices/{device}/claim",
    "/api/v1/devices/{device}/rotate",
    "/api/v1/devices/{device}/replace",
    "/api/v1/brokers/emqx/authenticate",
    "/api/v1/brokers/emqx/authorize",
}
"""Signing in, revealing a code and issuing one answer what is never kept; brokers change
nothing.
"""


def test_the_written_description_is_the_present_one() -> None:
    written = (Path(__file__).parents[2] / "docs/api.md").read_text()
    assert table(ROUTERS) in written, "run `telecare routes --write docs/api.md`"
