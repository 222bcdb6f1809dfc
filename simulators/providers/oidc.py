"""An identity provider, as OpenID Connect has it: discovery, authorize, token, keys.

The authorization code flow with PKCE (S256) for one client. Whoever is `signed_in` there is
whoever the next browser is; codes hold once and for a minute.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from fastapi import FastAPI, Form, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from simulators.providers.moods import Behaviour
from simulators.providers.serving import out_of_sorts
from telecare.clock import Clock

CODE_HOLDS = timedelta(minutes=1)
TOKEN_HOLDS = timedelta(minutes=5)


@dataclass
class Code:
    """One authorization code and what it was asked with."""

    redirect_uri: str
    nonce: str | None
    challenge: str | None
    claims: dict[str, Any]
    until: datetime


@dataclass
class IdentityProvider:
    """One tenant of it; `issuer` is its own base address."""

    clock: Clock
    issuer: str = ""
    client_id: str = "telecare"
    client_secret: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    redirect_uris: tuple[str, ...] = ()
    signed_in: dict[str, Any] = field(
        default_factory=lambda: {"sub": "staff-1", "email": "staff-1@council.example"}
    )

    def __post_init__(self) -> None:
        self.behaviour = Behaviour(self.clock)
        self.codes: dict[str, Code] = {}
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.kid = secrets.token_hex(4)
        self.app = _app(self)

    def id_token(self, code: Code) -> str:
        """Who is signed in, signed for our client."""
        now = self.clock.now()
        claims = {
            **code.claims, "iss": self.issuer, "aud": self.client_id, "iat": now,
            "exp": now + TOKEN_HOLDS, **({"nonce": code.nonce} if code.nonce else {}),
        }  # fmt: skip
        pem = self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return jwt.encode(claims, pem, algorithm="RS256", headers={"kid": self.kid})

    def jwks(self) -> dict[str, Any]:
        """The keys its tokens are checked with."""
        jwk = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
        return {"keys": [{**jwk, "kid": self.kid, "use": "sig", "alg": "RS256"}]}


def _app(provider: IdentityProvider) -> FastAPI:
    app = FastAPI(title="identity provider", openapi_url=None)

    @app.get("/.well-known/openid-configuration")
    async def discovery() -> Response:
        issuer = provider.issuer
        said = {
            "issuer": issuer, "authorization_endpoint": f"{issuer}/authorize",
            "token_endpoint": f"{issuer}/token", "jwks_uri": f"{issuer}/jwks",
            "response_types_supported": ["code"], "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
        }  # fmt: skip
        return await out_of_sorts(provider.behaviour) or JSONResponse(said)

    @app.get("/jwks")
    async def jwks() -> Response:
        return await out_of_sorts(provider.behaviour) or JSONResponse(provider.jwks())

    @app.get("/authorize")
    async def authorize(request: Request) -> Response:
        return await out_of_sorts(provider.behaviour) or _authorized(provider, request)

    @app.post("/token")
    async def token(
        request: Request,
        code: Annotated[str, Form()] = "",
        redirect_uri: Annotated[str, Form()] = "",
        code_verifier: Annotated[str, Form()] = "",
    ) -> Response:
        refusal = await out_of_sorts(provider.behaviour)
        if refusal is not None:
            return refusal
        if not await _is_client(provider, request):
            return JSONResponse({"error": "invalid_client"}, 401)
        asked = provider.codes.pop(code, None)
        if asked is None or not _holds(provider, asked, redirect_uri, code_verifier):
            return JSONResponse({"error": "invalid_grant"}, 400)
        said = {
            "access_token": secrets.token_urlsafe(16), "token_type": "Bearer",
            "expires_in": int(TOKEN_HOLDS.total_seconds()), "id_token": provider.id_token(asked),
        }  # fmt: skip
        return JSONResponse(said, headers={"Cache-Control": "no-store"})

    return app


def _authorized(provider: IdentityProvider, request: Request) -> Response:
    asked = request.query_params
    back = asked.get("redirect_uri", "")
    if asked.get("client_id") != provider.client_id or back not in provider.redirect_uris:
        return JSONResponse({"error": "invalid_request"}, 400)
    if asked.get("response_type") != "code" or "openid" not in asked.get("scope", "").split():
        refused = {"error": "invalid_request", "state": asked.get("state", "")}
        return RedirectResponse(f"{back}?{urlencode(refused)}", 302)
    code = secrets.token_urlsafe(16)
    until = provider.clock.now() + CODE_HOLDS
    claims = dict(provider.signed_in)
    provider.codes[code] = Code(
        back, asked.get("nonce"), asked.get("code_challenge"), claims, until
    )
    given = {"code": code, "state": asked.get("state", "")}
    return RedirectResponse(f"{back}?{urlencode(given)}", 302)


async def _is_client(provider: IdentityProvider, request: Request) -> bool:
    form = await request.form()
    pair = f"{provider.client_id}:{provider.client_secret}".encode()
    basic = f"Basic {base64.b64encode(pair).decode()}"
    posted = (form.get("client_id"), form.get("client_secret"))
    ours = (provider.client_id, provider.client_secret)
    return request.headers.get("authorization") == basic or posted == ours


def _holds(provider: IdentityProvider, code: Code, redirect_uri: str, verifier: str) -> bool:
    digest = hashlib.sha256(verifier.encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    proved = code.challenge is None or code.challenge == challenge
    return proved and redirect_uri == code.redirect_uri and provider.clock.now() < code.until
