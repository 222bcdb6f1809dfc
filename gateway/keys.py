"""What we show in a TLS handshake: a certificate and its key, from files."""

from __future__ import annotations

import ssl
from pathlib import Path

from telecare.errors import SettingsError


class KeyLocked(SettingsError):
    """The key is encrypted, and nobody is there to be asked for its passphrase."""


def show(context: ssl.SSLContext, certificate: Path, key: Path | None) -> None:
    """Show this certificate; its key stands in the same file where `key` is None.

    Raises `KeyLocked` at once where OpenSSL would ask on the terminal and wait, and `OSError` or
    `ValueError` for files that cannot be used.
    """

    def nobody_knows() -> str:
        raise KeyLocked(
            f"the key in {key or certificate} is encrypted; give one without a passphrase, such "
            f"as openssl pkey -in {key or certificate} -out NEW.key makes, readable by us alone"
        )

    context.load_cert_chain(certificate, key, nobody_knows)
