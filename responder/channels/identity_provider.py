"""An identity provider (OpenID Connect): where people prove to their employer who they are.

The authorization code flow with PKCE, `state` and `nonce`, by authlib. Any provider with
discovery works by configuration alone; nothing of what it tells is kept but the subject.
"""

from __future__ import annotations

import hmac
import secrets
from typing import Any
from urllib.parse import urlsplit

import msgspec
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from requests import RequestException

from responder.channels.allowed_hosts import LOOPBACK
from responder.channels.base import TIMEOUT_SECONDS
from telecare.clock import Clock
from telecare.errors import ChannelRefused, ChannelUnavailable
from telecare.settings import Settings

ASKED_SECONDS = 600
"""Whoever takes longer to sign in there begins again."""
LEEWAY_SECONDS = 60
ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]
DISCOVERY = "/.well-known/openid-configuration"
REFUSED = "This sign-in does not hold; begin again."


class Asked(msgspec.Struct, frozen=True):
    """What we asked the provider with; its answer must fit."""

    state: str
    nonce: str
    verifier: str
    next: str
    at: float
    """Seconds of real time."""

    def written(self) -> str:
        """As text, to be sealed."""
        return msgspec.json.encode(self).decode()

    @classmethod
    def read(cls, text: str) -> Asked:
        """Raises `ChannelRefused` for what is none."""
        try:
            return msgspec.json.decode(text, type=cls)
        except msgspec.DecodeError:
            raise ChannelRefused(REFUSED) from None


class IdentityProvider:
    """One provider, as configured."""

    def __init__(self, settings: Settings, back: str, machine: Clock) -> None:
        assert settings.oidc_issuer is not None
        self.issuer = settings.oidc_issuer
        self._client = settings.oidc_client
        self._secret = settings.oidc_secret.get_secret_value() if settings.oidc_secret else None
        self._back = back
        self._machine = machine

    def ask(self, next_page: str) -> tuple[str, Asked]:
        """Where to send the browser, and what to remember. Raises `ChannelUnavailable`."""
        made = (secrets.token_urlsafe(24), secrets.token_urlsafe(24), secrets.token_urlsafe(48))
        asked = Asked(*made, next_page, self._machine.now().timestamp())
        with self._session() as session:
            there = self._discovered(session)["authorization_endpoint"]
            address, _ = session.create_authorization_url(
                there, state=asked.state, nonce=asked.nonce, code_verifier=asked.verifier
            )
        return str(address), asked

    def subject(self, asked: Asked, code: str, state: str) -> str:
        """Who came back. Raises `ChannelRefused` for whatever does not fit what was asked, and
        `ChannelUnavailable`.
        """
        late = self._machine.now().timestamp() - asked.at > ASKED_SECONDS
        if late or not code or not hmac.compare_digest(asked.state.encode(), state.encode()):
            raise ChannelRefused(REFUSED)
        with self._session() as session:
            known = self._discovered(session)
            try:
                token = session.fetch_token(
                    known["token_endpoint"], code=code, code_verifier=asked.verifier,
                    timeout=TIMEOUT_SECONDS,
                )  # fmt: skip
                keys = self._fetched(session, known["jwks_uri"])
                return self._proved(str(token["id_token"]), keys, asked.nonce)
            except (AuthlibBaseError, JoseError, KeyError, ValueError):
                raise ChannelRefused(REFUSED) from None
            except RequestException:
                raise self._silent() from None

    def _proved(self, token: str, keys: dict[str, Any], nonce: str) -> str:
        """The subject of a token that this provider signed for us, now, for what we asked."""
        decoded = jwt.decode(token, KeySet.import_key_set(keys), algorithms=ALGORITHMS)  # type: ignore[arg-type]
        claims = CodeIDToken(
            decoded.claims, decoded.header,
            {"iss": {"essential": True, "value": self.issuer},
             "aud": {"essential": True, "value": self._client}},
            {"nonce": nonce, "client_id": self._client},
        )  # fmt: skip
        claims.validate(now=int(self._machine.now().timestamp()), leeway=LEEWAY_SECONDS)
        return str(claims["sub"])

    def _session(self) -> Any:
        return OAuth2Session(
            self._client, self._secret, scope="openid", redirect_uri=self._back,
            code_challenge_method="S256",
        )  # fmt: skip

    def _discovered(self, session: Any) -> dict[str, Any]:
        """What the provider says of itself. Raises `ChannelUnavailable`."""
        known = self._fetched(session, self.issuer.rstrip("/") + DISCOVERY)
        places = [known.get(f"{each}_endpoint") for each in ("authorization", "token")]
        if known.get("issuer") != self.issuer or not all(
            map(_is_safe, [*places, known.get("jwks_uri")])
        ):
            raise self._silent()
        return known

    def _fetched(self, session: Any, address: str) -> dict[str, Any]:
        try:
            answer = session.get(address, withhold_token=True, timeout=TIMEOUT_SECONDS)
            answer.raise_for_status()
            said = answer.json()
        except (RequestException, ValueError):
            raise self._silent() from None
        return said if isinstance(said, dict) else {}

    def _silent(self) -> ChannelUnavailable:
        return ChannelUnavailable(
            "Your organisation's sign-in does not answer; sign in with your password here."
        )


def _is_safe(address: object) -> bool:
    """Secrets go by https only, but within this machine."""
    parts = urlsplit(address if isinstance(address, str) else "")
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
