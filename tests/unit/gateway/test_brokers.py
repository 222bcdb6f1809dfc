"""The file of brokers, and what is wrong with one in a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.brokers import NATIVE, read_brokers
from telecare.errors import SettingsError

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
