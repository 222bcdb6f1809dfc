"""A certificate authority of the installation's own, for MQTT over TLS without any set-up.

Made once in `DATA_DIR/tls/`: `authority.pem` is what devices are given to trust,
`server.pem` and `server.key` are what the gateway shows. Keys are ECDSA P-256: an RSA
handshake costs several times the processor when 11,000 hubs come back at once. A real
deployment sets TELECARE_TLS_CERTIFICATE and TELECARE_TLS_KEY instead.
"""

from __future__ import annotations

import ipaddress
from datetime import timedelta
from pathlib import Path

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from telecare.clock import RealClock

VALID_DAYS = 825
_NAMES: list[x509.GeneralName] = [
    x509.DNSName("localhost"),
    x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
    x509.IPAddress(ipaddress.ip_address("::1")),
]


class TlsFiles(msgspec.Struct, frozen=True):
    """Where the PEM files are."""

    authority: Path
    certificate: Path
    key: Path


def own_tls(data_dir: Path) -> TlsFiles:
    """The installation's own certificate, made on first use; its key only the owner can read."""
    folder = data_dir / "tls"
    files = TlsFiles(folder / "authority.pem", folder / "server.pem", folder / "server.key")
    if not files.certificate.exists():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _make(files)
    return files


def _make(files: TlsFiles) -> None:
    authority_key = ec.generate_private_key(ec.SECP256R1())
    server_key = ec.generate_private_key(ec.SECP256R1())
    authority_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Telecare own authority")])
    server_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Telecare gateway")])
    authority = (
        _certificate(authority_name, authority_name, authority_key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=True), critical=True)
        .add_extension(
            x509.SubjectKeyIdentifier.from_public_key(authority_key.public_key()), critical=False
        )
        .sign(authority_key, hashes.SHA256())
    )
    server = (
        _certificate(server_name, authority_name, server_key)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs=False), critical=True)
        .add_extension(x509.SubjectAlternativeName(_NAMES), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()),
            critical=False,
        )
        .sign(authority_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    files.key.touch(mode=0o600)
    files.key.write_bytes(
        server_key.private_bytes(
            pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    # The authority's own key is thrown away: it signs this one certificate and no other.
    files.authority.write_bytes(authority.public_bytes(pem))
    # Last and in one step, so that a half-made folder is made again.
    half = files.certificate.with_suffix(".half")
    half.write_bytes(server.public_bytes(pem) + authority.public_bytes(pem))
    half.replace(files.certificate)


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey
) -> x509.CertificateBuilder:
    now = RealClock().now()
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=VALID_DAYS))
    )


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs,
        crl_sign=signs,
        encipher_only=False,
        decipher_only=False,
    )
