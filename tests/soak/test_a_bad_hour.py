"""A bad hour in the county: residents press, at our own door, behind somebody else's broker and
on careline units, while services die, sleep and lose their database, the power fails for
everything at once and providers are ill; an operator works through it. Afterwards every press is
on disk once, belongs to one alert, and was somebody's.

A third of a minute of it runs with every test; `make soak` makes it last an hour.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import select

from responder.seeing.looks import chain_report
from responder.store import Reads
from responder.store.tables import signal as signal_table
from telecare.clock import RealClock, sleep_real, stopwatch
from telecare.doctor import examine
from telecare.messages import Signal
from telecare.settings import Settings
from telecare.store.migrate import migrate, open_database
from telecare.vocabulary import ReadingKind, SignalKind
from tests.harness.door import World, world_of
from tests.harness.installation import Installation, installation
from tests.harness.misfortunes import Misfortunes
from tests.harness.mosquitto import KEEPS, OPEN, Mosquitto, mosquitto
from tests.harness.postgres import Cluster, free_port, private_cluster
from tests.harness.providers import Providers, providers
from tests.harness.scheme import Scheme, scheme
from tests.harness.street import ORG, Street, street
from tests.harness.waiting import until

SECONDS = 60 * float(os.environ.get("TELECARE_TEST_SOAK_MINUTES", "0.3"))
HOMES, BEHIND, FLATS = 16, 8, 6
"""At our own door; behind somebody else's broker; with careline units."""
NOT_NOW = frozenset({409, 503})
"""Somebody was quicker, or the database is away."""


class NightDesk:
    """An operator who takes up what she sees, closes some of it, and leaves some to others."""

    def __init__(self, world: Installation, chance: random.Random) -> None:
        self._world, self._chance = world, chance
        self.surprises: list[str] = []
        """Answers that no operator should ever see."""

    def works(self) -> None:
        """Once over the queue."""
        alerts = self._ask("GET", "/api/v1/alerts")
        if alerts is None:
            return
        for alert in alerts.json():
            if alert["owner_id"] is None and alert["next_due_at"] is None:
                self.surprises.append(f"nobody's, and due never: {alert}")
            if self._chance.random() < 0.2:
                self.closes(alert["id"])

    def closes(self, alert: str) -> None:
        """Take it up, write a line, close it."""
        here = f"/api/v1/alerts/{alert}"
        for what, body in (
            ("claim", {}),
            ("note", {"text": "She answers, all is well"}),
            ("resolve", {"outcome": "helped_by_talking", "text": "Tea was spilt"}),
        ):
            if self._ask("POST", f"{here}/{what}", body) is None:
                return

    def closes_all(self) -> bool:
        """One round of closing; whether nothing is open any more."""
        for alert in self._world.alerts():
            self.closes(alert["id"])
        return self._world.is_ready() and not self._world.alerts()

    def _ask(self, how: str, where: str, body: object = None) -> httpx.Response | None:
        try:
            answer = self._world.http.request(how, where, json=body)
        except httpx.TransportError:
            return None
        if answer.is_success:
            return answer
        if answer.status_code not in NOT_NOW:
            self.surprises.append(f"{how} {where}: {answer.status_code} {answer.text}")
        return None


@pytest.mark.timeout(SECONDS * 2 + 300)
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_every_press_of_a_bad_hour_was_somebodys(sqlite_settings: Settings, database: str) -> None:
    chance = random.Random(2026)
    with a_county(sqlite_settings, database) as (settings, cluster, outside, broker):
        with (
            street(settings, HOMES) as homes,
            street(settings, BEHIND, first=101, broker=broker.port) as behind,
            scheme(settings, FLATS) as flats,
            installation(settings) as world,
        ):
            until(lambda: keeps_us(settings), "the broker has our session on its disk")
            world.sign_in_with_token(ORG)
            desk = NightDesk(world, chance)
            misfortunes = Misfortunes(world, outside, broker, random.Random(7), cluster)
            county = (homes, behind, flats)
            a_bad_hour(county, desk, misfortunes, outside, chance)

            whole_again = stopwatch()
            for each in county:
                until(each.is_heard, "every press has its receipt", 180)
            pressed = homes.pressed + behind.pressed + flats.pressed
            with world_of(settings, RealClock()) as kept:
                until(lambda: everyone_has_an_alert(settings, kept), "every press is in an alert")
                recovered = whole_again()
                until(desk.closes_all, "every alert is closed", 180)
                assert once_each(kept) == pressed
                assert Counter(each.device for each in alarms(kept)) == pressed
                assert [each.sentence for each in examine(settings) if not each.well] == []
            assert desk.surprises == []
            assert unexpected(world) == []
            assert record_is_whole(settings)
        befell = ", ".join(f"{what} {times}" for what, times in misfortunes.befell.most_common())
        print(
            f"{database}: {pressed.total()} presses ({behind.pressed.total()} behind a broker, "
            f"{flats.pressed.total()} on careline units); {befell}; "
            f"all in alerts {recovered:.0f} s after the last."
        )


