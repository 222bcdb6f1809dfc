"""A routing server of ours that answers as OSRM documents; and one that does not."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from responder.callout.routing import drive_minutes
from responder.channels.osrm import road_of
from telecare.settings import Settings

HOME, NEAR, FAR = (50.75, -2.44), (50.76, -2.44), (50.85, -2.44)


class Table(BaseHTTPRequestHandler):
    asked = ""
    answer: object = None

    def do_GET(self) -> None:
        Table.asked = self.path
        body = json.dumps(self.answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[str]:
    opened = HTTPServer(("127.0.0.1", 0), Table)
    thread = threading.Thread(target=opened.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{opened.server_port}"
    opened.shutdown()
    thread.join()
    opened.server_close()


def test_seconds_of_the_table_become_minutes_and_unknown_roads_straight_lines(server: str) -> None:
    Table.answer = {"code": "Ok", "durations": [[600.0], [None]]}
    road = road_of(Settings(routing_url=server))
    assert road.minutes([NEAR, FAR], HOME) == [10.0, drive_minutes(FAR, HOME)]
    places = "-2.440000,50.750000;-2.440000,50.760000;-2.440000,50.850000"
    assert Table.asked == f"/table/v1/driving/{places}?sources=1%3B2&destinations=0"


@pytest.mark.parametrize("answer", [{"code": "NoTable"}, [], {"code": "Ok", "durations": [[1]]}])
def test_a_refusal_never_holds_a_job_up(server: str, answer: object) -> None:
    Table.answer = answer
    road = road_of(Settings(routing_url=server))
    assert road.minutes([NEAR, FAR], HOME) == [drive_minutes(p, HOME) for p in (NEAR, FAR)]


def test_nobody_answers_and_without_a_server_it_is_the_straight_line_times_the_factor() -> None:
    dead = road_of(Settings(routing_url="http://127.0.0.1:9"))
    plain = road_of(Settings(rural_factor=2.8))
    assert dead.minutes([FAR], HOME) == [drive_minutes(FAR, HOME)]
    assert plain.minutes([FAR], HOME) == [2 * drive_minutes(FAR, HOME)]
