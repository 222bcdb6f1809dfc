"""What is signed for devices, and by whom."""

from __future__ import annotations

from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from telecare.clock import HandClock
from telecare.device_authority import device_authority
from telecare.settings import Settings


def test_a_device_is_told_which_of_two_authorities_of_one_name_signed_for_it(
    tmp_path: Path, clock: HandClock
) -> None:
    """Renewed, an authority keeps its name: without its key's a handshake may try the wrong one."""
    key = ec.generate_private_key(ec.SECP256R1())
    asked = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    request = asked.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()
    authority = device_authority(Settings(data_dir=tmp_path), clock.now())
    pem = authority.sign(request, "oak.hub-7", clock.now(), 365).pem
    signed, issuer = x509.load_pem_x509_certificates(pem.encode())
    own = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    told = signed.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier)
    assert told.value.key_identifier == own.value.digest
