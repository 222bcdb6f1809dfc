"""Digest authentication (RFC 3261, RFC 2617): who knows the secret may speak for the device.

MD5 because units in homes know nothing else; the secret is 256 random bits, so what MD5 is
weak in does not help a guesser. Digest proves who speaks and not what is said: over an open
network use TLS.
"""

from __future__ import annotations

import hmac
import secrets
from collections import OrderedDict
from collections.abc import Callable
from hashlib import blake2b, md5

import msgspec

NONCE_SECONDS = 300.0
"""How long a challenge can be answered; after that a new one is given."""
NONCES_KEPT = 20_000
REALM = "telecare"


class Proven(msgspec.Struct, frozen=True):
    """Whose secret was shown."""

    username: str


class Unproven(msgspec.Struct, frozen=True):
    """No secret was shown, or a wrong one."""

    stale: bool = False
    """The secret was right and the challenge old: the device may answer a new one."""
    tried: bool = False
    """A secret was shown and it was wrong."""


class Challenger:
    """Gives challenges and judges answers. `now` is any seconds that do not go back."""

    def __init__(self, realm: str = REALM) -> None:
        self._realm = realm
        self._key = secrets.token_bytes(32)
        self._counts: OrderedDict[str, int] = OrderedDict()

    def challenge(self, now: float, host: str, *, stale: bool = False) -> str:
        """The value of a WWW-Authenticate header for whoever asks from `host`."""
        begun = f"{int(now):x}-{secrets.token_hex(8)}"
        nonce = f"{begun}-{self._sign(begun, host)}"
        again = ", stale=true" if stale else ""
        return f'Digest realm="{self._realm}", nonce="{nonce}", algorithm=MD5, qop="auth"{again}'

    def check(
        self,
        header: str,
        method: str,
        now: float,
        host: str,
        secret_of: Callable[[str], str | None],
    ) -> Proven | Unproven:
        """Judge an Authorization header; each answer counts once."""
        fields = parameters_of(header)
        nonce, username = fields.get("nonce", ""), fields.get("username", "")
        if not username or not nonce:
            return Unproven()
        secret = secret_of(username)
        expected = self._response(fields, method, secret if secret is not None else "")
        matches = hmac.compare_digest(expected.encode(), fields.get("response", "").encode())
        if secret is None or not matches or fields.get("realm") != self._realm:
            return Unproven(tried=True)
        if not self._is_fresh(nonce, fields.get("nc"), now, host):
            return Unproven(stale=True)
        return Proven(username)

    def _response(self, fields: dict[str, str], method: str, secret: str) -> str:
        first = _md5(f"{fields['username']}:{self._realm}:{secret}")
        second = _md5(f"{method}:{fields.get('uri', '')}")
        if fields.get("qop", "").lower() != "auth":
            return _md5(f"{first}:{fields['nonce']}:{second}")
        between = f"{fields['nonce']}:{fields.get('nc', '')}:{fields.get('cnonce', '')}:auth"
        return _md5(f"{first}:{between}:{second}")

    def _is_fresh(self, nonce: str, count: str | None, now: float, host: str) -> bool:
        begun, _, signature = nonce.rpartition("-")
        if not hmac.compare_digest(self._sign(begun, host).encode(), signature.encode()):
            return False
        if now - int(begun.partition("-")[0], 16) > NONCE_SECONDS + 1:
            return False
        number = int(count, 16) if count and _is_hexadecimal(count) else 1
        if number <= self._counts.get(nonce, 0):
            return False
        self._counts[nonce] = number
        self._counts.move_to_end(nonce)
        if len(self._counts) > NONCES_KEPT:
            self._counts.popitem(last=False)
        return True

    def _sign(self, begun: str, host: str) -> str:
        return blake2b(f"{begun}\0{host}".encode(), key=self._key, digest_size=12).hexdigest()


def parameters_of(header: str) -> dict[str, str]:
    """The parameters of a Digest header, in time linear in its length.

    Not sipmessage's own: its pattern for quoted text is ambiguous, so a header
    made to hurt may take it very long.
    """
    scheme, _, rest = header.strip().partition(" ")
    found: dict[str, str] = {}
    if scheme.lower() != "digest":
        return found
    position, size = 0, len(rest)
    while position < size:
        equals = rest.find("=", position)
        if equals < 0:
            break
        name = rest[position:equals].strip(" ,\t").lower()
        position = equals + 1
        while position < size and rest[position] == " ":
            position += 1
        if position < size and rest[position] == '"':
            end = rest.find('"', position + 1)
            end = size if end < 0 else end
            value, position = rest[position + 1 : end], end + 1
        else:
            end = rest.find(",", position)
            end = size if end < 0 else end
            value, position = rest[position:end].strip(), end + 1
        found.setdefault(name, value)
    return found


def _is_hexadecimal(text: str) -> bool:
    return len(text) <= 8 and all(each in "0123456789abcdefABCDEF" for each in text)


def _md5(text: str) -> str:
    return md5(text.encode(), usedforsecurity=False).hexdigest()
