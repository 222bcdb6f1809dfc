"""What the door's commands print, for people and for machines."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import msgspec
import pytest
from typer.testing import CliRunner

from gateway.commands_cli import app
from telecare.clock import RealClock
from telecare.settings import Settings
from tests.harness.door import open_door, world_of
from tests.harness.mqtt import MqttClient


@pytest.fixture(autouse=True)
def installation(sqlite_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Two organisations, one press and one reading, and something that could not be read."""
    for name, value in sqlite_settings.environment().items():
        monkeypatch.setenv(name, value)
    with world_of(sqlite_settings, RealClock()) as world:
        oak, elm = world.hub("hub-7"), world.hub("hub-1", org="elm")
        with (
            open_door(sqlite_settings, RealClock()) as door,
            MqttClient(door.port) as first,
            MqttClient(door.port) as second,
        ):
            assert first.connect(oak.username, oak.password) == 0
            assert second.connect(elm.username, elm.password) == 0
            oaks, elms = "telecare/v1/oak/hub-7/up/", "telecare/v1/elm/hub-1/up/"
            assert first.publish(oaks + "alarm", b'{"id": "p-1", "type": "pendant"}') == 0
            motion = b'{"id": "m-1", "type": "motion", "room": "hall", "mood": "calm"}'
            assert first.publish(oaks + "reading", motion) == 0
            assert second.publish(elms + "heartbeat", b'{"id": "h-1"}') == 0
            assert first.publish(oaks + "reading", b"\xffnonsense") == 0
        yield


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


def test_count() -> None:
    expected = {"count": 3, "by_kind": {"alarm": 1, "heartbeat": 1, "reading": 1}}
    assert msgspec.json.decode(run("readings", "count", "--json")) == expected
    assert msgspec.json.decode(run("readings", "count", "--json", "--org", "elm"))["count"] == 1
    assert run("readings", "count").startswith("3 readings")


def test_export_is_one_line_for_each_reading_in_order() -> None:
    lines = [msgspec.json.decode(line) for line in run("readings", "export").splitlines()]
    assert [line["id"] for line in lines] == ["p-1", "m-1", "h-1"]
    wanted = {"org", "home", "device", "id", "kind", "at", "received_at"}
    assert all(wanted <= line.keys() for line in lines)
    assert lines[1]["data"] == {"mood": "calm"}
    assert len(run("readings", "export", "--org", "elm").splitlines()) == 1


def test_quarantine_shows_the_reason_and_the_bytes() -> None:
    assert "not_json" in run("quarantine", "list")
    row = msgspec.json.decode(run("quarantine", "list", "--json"))
    assert base64.b64decode(row["payload"]) == b"\xffnonsense"
    assert row["org"] == "oak"
    assert run("quarantine", "list", "--org", "elm") == ""
