"""A device that shows a certificate instead of a password: the authority is made in the test."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode

from gateway.sources.mqtt_endpoint.listener import Address
from gateway.sources.mqtt_endpoint.tls import DoorTls
from telecare.authority import own_tls
from telecare.clock import RealClock
from telecare.settings import Settings
from tests.harness.door import Door, World, open_door, world_of
from tests.harness.waiting import until

ALARM = "telecare/v1/oak/hub-7/up/alarm"
PRESS = b'{"id": "p-1", "type": "pendant"}'
NOW = RealClock().now()
TOMORROW = NOW + timedelta(days=1)
"""Certificates are judged by the machine's clock, whatever a test's clock says."""


class Authority:
    """A certificate authority for devices."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.certificate = folder / f"{name}.pem"
        self._write(self.certificate, self._sign(self._name, self._key.public_key(), NOW, ca=True))

    def certify(
        self, common_name: str, until_: datetime = TOMORROW, *, on_file: World | None = None
    ) -> tuple[Path, Path]:
        """Certificate and key of a device; with `on_file`, hub-7's own from now on.

        Several common names are joined with "+".
        """
        key = ec.generate_private_key(ec.SECP256R1())
        names = common_name.split("+")
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, each) for each in names])
        start = until_ - timedelta(days=2)
        certificate, private = self._folder / "device.pem", self._folder / "device.key"
        signed = self._sign(subject, key.public_key(), start, ca=False)
        self._write(certificate, signed)
        if on_file is not None:
            digest = signed.fingerprint(hashes.SHA256())
            on_file.register.devices.certify("oak", "hub-7", digest, until_)
        private.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return certificate, private

    def _sign(
        self, subject: x509.Name, key: ec.EllipticCurvePublicKey, start: datetime, *, ca: bool
    ) -> x509.Certificate:
        identifier: x509.ExtensionType = x509.SubjectKeyIdentifier.from_public_key(key)
        if not ca:
            own = self._key.public_key()
            identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(own)
        return (
            x509.CertificateBuilder()
            .add_extension(identifier, critical=False)
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(start - timedelta(hours=1))
            .not_valid_after(start + timedelta(days=2))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .sign(self._key, hashes.SHA256())
        )

    @staticmethod
    def _write(path: Path, certificate: x509.Certificate) -> None:
        path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))


@pytest.fixture
def world(sqlite_settings: Settings) -> Iterator[World]:
    with world_of(sqlite_settings, RealClock()) as made:
        made.hub("hub-7")
        yield made


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path, "devices")


@pytest.fixture
def door(world: World, authority: Authority) -> Iterator[Door]:
    own = own_tls(world.settings.data_dir)
    tls = DoorTls(own.certificate, own.key, authority.certificate)
    listen = [Address("127.0.0.1", 0, tls)]
    with open_door(world.settings, RealClock(), listen=listen) as opened:
        yield opened


def press(
    world: World, door: Door, shown: tuple[Path, Path] | None, *, username: str | None = None
) -> str:
    """Connect, press, leave; what the door said to the connection."""
    answers: list[str] = []

    def on_connect(*said: object) -> None:
        answers.extend(str(each) for each in said if isinstance(each, ReasonCode))

    client = paho.Client(CallbackAPIVersion.VERSION2, "hub", protocol=paho.MQTTv5)
    client.on_connect = on_connect
    context = ssl.create_default_context(cafile=str(own_tls(world.settings.data_dir).authority))
    context.maximum_version = ssl.TLSVersion.TLSv1_2  # its handshake tells a refusal at once
    if shown is not None:
        context.load_cert_chain(*shown)
    client.tls_set_context(context)
    if username is not None:
        client.username_pw_set(username, "")
    with socket.create_connection(("127.0.0.1", door.port)) as raw:
        try:
            context.wrap_socket(raw, server_hostname="127.0.0.1").close()
        except (ssl.SSLError, ConnectionResetError):
            return "no handshake"
    client.connect("127.0.0.1", door.port)
    client.loop_start()
    until(lambda: bool(answers))
    if answers[0] == "Success":
        client.publish(ALARM, PRESS, qos=1).wait_for_publish(20)
    client.disconnect()
    client.loop_stop()
    return answers[0]


def test_the_certificate_is_the_identity(world: World, door: Door, authority: Authority) -> None:
    shown = authority.certify("oak.hub-7", on_file=world)
    assert press(world, door, shown) == "Success"
    assert [signal.device for signal in world.signals()] == ["hub-7"]


def test_an_expired_one_does_not_mute_a_pendant(
    world: World, door: Door, authority: Authority
) -> None:
    shown = authority.certify("oak.hub-7", NOW - timedelta(days=30), on_file=world)
    assert press(world, door, shown) == "Success"


def test_withdrawn_its_press_is_shown_as_such(
    world: World, door: Door, authority: Authority
) -> None:
    shown = authority.certify("oak.hub-7", on_file=world)
    world.register.devices.revoke("oak", "hub-7")
    until(lambda: press(world, door, shown) == "Success")
    assert "withdrawn" in world.signals()[0].why


def test_who_is_not_let_in(world: World, door: Door, authority: Authority, tmp_path: Path) -> None:
    stranger = tmp_path / "stranger"
    stranger.mkdir()
    assert press(world, door, Authority(stranger, "devices").certify("oak.hub-7")) == "no handshake"
    refused = "Bad user name or password"
    assert press(world, door, authority.certify("oak.hub-9")) == refused
    assert press(world, door, authority.certify("oak.hub-7")) == refused, "not the one on file"
    own = authority.certify("oak.hub-7", on_file=world)
    assert press(world, door, own, username="oak.hub-8") == refused, "and says it is another"
    assert press(world, door, None) == refused
    both = authority.certify("oak.hub-7+oak.hub-9", on_file=world)
    assert press(world, door, both) == refused, "nobody can say whose it is"
    assert world.records() == []


@pytest.mark.parametrize("name", ["devices", "devices-2030"])
def test_a_renewed_authority_is_trusted_without_a_restart_and_the_one_before_it_still(
    world: World, authority: Authority, door: Door, tmp_path: Path, name: str
) -> None:
    """A device that enrols has its certificate from the new one, and may have nothing else."""
    before = authority.certify("oak.hub-7", on_file=world)
    kept = before[0].rename(tmp_path / "kept.pem"), before[1].rename(tmp_path / "kept.key")
    (folder := tmp_path / "renewed").mkdir()
    renewed = Authority(folder, name)
    renewed.certificate.replace(authority.certificate)
    assert press(world, door, kept) == "Success"
    shown = renewed.certify("oak.hub-7", on_file=world)
    until(lambda: press(world, door, shown) == "Success")


def test_the_authority_may_be_made_after_the_door_was_opened(world: World, tmp_path: Path) -> None:
    own, later = own_tls(world.settings.data_dir), tmp_path / "devices.pem"
    tls = DoorTls(own.certificate, own.key, later)
    with open_door(world.settings, RealClock(), listen=[Address("127.0.0.1", 0, tls)]) as door:
        shown = Authority(tmp_path, "devices").certify("oak.hub-7", on_file=world)
        until(lambda: press(world, door, shown) == "Success")
