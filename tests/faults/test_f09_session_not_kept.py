"""F09: the broker keeps no session for us, or has lost the one it kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from paho.mqtt.client import Client
from paho.mqtt.properties import Properties

from gateway.brokers import Broker
from gateway.sources.mqtt_broker.connection import Connection, Hearer
from gateway.store import BrokerSessions
from gateway.wiring import accept_new_session
from telecare.clock import HandClock
from telecare.errors import SettingsError
from telecare.settings import Settings
from telecare.store.migrate import open_database
from telecare.vocabulary import SignalKind
from tests.harness.door import world_of
from tests.harness.ear import county, ear
from tests.harness.mosquitto import mosquitto
from tests.harness.waiting import until

FILE = """
[[broker]]
name = "county"
org = "oak"
host = "127.0.0.1"
port = {port}
tls = false
version = {version}
[[broker.listen]]
filter = "telecare/v1/oak/+/up/#"
"""
VERSIONS = pytest.mark.parametrize("version", [4, 5], ids=["3.1.1", "5"])


def was_lost(settings: Settings) -> bool:
    """Whether it is on disk that the session was not there any more."""
    database = open_database(settings, "gateway")
    try:
        kept = BrokerSessions(database).get("oak", "county")
    finally:
        database.close()
    return kept is not None and kept.lost_at is not None


class Forgetful(Connection):
    """Planted: the session expiry that somebody forgot."""

    def _made(self) -> Client:
        client = super()._made()
        planted: Any = client
        if self._broker.version == 5:
            properties: Properties = planted._connect_properties
            properties.SessionExpiryInterval = 0
        else:
            planted._clean_session = True
        return client


@VERSIONS
def test_a_session_that_does_not_last_is_refused_at_the_first_start(
    sqlite_settings: Settings, clock: HandClock, tmp_path: Path, version: int
) -> None:
    def forgetful(broker: Broker, hearer: Hearer) -> Connection:
        return Forgetful(broker, hearer)

    with (
        mosquitto(tmp_path / "broker") as broker,
        pytest.raises(SettingsError) as refused,
        ear(
            sqlite_settings, clock, county(broker.port, version=version), is_all=True,
            opener=forgetful,
        ) as listening,
    ):  # fmt: skip
        until(lambda: not listening.is_running)
    assert "keeps no session" in str(refused.value)
    assert "docs/brokers.md" in str(refused.value)


def test_one_that_was_lost_waits_for_a_person_at_every_start(
    sqlite_settings: Settings, clock: HandClock, tmp_path: Path
) -> None:
    with mosquitto(tmp_path / "broker") as broker:
        file = tmp_path / "brokers.toml"
        file.write_text(FILE.format(port=broker.port, version=4))
        settings = sqlite_settings.model_copy(update={"brokers": file})
        asked = county(broker.port, version=4)
        with ear(settings, clock, asked) as listening:
            listening.until_listening()
        broker.kill()
        broker.again()
        for _ in range(2):  # what we began at the broker meanwhile is not what it had promised
            with (
                pytest.raises(SettingsError, match="accept-new-session county"),
                ear(settings, clock, asked, is_all=True) as listening,
            ):
                until(lambda: not listening.is_running)
        accept_new_session(settings, "county")
        with ear(settings, clock, asked, is_all=True) as listening:
            listening.until_listening()
        with pytest.raises(SettingsError, match="no broker parish"):
            accept_new_session(settings, "parish")


def test_beside_an_own_door_people_are_told_and_may_accept_while_it_runs(
    sqlite_settings: Settings, clock: HandClock, tmp_path: Path
) -> None:
    with mosquitto(tmp_path / "broker") as broker, world_of(sqlite_settings, clock) as world:
        file = tmp_path / "brokers.toml"
        file.write_text(FILE.format(port=broker.port, version=5))
        settings = sqlite_settings.model_copy(update={"brokers": file})
        with ear(settings, clock, county(broker.port)) as listening:
            listening.until_listening()
        broker.kill()
        broker.again()
        with ear(settings, clock, county(broker.port), now=clock.monotonic) as listening:
            until(lambda: listening.source.attempts >= 1)
            until(lambda: was_lost(settings))
            until(lambda: "no longer has the session" in listening.source.sentence)
            clock.forward(seconds=61)
            until(lambda: len(world.signals()) == 1)
            (told,) = world.signals()
            assert told.kind is SignalKind.SERVICE_DOWN
            assert "no longer has the session" in told.why
            accept_new_session(settings, "county")
            listening.until_listening()
