"""The authority that signs devices' certificates: each device made its own key and keeps it.

A small one of our own in `DATA_DIR/ca/`, or a real deployment's intermediate authority by
TELECARE_DEVICE_CA_CERTIFICATE and TELECARE_DEVICE_CA_KEY, its root kept offline. What a
certificate says is ours: of a device's request only its public key is taken over.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import msgspec
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from telecare.errors import InvalidInput, SettingsError
from telecare.settings import Settings

REQUEST_BYTES = 16 * 1024
_PEM = serialization.Encoding.PEM
_CURVES = (ec.SECP256R1, ec.SECP384R1)
_AUTHORITY_DAYS = 3650


class DeviceCertificate(msgspec.Struct, frozen=True, kw_only=True):
    """What is given to a device, and what we keep of it."""

    pem: str
    """The device's certificate, then the chain up to the authority."""
    digest: bytes
    """SHA-256 of the certificate itself."""
    expires_at: datetime


class DeviceAuthority:
    """Signs requests. Built when the first device asks, for most installations never do."""

    def __init__(self, chain: bytes, key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> None:
        self._chain = chain
        self._issuer = x509.load_pem_x509_certificate(chain)
        self._key = key

    def sign(self, request: str, username: str, now: datetime, days: int) -> DeviceCertificate:
        """A certificate for `username`, the device's key in it.

        Raises `InvalidInput` for what is no request, whose key is weak, or that was not made
        with that key.
        """
        public = _public_key(request)
        until = min(now + timedelta(days=days), self._issuer.not_valid_after_utc)
        certificate = (
            self._builder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, username)]))
            .issuer_name(self._issuer.subject)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(until)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        pem = certificate.public_bytes(_PEM) + self._chain
        return DeviceCertificate(
            pem=pem.decode(),
            digest=certificate.fingerprint(hashes.SHA256()),
            expires_at=certificate.not_valid_after_utc,
        )

    def _builder(self) -> x509.CertificateBuilder:
        """Names the authority's key, where the authority does: a renewed one may have its name."""
        builder = x509.CertificateBuilder()
        try:
            known = self._issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
        except x509.ExtensionNotFound:
            return builder
        named = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(known.value)
        return builder.add_extension(named, critical=False)


def key_in(request: str) -> str:
    """Names the key in a request, which only the device that made it has. Raises as `sign`."""
    public = _public_key(request)
    return public.public_bytes(_PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()


def certificate_of(pem: str, username: str) -> DeviceCertificate:
    """A certificate that the device's maker or another office of ours gave it.

    Raises `InvalidInput` for what is none, or names another device.
    """
    try:
        certificate = x509.load_pem_x509_certificate(pem.encode())
    except ValueError:
        raise InvalidInput("This is no certificate: give it in PEM.") from None
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    if [each.value for each in names] != [username]:
        raise InvalidInput(f"Its common name must be {username}, and there must be no other.")
    return DeviceCertificate(
        pem=pem,
        digest=certificate.fingerprint(hashes.SHA256()),
        expires_at=certificate.not_valid_after_utc,
    )


def device_authority(settings: Settings, now: datetime) -> DeviceAuthority:
    """The installation's authority. Raises `SettingsError` if it cannot be used."""
    certificate, key = settings.device_ca_certificate, settings.device_ca_key
    if certificate is None or key is None:
        certificate, key = _own(settings.data_dir / "ca", now)
    try:
        loaded = serialization.load_pem_private_key(key.read_bytes(), None)
        chain = certificate.read_bytes()
        issuer = x509.load_pem_x509_certificate(chain)
    except (OSError, ValueError, TypeError) as error:
        raise SettingsError(
            f"The authority for devices cannot be read ({error}); check "
            "TELECARE_DEVICE_CA_CERTIFICATE and TELECARE_DEVICE_CA_KEY."
        ) from error
    if not isinstance(loaded, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) or (
        loaded.public_key() != issuer.public_key()
    ):
        raise SettingsError(
            "TELECARE_DEVICE_CA_KEY is not the key of TELECARE_DEVICE_CA_CERTIFICATE; set both."
        )
    return DeviceAuthority(chain, loaded)


def _public_key(
    request: str,
) -> ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey | rsa.RSAPublicKey:
    if len(request) > REQUEST_BYTES:
        raise InvalidInput("The certificate request is too large.")
    try:
        asked = x509.load_pem_x509_csr(request.encode())
        public = asked.public_key()
        is_its_own = asked.is_signature_valid
    except (ValueError, InvalidSignature, TypeError) as error:
        raise InvalidInput("The certificate request is no PKCS#10 request in PEM.") from error
    if not is_its_own:
        raise InvalidInput("The certificate request was not signed with the key that is in it.")
    if isinstance(public, ec.EllipticCurvePublicKey) and isinstance(public.curve, _CURVES):
        return public
    if isinstance(public, ed25519.Ed25519PublicKey):
        return public
    if isinstance(public, rsa.RSAPublicKey) and public.key_size >= 2048:
        return public
    raise InvalidInput("The key must be ECDSA P-256 or P-384, Ed25519, or RSA of 2048 bits.")


def _own(folder: Path, now: datetime) -> tuple[Path, Path]:
    certificate, key = folder / "authority.pem", folder / "authority.key"
    if certificate.exists():
        return certificate, key
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    made = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Telecare devices")])
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(made.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=_AUTHORITY_DAYS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(made.public_key()), critical=False)
        .sign(made, hashes.SHA256())
    )
    key.touch(mode=0o600)
    key.write_bytes(
        made.private_bytes(_PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    # Last and in one step, so that a half-made folder is made again.
    half = certificate.with_suffix(".half")
    half.write_bytes(signed.public_bytes(_PEM))
    half.replace(certificate)
    return certificate, key
