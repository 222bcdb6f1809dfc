"""Secrets: made long and random, kept only as keyed digests, or sealed where we must read them.

A device's secret is 32 random bytes, so a fast keyed hash is enough: argon2 at 82 ms would
need 15 processors when 11,000 hubs come back after a power cut. People's passwords are
short and chosen by people: those are argon2, in `people`.
"""

from __future__ import annotations

import base64
import hmac
import os
import secrets
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from telecare.errors import SettingsError


class SecretKey:
    """The installation's own key: lives in a file, never in a database or a log."""

    def __init__(self, key: bytes) -> None:
        if len(key) != 32:
            raise SettingsError("The key file must hold exactly 32 bytes; restore it from backup.")
        self._digest_key = blake2b(key, person=b"telecare-digest", digest_size=32).digest()
        seal_key = blake2b(key, person=b"telecare-seal", digest_size=32).digest()
        self._fernet = Fernet(base64.urlsafe_b64encode(seal_key))

    def digest(self, secret: str) -> bytes:
        """32 bytes from which the secret cannot be found, nor tried without this key."""
        return blake2b(secret.encode(), key=self._digest_key, digest_size=32).digest()

    def matches(self, secret: str, digest: bytes) -> bool:
        """Whether `digest` is of `secret`; takes the same time either way."""
        return hmac.compare_digest(self.digest(secret), digest)

    def seal(self, text: str) -> bytes:
        """`text` so that only this installation can read it (a keysafe code)."""
        return self._fernet.encrypt(text.encode())

    def unseal(self, sealed: bytes) -> str:
        """The text that was sealed; raises `SettingsError` if it was sealed with another key."""
        try:
            return self._fernet.decrypt(sealed).decode()
        except InvalidToken:
            raise SettingsError(
                "This was sealed with another key; restore keys/register.key from backup."
            ) from None


def opened(key: SecretKey, sealed: str) -> str:
    """What somebody brings back that we sealed; empty for anything else."""
    try:
        return key.unseal(sealed.encode())
    except SettingsError:
        return ""


def key_of(data_dir: Path, *, is_new: Callable[[], bool]) -> SecretKey:
    """The installation's key; made on first use, readable by its owner only. Raises `SettingsError`
    where it is gone and the installation is not new: another key would let no device in.
    """
    path = data_dir / "keys" / "register.key"
    if not path.exists():
        if not is_new():
            raise SettingsError(
                f"There is no {path}, without which no password is known and no keysafe opened: "
                "restore it from backup, or name the folder that has it by TELECARE_DATA_DIR."
            )
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        own = path.with_suffix(f".{os.getpid()}")
        own.touch(mode=0o600)
        own.write_bytes(secrets.token_bytes(32))
        try:
            # Two processes may start together: linking fails for the second.
            os.link(own, path)
        except FileExistsError:
            pass
        finally:
            own.unlink()
    return SecretKey(path.read_bytes())


def new_secret() -> str:
    """A fresh secret of 256 random bits, safe to type and to put in a URL."""
    return secrets.token_urlsafe(32)


def new_id(prefix: str) -> str:
    """A fresh opaque id such as `alert-3f9c...`, 80 random bits."""
    return f"{prefix}-{secrets.token_hex(10)}"
