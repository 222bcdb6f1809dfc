"""F36: the database restarts or throws us out in the middle of an act: nothing is half done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import psycopg
import pytest
from pydantic import SecretStr
from sqlalchemy import text

from responder.clockwork.engine import Loop
from responder.seeing.looks import chain_report
from responder.store import Reads
from responder.store.work import Work
from telecare.clock import RealClock
from telecare.errors import StoreUnavailable
from telecare.observe import health_of
from telecare.settings import Settings
from telecare.store.migrate import migrate, open_database
from telecare.store.session import Database
from tests.harness.door import gateway_process, world_of
from tests.harness.mqtt import MqttClient, publish
from tests.harness.postgres import Cluster
from tests.harness.responder_process import ResponderProcess
from tests.harness.waiting import until
from tests.harness.world import World


def throw_everybody_out(world: World) -> None:
    """What a restart or a failover does to every connection."""
    url = world.settings.database_url
    assert url is not None
    with psycopg.connect(url.get_secret_value(), autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def goes_round(loop: Loop) -> bool:
    """Once round; whether the database answered."""
    loop._round()
    return loop.store_answers


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
@pytest.mark.parametrize("moment", ["before the act", "at its end"])
def test_thrown_out_in_the_middle_it_is_done_once_afterwards(
    county: World, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    county.home(7, "daughter")
    super(World, county).press("home-7")
    finish = Work.finish
    times: list[int] = []

    def interrupted(work: Work) -> None:
        if not times:
            times.append(1)
            if moment == "at its end":
                finish(work)
            throw_everybody_out(county)
        finish(work)

    monkeypatch.setattr(Work, "finish", interrupted)
    loop = Loop("intake", county.intake.step, 1.0, county.responder.stop)
    assert not goes_round(loop)  # it waits, and says so ...
    assert county.desk.queue(county.operator().actor) == []  # ... and nothing is half there
    assert [goes_round(loop) for _ in range(3)][-1]
    alert = county.alert(7)
    assert county.acts(alert.id) == ["opened"]
    county.forward(minutes=3)
    county.contact("daughter", of=7).expect_asked()


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_two_that_wait_for_each_other_are_told_apart(county: World) -> None:
    """A deadlock or a serialisation failure (class 40) is a reason to try again, not to die."""
    with (
        pytest.raises(StoreUnavailable) as refused,
        county.works.begin(county.clock.now()) as work,
    ):
        work.connection.execute(
            text("DO $$ BEGIN RAISE EXCEPTION 'deadlock' USING ERRCODE = '40P01'; END $$")
        )
    assert refused.value.retryable


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_a_server_that_only_lets_us_read_is_away_until_it_writes_again(
    settings: Settings, database: Callable[[str], Database]
) -> None:
    """After a failover, or where a keeper locks what is nearly full: nobody's message is at fault,
    and nobody who waits need die.
    """
    gateway = database("gateway")
    assert settings.database_url is not None
    url = settings.database_url.get_secret_value()
    with psycopg.connect(
        url, autocommit=True, options="-cdefault_transaction_read_only=off"
    ) as keeper:
        name = keeper.info.dbname
        keeper.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        gateway.engine.dispose()
        asked = text("DELETE FROM quarantine")
        with pytest.raises(StoreUnavailable), gateway.begin() as connection:
            connection.execute(asked)
        keeper.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")
    with gateway.begin() as connection:
        connection.execute(asked)


def test_it_crashes_under_gateway_and_responder_and_comes_back(
    cluster: Cluster, sqlite_settings: Settings
) -> None:
    """Both go on as the processes they are: nothing is acknowledged while it is away, and what
    was pressed meanwhile is there afterwards, once, with its alert.
    """
    settings = sqlite_settings.model_copy(update={"database_url": SecretStr(cluster.url)})
    migrate(settings)
    with world_of(settings, RealClock()) as world:
        hubs = {home: world.hub(f"hub-{home}", home=home) for home in ("before", "during")}
        with gateway_process(settings), ResponderProcess(settings) as responder:
            own = open_database(settings, "responder")
            reads = Reads(own)
            lines = {home: MqttClient(settings.mqtt_port) for home in hubs}
            for home, hub in hubs.items():
                assert lines[home].connect(hub.username, hub.password) == 0
            responder.until_works()
            lines["before"].send(press("before"))
            lines["before"].expect(0x40, 1)
            until(lambda: opened(reads) == {"before": 1})

            cluster.crash()
            lines["during"].send(press("during"))
            until(lambda: not any(works(settings)))
            lines["during"].send(b"\xc0\x00")
            assert lines["during"].read() == (0xD0, b"")  # it is there, and acknowledges nothing

            cluster.start()
            lines["during"].expect(0x40, 1)
            until(lambda: opened(reads) == {"before": 1, "during": 1})
            until(lambda: all(works(settings)))
            assert responder.leave() == 0
            assert len(world.readings()) == len(world.signals()) == 2
            assert chain_report(reads, "oak").whole
            for each in lines.values():
                each.close()
            own.close()


def press(home: str) -> bytes:
    """A pendant behind the home's hub; the receipt is asked for with number 1."""
    body = f'{{"id": "p-{home}", "type": "pendant"}}'.encode()
    return publish(f"telecare/v1/oak/hub-{home}/up/alarm", body, 1)


def works(settings: Settings) -> list[bool]:
    """What gateway and responder say of themselves."""
    return [health_of(settings.data_dir, each).working for each in ("gateway", "responder")]


def opened(reads: Reads) -> Counter[str]:
    """How many alerts of each home were opened for its pendant."""
    lines = reads.open_alerts("oak")
    return Counter(each.alert.home for each in lines if "alarm.pendant" in each.alert.kinds)
