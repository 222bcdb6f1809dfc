"""What we show in a TLS handshake: a certificate and its key, from files."""

from __future__ import annotations

import ssl
from contextlib import suppress
from pathlib import Path

from telecare.errors import SettingsError
from telecare.observe import log


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


class Shown:
    """A certificate shown in `context`, and the next one once its files have changed: whoever
    renews it need not restart us.
    """

    def __init__(self, context: ssl.SSLContext, certificate: Path, key: Path) -> None:
        """Raises as `show` does."""
        self.context = context
        self._files = (certificate, key)
        self._seen = self._stamps()  # before they are read: what changes meanwhile is seen again
        show(context, *self._files)

    def look(self) -> None:
        """Show what the files hold now. While they cannot be used, the one before is shown."""
        stamps = self._stamps()
        if stamps == self._seen:
            return
        with suppress(OSError, ValueError, KeyLocked):
            # Tried apart first: files that do not belong together would spoil the context.
            show(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), *self._files)
            show(self.context, *self._files)
            self._seen = stamps
            log("gateway").info("certificate_renewed")

    def _stamps(self) -> list[tuple[int, int] | None]:
        return [stamp(each) for each in self._files]


def stamp(file: Path) -> tuple[int, int] | None:
    """Another one whenever the file was written anew; None where there is none."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino
