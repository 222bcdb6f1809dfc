"""The file of brokers, and what is wrong with one in a sentence."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from gateway.brokers import NATIVE, Broker, read_brokers
from gateway.sources.mqtt_broker.connection import Connection, FilesUnusable
from gateway.sources.mqtt_endpoint.tls import server_tls
from telecare.authority import own_tls
from telecare.errors import SettingsError
from tests.unit.gateway.test_broker_connection import Nobody

WHOLE = """
[[broker]]
name = "county"
org = "oak"
host = "mqtt.example"
port = 8883
username = "telecare-gateway"

[[broker.listen]]
filter = "telecare/v1/oak/+/up/#"

[[broker.listen]]
filter = "application/+/device/+/event/+"
dialect = "chirpstack"
device_level = 4

[[broker.listen]]
filter = "farm/zigbee2mqtt/#"
root = "farm/"
dialect = "zigbee2mqtt"
device = "bridge-7"
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "brokers.toml"
    path.write_text(text)
    return path


def test_none_is_none() -> None:
    assert read_brokers(None) == []


def test_what_is_left_out_is_safe(tmp_path: Path) -> None:
    (county,) = read_brokers(written(tmp_path, WHOLE))
    assert (county.version, county.tls, county.session) == (5, True, "telecare-county")
    assert county.session_hours == 168
    assert [each.dialect for each in county.listen] == [NATIVE, "chirpstack", "zigbee2mqtt"]
    assert county.password() is None


def test_the_first_filter_that_matches_decides_who_speaks(tmp_path: Path) -> None:
    (county,) = read_brokers(written(tmp_path, WHOLE))
    levels = ["application", "1", "device", "70b3d5", "event", "up"]
    found = county.find(levels)
    assert found is not None
    assert found.device_named(levels) == "70b3d5"
    assert county.find(["something", "else"]) is None
    assert county.find(["$SYS", "broker"]) is None


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        ('name = "county"', 'name = "the county"', "letters, digits and hyphens"),
        ("port = 8883", 'port = "8883"', r"Expected `int`.*docs/brokers.md"),
        ('host = "mqtt.example"', 'hosst = "x"', "hosst"),
        ("port = 8883", "port = 8883\nversion = 3", "version is 4"),
        ("port = 8883", "port = 8883\nsession_hours = 0", "session_hours"),
        ("telecare/v1/oak/+", "telecare/v1/+/+", "must begin with telecare/v1/oak/"),
        ('dialect = "chirpstack"', 'dialect = "latin"', "latin is no dialect"),
        ("device_level = 4", "", "either device or device_level"),
        ('root = "farm/"', 'root = "barn/"', "does not begin with its root"),
        ("[[broker]]", "[[broker", "cannot be used"),
    ],
)
def test_a_fault_is_one_sentence_that_names_it(
    tmp_path: Path, before: str, after: str, fault: str
) -> None:
    with pytest.raises(SettingsError, match=fault):
        read_brokers(written(tmp_path, WHOLE.replace(before, after, 1)))


@pytest.mark.parametrize(
    ("named", "held", "fault"),
    [
        ("password_file", None, "password_file cannot be read .No such file"),
        ("password_file", b"na\xefve", "password_file cannot be read .it is not UTF-8"),
        ("ca_file", None, "ca_file, certificate_file or key_file cannot be used"),
        ("ca_file", b"\xff\xfe", "ca_file, certificate_file or key_file cannot be used"),
    ],
)
def test_a_file_that_cannot_be_used_is_one_sentence_and_takes_no_other_broker_away(
    tmp_path: Path, named: str, held: bytes | None, fault: str
) -> None:
    if held is not None:
        (tmp_path / "held").write_bytes(held)
    port = f'port = 8883\n{named} = "{tmp_path / "held"}"'
    city = WHOLE.replace("county", "city").replace("bridge-7", "bridge-8")
    first, second = read_brokers(written(tmp_path, WHOLE.replace("port = 8883", port) + city))
    with pytest.raises(SettingsError, match=fault):
        first.require_files()
    second.require_files()


def test_listening_to_nothing_and_twice_one_name(tmp_path: Path) -> None:
    nothing = WHOLE.partition("[[broker.listen]]")[0] + "listen = []\n"
    with pytest.raises(SettingsError, match="listens to nothing"):
        read_brokers(written(tmp_path, nothing))
    with pytest.raises(SettingsError, match="another one has its name"):
        read_brokers(written(tmp_path, WHOLE + WHOLE))


def own_certificate(folder: Path, passphrase: bytes | None) -> tuple[Path, Path]:
    """A certificate of ours, and its key as a person may have made it."""
    files = own_tls(folder)
    if passphrase is not None:
        key = serialization.load_pem_private_key(files.key.read_bytes(), None)
        files.key.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.BestAvailableEncryption(passphrase),
            )
        )
    return files.certificate, files.key


def city_with_a_key(folder: Path, passphrase: bytes | None) -> Broker:
    certificate, key = own_certificate(folder, passphrase)
    ours = f'port = 8883\ncertificate_file = "{certificate}"\nkey_file = "{key}"'
    (city,) = read_brokers(written(folder, WHOLE.replace("port = 8883", ours)))
    return city


def test_an_encrypted_key_is_refused_in_a_sentence_and_nobody_is_asked(tmp_path: Path) -> None:
    city = city_with_a_key(tmp_path, b"correct horse")
    with pytest.raises(SettingsError, match=r"county cannot be used: the key in .* is encrypted;"):
        city.require_files()


@pytest.mark.anyio
async def test_a_key_that_is_exchanged_for_an_open_one_is_used_at_the_next_connection(
    tmp_path: Path,
) -> None:
    city = city_with_a_key(tmp_path, b"correct horse")
    with pytest.raises(FilesUnusable, match="is encrypted"):
        Connection(city, Nobody())
    shutil.rmtree(tmp_path / "tls")
    own_certificate(tmp_path, None)
    Connection(city, Nobody()).close()


def test_our_own_door_does_not_ask_for_a_passphrase_either(tmp_path: Path) -> None:
    certificate, key = own_certificate(tmp_path, b"correct horse")
    with pytest.raises(SettingsError, match="TELECARE_TLS_KEY"):
        server_tls(certificate, key)
