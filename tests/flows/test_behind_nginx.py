"""The pages behind a real nginx with the settings that we ship, as a council has them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import httpx
import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from gateway.sources.mqtt_endpoint.listener import Address
from responder.api.sign_in_limit import TRIES_FOR_ACCOUNT
from telecare.clock import RealClock
from telecare.settings import Settings
from tests.browser.office import PASSWORD, Office, copy_of, open_office, serving
from tests.harness.door import open_door, world_of
from tests.harness.nginx import Nginx, nginx
from tests.harness.waiting import until

NAME = "desk.council.example"
BROWSER = {"Host": NAME, "Origin": f"https://{NAME}", "Sec-Fetch-Site": "same-origin"}


class Council:
    """The pages, and the proxy before them; `pages_go` takes the first away."""

    def __init__(self, office: Office, proxy: Nginx, pages: int, served: ExitStack) -> None:
        self.office, self.proxy, self.pages = office, proxy, pages
        self.pages_go = served.close


@pytest.fixture
def council(office_pattern: Settings, tmp_path: Path) -> Iterator[Council]:
    own = copy_of(office_pattern, tmp_path).model_copy(update={"base_url": f"https://{NAME}"})
    with open_office(own) as office, ExitStack() as served:
        pages = served.enter_context(serving(office.app))
        with nginx(own.data_dir, pages) as proxy:
            yield Council(office, proxy, pages, served)


def signs_in(client: httpx.Client, password: str = PASSWORD, **headers: str) -> int:
    account = {"username": "dorset-1", "password": password}
    said = client.post("/api/v1/session", json=account, headers=BROWSER | headers)
    return said.status_code


def events(lines: Iterator[str]) -> Iterator[tuple[str, Any]]:
    """What a stream says, by name."""
    name = ""
    for line in lines:
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, json.loads(line.removeprefix("data: "))


def test_a_press_stands_on_the_desk_as_it_comes(council: Council) -> None:
    """A proxy that gathered up what it carries would show the desk nothing for minutes."""
    with council.proxy.client(headers={"Host": NAME}) as operator:
        assert signs_in(operator) == 200
        with operator.stream("GET", "/api/v1/live") as stream:
            heard = events(stream.iter_lines())
            assert next(heard)[0] == "snapshot"
            alert = council.office.raise_signal(home="home-2")
            batch = next(said for name, said in heard if name == "batch")
            assert [line["id"] for line in batch["lines"]] == [alert]


def test_a_session_goes_over_tls_alone(council: Council) -> None:
    with council.proxy.client() as operator:
        account = {"username": "dorset-1", "password": PASSWORD}
        said = operator.post("/api/v1/session", json=account, headers=BROWSER)
    assert all("; secure" in each.lower() for each in said.headers.get_list("set-cookie"))
    assert said.headers["Strict-Transport-Security"] == "max-age=31536000"


def test_whoever_guesses_shuts_out_themselves_and_not_the_office(council: Council) -> None:
    """Whatever address they say that they come from."""
    with council.proxy.client("127.0.0.2") as stranger, council.proxy.client("127.0.0.3") as ours:
        for number in range(TRIES_FOR_ACCOUNT):
            forged = {"X-Forwarded-For": f"203.0.113.{number}"}
            assert signs_in(stranger, "a guess of somebody", **forged) == 401
        assert signs_in(stranger, PASSWORD, **{"X-Forwarded-For": "203.0.113.99"}) == 429
        assert signs_in(ours) == 200


def test_figures_are_for_this_machine_and_not_for_who_comes_through(council: Council) -> None:
    with council.proxy.client() as outside:
        assert outside.get("/metrics", headers={"Host": NAME}).status_code == 401
    assert httpx.get(f"http://127.0.0.1:{council.pages}/metrics").status_code == 200


def test_a_daughter_answers_and_her_link_stands_in_no_log(council: Council) -> None:
    link = council.office.asks_the_daughter()
    with council.proxy.client() as daughter:
        assert daughter.get(link, headers={"Host": NAME}).status_code == 200
        said = daughter.post(link, data={"answer": "going"}, headers=BROWSER)
        assert said.status_code == 303
        council.pages_go()
        away = daughter.post(link, data={"answer": "arrived"}, headers=BROWSER)
    assert away.status_code == 502
    assert "It comes back by itself" in away.text
    assert "ring us" in away.text
    # It writes them down after it has answered.
    until(lambda: '"POST /l" 303' in council.proxy.logged)
    until(lambda: '/l" 502' in council.proxy.logged)
    assert link.removeprefix("/l/") not in council.proxy.logged


def test_what_somebody_writes_touches_no_disk_of_the_proxys(
    office_pattern: Settings, tmp_path: Path
) -> None:
    """It would say so where everything is written down."""
    own = copy_of(office_pattern, tmp_path).model_copy(update={"base_url": f"https://{NAME}"})
    with (
        open_office(own) as office,
        serving(office.app) as pages,
        nginx(own.data_dir, pages, level="warn") as proxy,
        proxy.client() as operator,
    ):
        assert signs_in(operator, "a long story " * 4000) in (401, 422)
        until(lambda: '"POST /api"' in proxy.logged)
        assert "temporary file" not in proxy.logged


def test_a_hub_presses_over_a_websocket_through_it(
    sqlite_settings: Settings, tmp_path: Path
) -> None:
    with world_of(sqlite_settings, RealClock()) as world:
        hub = world.hub("hub-7")
        listen = [Address("127.0.0.1", 0, is_websocket=True)]
        with (
            open_door(world.settings, RealClock(), listen=listen) as door,
            nginx(tmp_path, 9, door.port) as proxy,
        ):
            client = paho.Client(CallbackAPIVersion.VERSION2, "hub-7", transport="websockets")
            client.tls_set_context(proxy.trust)
            client.username_pw_set(hub.username, hub.password)
            client.connect("127.0.0.1", proxy.port)
            client.loop_start()
            with closing(_Loop(client)):
                press = client.publish("telecare/v1/oak/hub-7/up/alarm", b'{"id": "1"}', 1)
                press.wait_for_publish(60)
                assert press.is_published()
                until(lambda: len(world.signals()) == 1)


class _Loop:
    def __init__(self, client: paho.Client) -> None:
        self._client = client

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()
