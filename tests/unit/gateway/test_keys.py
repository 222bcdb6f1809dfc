"""A certificate that was renewed is shown from then on, and nobody restarts anything."""

from __future__ import annotations

import shutil
import ssl
from datetime import timedelta
from pathlib import Path

import pytest

from gateway import examination
from gateway.keys import Shown
from gateway.sources.mqtt_endpoint.tls import DoorTls, server_tls
from telecare import authority
from telecare.authority import TlsFiles, own_tls
from telecare.clock import RealClock
from telecare.settings import Settings


def shown_by(context: ssl.SSLContext) -> bytes | None:
    """What a client is shown that connects now."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    asking = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    asking.check_hostname, asking.verify_mode = False, ssl.CERT_NONE
    client = asking.wrap_bio(to_client, to_server)
    server = context.wrap_bio(to_server, to_client, server_side=True)
    for each in (client, server, client, server):
        try:
            each.do_handshake()
        except ssl.SSLWantReadError:
            continue
    return client.getpeercert(binary_form=True)


def certificate_in(files: TlsFiles) -> bytes:
    first = files.certificate.read_text().partition("-----END CERTIFICATE-----")
    return ssl.PEM_cert_to_DER_cert("".join(first[:2]))


def put(source: Path, target: Path) -> None:
    """As those do who renew certificates: a new file in the place of the old."""
    half = target.with_suffix(".half")
    shutil.copy(source, half)
    half.replace(target)


def test_what_was_renewed_is_shown_and_half_of_it_is_not(tmp_path: Path) -> None:
    old, new = own_tls(tmp_path / "old"), own_tls(tmp_path / "new")
    before, after = certificate_in(old), certificate_in(new)
    doors: list[Shown | DoorTls] = [
        server_tls(old.certificate, old.key), DoorTls(old.certificate, old.key),
    ]  # fmt: skip
    for each in doors:
        each.look()
        assert shown_by(each.context) == before
    put(new.certificate, old.certificate)
    for each in doors:
        each.look()
        assert shown_by(each.context) == before, "its key has not come yet"
    put(new.key, old.key)
    for each in doors:
        each.look()
        assert shown_by(each.context) == after
    old.key.unlink()
    for each in doors:
        each.look()
        assert shown_by(each.context) == after, "what is gone leaves the door as it was"


@pytest.mark.parametrize(("days", "well"), [(400, True), (29, False), (0, False)])
def test_the_doctor_says_when_it_ends(
    sqlite_settings: Settings, monkeypatch: pytest.MonkeyPatch, days: int, well: bool
) -> None:
    assert not [e for e in examination.examine(sqlite_settings) if "certificate" in e.sentence]
    monkeypatch.setattr(authority, "VALID_DAYS", days)
    own_tls(sqlite_settings.data_dir)
    listens = sqlite_settings.model_copy(update={"mqtts_port": 8883})
    (found,) = [e for e in examination.examine(listens) if "certificate" in e.sentence]
    assert found.well is well
    assert f"{RealClock().now() + timedelta(days=days):%d %B %Y}" in found.sentence
