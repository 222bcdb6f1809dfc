"""Clients people really use, in both versions, plain and over TLS: welcome, heard, refused.

The certificates are of an authority that the test makes with openssl.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.sources.mqtt_endpoint.tls import DoorTls
from telecare.clock import RealClock
from telecare.settings import Settings
from telecare.store.migrate import migrate
from tests.harness import makes
from tests.harness.door import World, open_door, world_of
from tests.harness.makes import Answer, Outcome, Visit

MAKES = ["mosquitto", "paho", "aiomqtt", "mqtt.js"]
VERSIONS = {4: "3.1.1", 5: "5"}
WIRES = ["plain", "tls"]
TABLE = [(make, version, wire) for make in MAKES for version in VERSIONS for wire in WIRES]

WRONG_PASSWORD: dict[int, Answer] = {4: 4, 5: 134}
"""Bad user name or password, in each version's words."""
TRANSLATES = {"paho", "aiomqtt"}
"""Clients that tell the codes of 3.1.1 in the words of 5."""
FOREIGN_TOPIC: dict[int, Answer] = {4: "closed", 5: 135}
"""3.1.1 has no word for a refusal, and a PUBACK would look like success."""
SAYS_NOTHING = {("aiomqtt", 5)}
"""Clients that keep the reason in a PUBACK to themselves: there a receipt alone is proof."""


def openssl(folder: Path, *arguments: str) -> None:
    ran = subprocess.run(
        ["openssl", *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ca.pem, and server.pem with server.key that it signed."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is missing: install Debian's openssl")
    folder = tmp_path_factory.mktemp("authority")
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    openssl(folder, "req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem",
            "-subj", "/CN=Test authority", "-days", "2")  # fmt: skip
    openssl(folder, "req", *key, "-keyout", "server.key", "-out", "server.csr",
            "-subj", "/CN=localhost")  # fmt: skip
    (folder / "names").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
    openssl(folder, "x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
            "-CAcreateserial", "-out", "server.pem", "-days", "2", "-extfile", "names")  # fmt: skip
    return folder


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    settings = Settings(data_dir=tmp_path_factory.mktemp("clients") / "var")
    migrate(settings)
    with world_of(settings, RealClock()) as made:
        yield made


@pytest.fixture(scope="module")
def visits(world: World, authority: Path) -> Iterator[dict[tuple[str, int, str], Visit]]:
    """A visit for every cell of the table, to one door."""
    hub = world.hub("hub-7")
    base, tls = (
        "telecare/v1/oak/hub-7/",
        DoorTls(authority / "server.pem", authority / "server.key"),
    )
    with open_door(world.settings, RealClock(), tls=tls) as door:
        yield {
            (make, version, wire): Visit(
                name=f"{make}-{version}-{wire}",
                port=door.tls_port if wire == "tls" else door.port,
                ca=str(authority / "ca.pem") if wire == "tls" else None,
                version=version,
                username=hub.username,
                password=hub.password,
                press=f'{{"id": "{make}-{version}-{wire}", "type": "pendant"}}',
                up=base + "up/alarm",
                down=base + "down/receipt",
                foreign="telecare/v1/oak/hub-8/up/alarm",
            )
            for make, version, wire in TABLE
        }


@pytest.fixture(scope="module")
def in_javascript(visits: dict[tuple[str, int, str], Visit]) -> dict[str, Outcome]:
    """MQTT.js makes all its visits in one process."""
    if shutil.which("node") is None or not (makes.MQTT_JS / "node_modules" / "mqtt").exists():
        pytest.skip("MQTT.js is missing: run scripts/parts, which needs Debian's nodejs and npm")
    return makes.mqtt_js([visit for cell, visit in visits.items() if cell[0] == "mqtt.js"])


@pytest.mark.parametrize(
    ("make", "version", "wire"), TABLE, ids=[f"{m}-{VERSIONS[v]}-{w}" for m, v, w in TABLE]
)
def test_it_comes_in_is_heard_and_is_refused_properly(
    world: World,
    visits: dict[tuple[str, int, str], Visit],
    request: pytest.FixtureRequest,
    make: str,
    version: int,
    wire: str,
) -> None:
    visit = visits[make, version, wire]
    if make == "mosquitto":
        if shutil.which("mosquitto_pub") is None:
            pytest.skip("mosquitto_pub is missing: install Debian's mosquitto-clients")
        outcome = makes.mosquitto_clients(visit)
    elif make == "paho":
        outcome = makes.paho_client(visit)
    elif make == "aiomqtt":
        outcome = makes.aiomqtt_client(visit)
    else:
        outcome = request.getfixturevalue("in_javascript")[visit.name]
    assert outcome.taken == 0
    assert outcome.receipt == visit.name
    assert outcome.refused == WRONG_PASSWORD[5 if make in TRANSLATES else version]
    told = 0 if (make, version) in SAYS_NOTHING else FOREIGN_TOPIC[version]
    assert outcome.foreign == told
    assert visit.name in {each.id for each in world.readings()}
    assert {each.device for each in world.signals()} == {"hub-7"}
