"""Who may say and hear what: one table, asked of our door and of a real Mosquitto.

Both versions of MQTT; Mosquitto with the exported files, and with its dynamic security.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from telecare.broker_files import hashed
from telecare.clock import RealClock
from telecare.commands_devices import app
from telecare.register.devices import Device
from telecare.register.grants import allows, grants_of
from telecare.settings import Settings
from telecare.store.migrate import migrate
from tests.harness import rights
from tests.harness.door import Door, World, open_door, world_of
from tests.harness.mosquitto import Mosquitto, mosquitto
from tests.harness.mqtt import MqttClient
from tests.harness.rights import HEARINGS, SAYINGS, WATCHER, WATCHERS_PASSWORD

PLUGIN = "/usr/lib/x86_64-linux-gnu/mosquitto_dynamic_security.so"
VERSIONS = pytest.mark.parametrize("version", [4, 5], ids=["3.1.1", "5"])
SAYING = pytest.mark.parametrize(
    ("topic", "may"), [s[1:] for s in SAYINGS], ids=[s[0] for s in SAYINGS]
)
HEARING = pytest.mark.parametrize(
    ("wanted", "topic", "may"), [h[1:] for h in HEARINGS], ids=[h[0] for h in HEARINGS]
)


class Fleet:
    """Two organisations whose hubs came in by a spreadsheet, and the files for their broker."""

    def __init__(self, world: World, folder: Path, environment: dict[str, str]) -> None:
        self.world = world
        self.folder = folder / "broker"
        self.kept: list[Path] = []
        self._environment = environment
        for org in ("oak", "elm"):
            world.register.organisations.add_organisation(org, org)
            file, kept = folder / f"{org}.csv", folder / f"{org}-passwords.csv"
            file.write_text("device,home\n" + "".join(f"hub-{n},home-{n}\n" for n in (7, 8, 70)))
            self.run("import", file, "--org", org, "--add-homes", "--credentials", kept)
            self.kept.append(kept)
        lines = self.kept[0].read_text().splitlines()[1:]
        self.password = dict(line.split(",") for line in lines)["oak.hub-7"]
        self.export()

    def run(self, *arguments: str | Path) -> str:
        asked = ["devices", *map(str, arguments)]
        ran = CliRunner().invoke(app, asked, env=self._environment, catch_exceptions=False)
        assert ran.exit_code == 0, ran.output
        return ran.stdout

    def export(self) -> str:
        passwords = [word for each in self.kept for word in ("--credentials", each)]
        orgs = ("--org", "oak", "--org", "elm")
        return self.run("export", "mosquitto", *orgs, "--to", self.folder, *passwords)

    def watch(self) -> None:
        """Add a user who sees everything: only so can a test say that nothing got through."""
        names = (WATCHER, WATCHER + "-2")
        secret = hashed(WATCHERS_PASSWORD)
        with (
            (self.folder / "passwords").open("a") as passwords,
            (self.folder / "acl").open("a") as acl,
        ):
            for name in names:
                passwords.write(f"{name}:{secret.line}\n")
                acl.write(f"\nuser {name}\ntopic readwrite #\ntopic readwrite $SYS/#\n")
        path = self.folder / "dynamic-security.json"
        state = msgspec.json.decode(path.read_bytes())
        kinds = ("publishClientSend", "publishClientReceive", "subscribePattern")
        rules = [
            {"acltype": kind, "topic": topic, "priority": 0, "allow": True}
            for kind in kinds
            for topic in ("#", "$SYS/#")
        ]
        state["roles"].append({"rolename": WATCHER, "acls": rules})
        state["clients"] += [
            {
                "username": name, "roles": [{"rolename": WATCHER}],
                "password": secret.digest, "salt": secret.salt, "iterations": 101,
            }
            for name in names
        ]  # fmt: skip
        path.write_bytes(msgspec.json.encode(state))

    def settings(self, kind: str) -> str:
        """The exported settings, one of the two ways."""
        lines = (self.folder / "mosquitto.conf").read_text().splitlines()
        if kind == "files":
            return "\n".join(lines) + "\n"
        own = [line for line in lines if not line.startswith(("password_file", "acl_file"))]
        return "\n".join(line.replace("# plugin", "plugin") for line in own) + "\n"


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    folder = tmp_path_factory.mktemp("rights")
    settings = Settings(data_dir=folder / "var")
    migrate(settings)
    with world_of(settings, RealClock()) as world:
        yield Fleet(world, folder, settings.environment())


@pytest.fixture(scope="module", params=["files", "plugin"])
def broker(fleet: Fleet, request: pytest.FixtureRequest) -> Iterator[Mosquitto]:
    if request.param == "plugin" and not Path(PLUGIN).exists():
        pytest.skip("mosquitto's dynamic security plugin is not where Debian keeps it")
    fleet.export()
    fleet.watch()
    with mosquitto(fleet.folder, fleet.settings(request.param)) as running:
        yield running


@pytest.fixture
def door(fleet: Fleet) -> Iterator[Door]:
    with open_door(fleet.world.settings, RealClock()) as opened:
        yield opened


@VERSIONS
@SAYING
def test_what_arrives_at_our_door(
    fleet: Fleet, door: Door, version: int, topic: str, *, may: bool
) -> None:
    before = len(fleet.world.records()) + len(fleet.world.quarantine())
    press = b'{"id": "%d-%d", "type": "pendant"}' % (version, before)
    with MqttClient(door.port, version=version) as hub:
        assert hub.connect("oak.hub-7", fleet.password, client_id="hub-7") == 0
        answer = hub.publish(topic, press)
    after = len(fleet.world.records()) + len(fleet.world.quarantine())
    assert (after > before) is may
    assert (answer == 0) is may, "what does not arrive is never answered as a success"


@VERSIONS
@HEARING
def test_what_is_granted_at_our_door(
    fleet: Fleet, door: Door, version: int, wanted: str, topic: str, *, may: bool
) -> None:
    with MqttClient(door.port, version=version) as hub:
        assert hub.connect("oak.hub-7", fleet.password, client_id="hub-7") == 0
        assert (hub.subscribe(wanted) < 0x80) is may


@VERSIONS
@SAYING
def test_what_arrives_at_mosquitto(
    fleet: Fleet, broker: Mosquitto, version: int, topic: str, *, may: bool
) -> None:
    arrived, answer = rights.arrives(broker.port, version, fleet.password, topic)
    assert arrived is may
    if version == 5:
        assert (answer == 0) is may


@VERSIONS
@HEARING
def test_what_is_heard_at_mosquitto(
    fleet: Fleet, broker: Mosquitto, version: int, wanted: str, topic: str, *, may: bool
) -> None:
    assert rights.is_heard(broker.port, version, fleet.password, wanted, topic) is may


@VERSIONS
def test_in_3_1_1_mosquitto_answers_a_refusal_as_a_success(
    fleet: Fleet, broker: Mosquitto, version: int
) -> None:
    """Why no device is believed to be set up well before its test press went round."""
    _, answer = rights.arrives(
        broker.port, version, fleet.password, "telecare/v1/oak/hub-8/up/alarm"
    )
    assert answer == {4: 0, 5: 135}[version]


@VERSIONS
def test_strangers_and_guesses_stay_outside(fleet: Fleet, broker: Mosquitto, version: int) -> None:
    for username, password in (
        ("oak.hub-7", "guess"),
        ("oak.hub-7", ""),
        ("elm.hub-7", fleet.password),
        ("oak.hub-9", fleet.password),
        ("telecare-gateway", fleet.password),
    ):
        with MqttClient(broker.port, version=version) as stranger:
            assert stranger.connect(username, password, client_id="stranger") != 0


def test_the_gateway_hears_every_hub_of_its_organisations(fleet: Fleet, broker: Mosquitto) -> None:
    secret = (fleet.folder / "gateway.password").read_text().strip()
    with MqttClient(broker.port) as gateway, MqttClient(broker.port) as hub:
        assert gateway.connect("telecare-gateway", secret, client_id="gateway") == 0
        for org in ("oak", "elm"):
            assert gateway.subscribe(f"telecare/v1/{org}/+/up/#") < 0x80
        assert hub.connect("oak.hub-7", fleet.password, client_id="hub-7") == 0
        assert hub.subscribe("telecare/v1/oak/hub-7/down/#") < 0x80
        assert hub.publish("telecare/v1/oak/hub-7/up/alarm", b"{}") == 0
        assert gateway.delivered()[0] == "telecare/v1/oak/hub-7/up/alarm"
        assert gateway.publish("telecare/v1/oak/hub-7/down/receipt", b"{}") == 0
        assert hub.delivered()[0] == "telecare/v1/oak/hub-7/down/receipt"


@pytest.mark.parametrize(("topic", "may"), [each[1:] for each in SAYINGS])
def test_the_rule_for_other_brokers_says_the_same(topic: str, *, may: bool) -> None:
    grants = grants_of(Device(org="oak", device="hub-7", home="home-7"))
    assert allows(grants, "publish", topic) is may


@pytest.mark.parametrize(("wanted", "may"), [(h[1], h[3]) for h in HEARINGS])
def test_and_of_hearing(wanted: str, *, may: bool) -> None:
    grants = grants_of(Device(org="oak", device="hub-7", home="home-7"))
    assert allows(grants, "subscribe", wanted) is may


def test_a_bridge_may_hear_its_own_commands_there(fleet: Fleet) -> None:
    setting = {"bridge": {"dialects": ["zigbee2mqtt", "../#", 7], "native_topics": True}}
    grants = grants_of(Device(org="oak", device="hub-7", home="home-7", settings=setting))
    assert [each.filter for each in grants] == [
        "telecare/v1/oak/hub-7/up/#",
        "telecare/v1/oak/hub-7/down/#",
        "telecare/v1/oak/hub-7/up/zigbee2mqtt/#",
    ]


def test_revoked_and_exported_again_it_is_thrown_out(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "var")
    migrate(settings)
    with world_of(settings, RealClock()) as world:
        fleet = Fleet(world, tmp_path, settings.environment())
        assert (
            fleet.export()
            == f"6 devices are in {fleet.folder}; 0 of them have no password there.\n"
        )
        with (
            mosquitto(fleet.folder, fleet.settings("files")) as broker,
            MqttClient(broker.port) as live,
        ):
            assert live.connect("oak.hub-7", fleet.password, client_id="hub-7") == 0
            world.register.devices.revoke("oak", "hub-7")
            fleet.export()
            broker.send(signal.SIGHUP)
            live.disconnect_reason()
            with MqttClient(broker.port) as again:
                assert again.connect("oak.hub-7", fleet.password, client_id="hub-7") == 5
    assert "hub-7\n" not in (fleet.folder / "acl").read_text().replace("elm.hub-7", "")
