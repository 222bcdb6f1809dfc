"""A push service and the browsers that subscribed with it.

Answers as RFC 8030 has it: 201 taken, 404 and 410 gone, 413 too large, 429 slow down; wants
VAPID (RFC 8292) for its own origin, and its browsers unseal what they are sent (RFC 8291).
"""

from __future__ import annotations

import base64
import json
import os
import secrets
from dataclasses import dataclass, field
from typing import Any

import http_ece
import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from fastapi import FastAPI, Request, Response

from simulators.providers.moods import Behaviour, Mood
from simulators.providers.serving import out_of_sorts
from telecare.clock import Clock

LARGEST_BYTES = 4096


@dataclass
class Browser:
    """One browser on a telephone: shows the last message of each tag."""

    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    auth: bytes = field(default_factory=lambda: os.urandom(16))
    shown: dict[str, dict[str, str]] = field(default_factory=dict)
    gone: bool = False

    @property
    def p256dh(self) -> str:
        """The public key it gives to whoever may write to it."""
        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return _text(point)

    @property
    def auth_text(self) -> str:
        """Its shared secret, as it gives it to whoever may write to it."""
        return _text(self.auth)

    def unseal(self, body: bytes) -> dict[str, str]:
        """What it was sent, in clear. Raises what `http_ece` says of a body not for it."""
        clear = http_ece.decrypt(
            body, private_key=self.key, auth_secret=self.auth, version="aes128gcm"
        )
        read: dict[str, str] = json.loads(clear)
        return read


@dataclass
class PushService:
    """Where browsers subscribe; `origin` is its own base address."""

    clock: Clock
    origin: str = ""

    def __post_init__(self) -> None:
        self.behaviour = Behaviour(self.clock)
        self.browsers: dict[str, Browser] = {}
        self.refused: list[int] = []
        self.taken = 0
        self.app = _app(self)

    def subscribe(self) -> tuple[str, Browser]:
        """A new browser and the endpoint under which it can be reached."""
        name, browser = secrets.token_urlsafe(16), Browser()
        self.browsers[name] = browser
        return f"{self.origin}/push/{name}", browser


def _app(service: PushService) -> FastAPI:
    app = FastAPI(title="push service", openapi_url=None)

    @app.post("/push/{name}")
    async def push(request: Request, name: str) -> Response:
        body = await request.body()
        refusal = await out_of_sorts(service.behaviour)
        status = refusal.status_code if refusal else _status(service, request, name, body)
        if status != 201:
            service.refused.append(status)
            return Response(status_code=status, headers={"Retry-After": "1"})
        if service.behaviour.mood is not Mood.LOSES:
            said = service.browsers[name].unseal(body)
            service.browsers[name].shown[said["tag"]] = said
        service.taken += 1
        return Response(status_code=201, headers={"Location": f"{service.origin}/m/{name}"})

    return app


def _status(service: PushService, request: Request, name: str, body: bytes) -> int:
    browser = service.browsers.get(name)
    headers = request.headers
    if browser is None:
        return 404
    if browser.gone or service.behaviour.mood is Mood.REFUSES:
        return 410
    if not _is_vapid(headers.get("authorization", ""), service.origin):
        return 401
    if headers.get("content-encoding") != "aes128gcm" or "ttl" not in headers:
        return 400
    if len(body) > LARGEST_BYTES:
        return 413
    return 201 if service.behaviour.has_room() else 429


def _is_vapid(header: str, origin: str) -> bool:
    kind, _, rest = header.partition(" ")
    if kind.lower() != "vapid":
        return False
    parts = dict(part.strip().split("=", 1) for part in rest.split(",") if "=" in part)
    try:
        point = _bytes(parts["k"])
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
        claims: dict[str, Any] = jwt.decode(
            parts["t"], key, algorithms=["ES256"], audience=origin, options={"verify_iat": False}
        )
    except (KeyError, ValueError, jwt.InvalidTokenError):
        return False
    return str(claims.get("sub", "")).startswith(("mailto:", "https:"))


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
