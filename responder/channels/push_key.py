"""The key under which this installation sends to browsers; they know us by its public half."""

from __future__ import annotations

import base64
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02


def vapid_key(data_dir: Path) -> Vapid02:
    """The installation's key in `keys/vapid.pem`; made on first use, readable by its owner."""
    path = data_dir / "keys" / "vapid.pem"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        made = Vapid02()
        made.generate_keys()
        path.touch(mode=0o600)
        path.write_bytes(made.private_pem())
    return Vapid02.from_file(str(path))


def public_key(key: Vapid02) -> str:
    """What a browser must be told to take our messages and nobody else's."""
    point = key.public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return base64.urlsafe_b64encode(point).decode().rstrip("=")