@contextmanager
def a_county(
    settings: Settings, database: str
) -> Iterator[tuple[Settings, Cluster | None, Providers, Mosquitto]]:
    with ExitStack() as stack:
        cluster = None
        if database == "postgresql":
            cluster = stack.enter_context(private_cluster())
            if cluster is None:
                pytest.skip("PostgreSQL is missing: install Debian's postgresql")
            settings = settings.model_copy(update={"database_url": SecretStr(cluster.url)})
            migrate(settings)
        outside = stack.enter_context(providers(RealClock(), settings))
        listening, broker = stack.enter_context(somebodys_broker(outside.settings))
        yield listening, cluster, outside, broker


@contextmanager
def somebodys_broker(settings: Settings) -> Iterator[tuple[Settings, Mosquitto]]:
    """A Mosquitto that keeps sessions, and a gateway that is told to listen to it, and to SIP."""
    folder = settings.data_dir / "broker"
    with mosquitto(folder, OPEN + KEEPS) as broker:
        named = settings.data_dir / "brokers.toml"
        named.write_text(
            f"""
            [[broker]]
            name = "county"
            org = "{ORG}"
            host = "127.0.0.1"
            port = {broker.port}
            tls = false

            [[broker.listen]]
            filter = "telecare/v1/{ORG}/+/up/#"
            """
        )
        yield settings.model_copy(update={"brokers": named, "sip_port": free_port()}), broker


def keeps_us(settings: Settings) -> bool:
    """Whether a broker that is killed now would still know whom to keep messages for."""
    kept = settings.data_dir / "broker" / "mosquitto.db"
    return kept.exists() and b"telecare-county" in kept.read_bytes()


def a_bad_hour(
    county: Sequence[Street | Scheme],
    desk: NightDesk,
    misfortunes: Misfortunes,
    outside: Providers,
    chance: random.Random,
) -> None:
    """Life, work and misfortune until time is up; then whatever is broken is whole again."""
    elapsed, quiet_until = stopwatch(), 0.0
    with ThreadPoolExecutor(1, "misfortune") as fate:
        under_way = fate.submit(sleep_real, 0.0)
        while elapsed() < SECONDS or not under_way.done():
            for each in county:
                each.lives(chance)
            desk.works()
            with_receipts(outside)
            if under_way.done() and elapsed() > quiet_until and elapsed() < SECONDS:
                under_way.result()
                under_way = fate.submit(misfortunes.strike)
                quiet_until = elapsed() + chance.uniform(0, 6)
            sleep_real(0.2)
        under_way.result()
    misfortunes.pass_by()


def with_receipts(outside: Providers) -> None:
    """Telephones are answered and receipts come back, unless we are not there to take them."""
    for each in (outside.twilio, outside.notify):
        try:
            each.deliver()
        except httpx.HTTPError:
            continue


def alarms(kept: World) -> list[Signal]:
    return [each for each in kept.signals() if each.kind is SignalKind.ALARM]


def once_each(kept: World) -> Counter[str]:
    """Presses on disk by hub, each counted once whatever number it was repeated under."""
    said = [each for each in kept.readings() if each.kind is ReadingKind.ALARM]
    assert len({(each.device, each.id) for each in said}) == len(said)
    return Counter(each.device for each in said)


def everyone_has_an_alert(settings: Settings, kept: World) -> bool:
    """Whether the duty has taken every alarm into an alert."""
    own = open_database(settings, "responder")
    try:
        with own.read() as connection:
            query = select(signal_table.c.id).where(signal_table.c.alert.is_not(None))
            taken = set(connection.execute(query).scalars())
    finally:
        own.close()
    return {each.id for each in alarms(kept)} <= taken


def record_is_whole(settings: Settings) -> bool:
    own = open_database(settings, "responder")
    try:
        return chain_report(Reads(own), ORG).whole
    finally:
        own.close()


def unexpected(world: Installation) -> list[str]:
    """Lines of the log that tell of a mistake of ours, and not of the world."""
    lines = world.log.read_text().splitlines()
    return [line for line in lines if line.startswith("Traceback") or '"exception":' in line]
