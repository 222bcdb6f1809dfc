"""F06: what checks passwords at the broker is broken, or does not know us any more."""

from __future__ import annotations

import signal
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from gateway.broker_health import Knocking
from telecare.authority import own_tls
from telecare.broker_files import hashed
from telecare.clock import HandClock, RealClock
from telecare.settings import Settings
from tests.harness.door import world_of
from tests.harness.ear import county, ear
from tests.harness.mosquitto import OPEN, mosquitto
from tests.harness.waiting import until

SECRET = "a long one, for this test only"


@pytest.mark.parametrize("version", [4, 5], ids=["3.1.1", "5"])
def test_people_are_told_why_and_with_the_password_we_are_back(
    sqlite_settings: Settings, clock: HandClock, tmp_path: Path, version: int
) -> None:
    passwords, ours = tmp_path / "passwords", tmp_path / "ours"
    passwords.write_text("somebody-else:" + hashed(SECRET).line + "\n")
    settings = sqlite_settings
    with (
        world_of(settings, clock) as world,
        mosquitto(tmp_path / "broker", f"password_file {passwords}\n") as broker,
    ):
        asked = county(broker.port, version=version, username="telecare", password_file=ours)
        with ear(settings, clock, asked, now=clock.monotonic) as listening:
            until(lambda: listening.source.attempts >= 2)
            ours.write_text(SECRET + "\n")  # it was being exchanged, and nothing has ended
            until(lambda: listening.source.attempts >= 4)
            clock.forward(seconds=61)
            until(lambda: len(world.signals()) == 1)
            assert "it refuses us: Not authorized" in world.signals()[0].why
            passwords.write_text("telecare:" + hashed(SECRET).line + "\n")
            broker.send(signal.SIGHUP)
            listening.until_listening()


def test_a_password_that_is_no_text_is_told_and_ends_nothing(
    sqlite_settings: Settings, clock: HandClock, tmp_path: Path
) -> None:
    passwords, ours = tmp_path / "passwords", tmp_path / "ours"
    passwords.write_text("telecare:" + hashed(SECRET).line + "\n")
    ours.write_bytes(b"na\xefve")  # somebody's editor wrote Latin-1
    settings = sqlite_settings
    with (
        world_of(settings, clock) as world,
        mosquitto(tmp_path / "broker", f"password_file {passwords}\n") as broker,
    ):
        asked = county(broker.port, username="telecare", password_file=ours)
        with ear(settings, clock, asked, now=clock.monotonic) as listening:
            until(lambda: listening.source.attempts >= 2)
            clock.forward(seconds=61)
            until(lambda: len(world.signals()) == 1)
            assert world.signals()[0].why == (
                "The broker county cannot be used: its password_file cannot be read (it is not "
                "UTF-8 text); see docs/brokers.md. No press arrives from the homes behind it: "
                "ring those who depend on it most."
            )
            ours.write_text(SECRET + "\n")
            listening.until_listening()


def expired(folder: Path) -> tuple[Path, Path, Path]:
    """A certificate of yesterday, its key and its signer."""
    key, now = ec.generate_private_key(ec.SECP256R1()), RealClock().now()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=90))
        .not_valid_after(now - timedelta(days=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    files = folder / "old.pem", folder / "old.key"
    files[0].write_bytes(made.public_bytes(pem))
    files[1].write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    return (*files, files[0])


# paho leaves a socket whose handshake failed to the garbage collector, which says so.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_certificate_that_has_expired_is_told_and_with_a_new_one_we_are_back(
    sqlite_settings: Settings, clock: HandClock, tmp_path: Path
) -> None:
    """The county forgot to renew it: its homes are dark, and somebody must know why."""
    old, new = expired(tmp_path), own_tls(tmp_path / "new")
    shown, key, authority = (tmp_path / name for name in ("shown", "key", "authority"))

    def show(certificate: Path, its_key: Path, signer: Path) -> None:
        shown.write_bytes(certificate.read_bytes())
        key.write_bytes(its_key.read_bytes())
        authority.write_bytes(signer.read_bytes())

    show(*old)
    listener = f"certfile {shown}\nkeyfile {key}\n"
    settings = sqlite_settings
    with (
        world_of(settings, clock) as world,
        mosquitto(tmp_path / "broker", OPEN, listener=listener) as broker,
    ):
        asked = county(broker.port, tls=True, ca_file=authority)
        with ear(settings, clock, asked, now=clock.monotonic) as listening:
            until(lambda: listening.source.attempts >= 2)
            clock.forward(seconds=61)
            until(lambda: len(world.signals()) == 1)
            assert "certificate has expired" in world.signals()[0].why
            show(new.certificate, new.key, new.authority)
            broker.send(signal.SIGHUP)
            listening.until_listening()


def test_an_hour_of_refusals_is_not_a_siege() -> None:
    knocking, passed, attempts = Knocking(), 0.0, 0
    while passed < 3600:
        passed += knocking.wait(0.5)
        attempts += 1
    assert attempts < 330
