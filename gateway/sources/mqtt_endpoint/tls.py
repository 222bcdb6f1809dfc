"""The door over TLS: what we show, and whose certificates we take for a device's own."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

from gateway.keys import KeyLocked, Shown, stamp
from telecare.errors import SettingsError

_NO_CHECK_TIME = 0x200000
"""X509_V_FLAG_NO_CHECK_TIME of OpenSSL, which Python has no name for."""


class DoorTls:
    """TLS 1.2 or newer with this certificate. A client may show one of its own.

    `authority` (PEM) vouches for devices' certificates; the file may come later, when the first
    device asks for one. An expired certificate passes the handshake: a date must not mute a
    pendant. Our own is shown anew once it was renewed. Raises `SettingsError` if a file cannot be
    used.
    """

    def __init__(self, certificate: Path, key: Path, authority: Path | None = None) -> None:
        self._shown = server_tls(certificate, key)
        self.context = self._shown.context
        self._authority = authority
        self._trusted: tuple[int, int] | None = None
        if authority is not None:
            self.context.verify_mode = ssl.CERT_OPTIONAL
            self.context.verify_flags = ssl.VerifyFlags(self.context.verify_flags | _NO_CHECK_TIME)
        self.look()

    def look(self) -> None:
        """Show our own certificate as its files hold it now, and trust the authority that its file
        holds now, beside the ones before: what they signed is heard until we start anew.
        """
        self._shown.look()
        if self._authority is None or (found := stamp(self._authority)) in (None, self._trusted):
            return
        try:
            self.context.load_verify_locations(cafile=self._authority)
        except (OSError, ssl.SSLError) as error:
            raise SettingsError(
                f"The authority for devices {self._authority} cannot be read ({error}); check "
                "TELECARE_DEVICE_CA_CERTIFICATE."
            ) from error
        self._trusted = found


def server_tls(certificate: Path, key: Path) -> Shown:
    """TLS 1.2 or newer with this certificate. Raises `SettingsError` if it cannot be used."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        return Shown(context, certificate, key)
    except (OSError, KeyLocked) as error:
        raise SettingsError(
            f"The TLS certificate {certificate} or its key cannot be used ({error}); check "
            "TELECARE_TLS_CERTIFICATE and TELECARE_TLS_KEY."
        ) from error


def shown_certificate(transport: asyncio.BaseTransport) -> bytes | None:
    """The client's certificate (DER) that the handshake found good, if it showed one."""
    tls = transport.get_extra_info("ssl_object")
    shown: bytes | None = tls.getpeercert(binary_form=True) if tls is not None else None
    return shown or None
