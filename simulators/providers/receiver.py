"""An organisation's own system that takes webhooks, and a messenger's service."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI, Request, Response

from simulators.providers.moods import Behaviour, Mood
from simulators.providers.serving import out_of_sorts
from telecare.clock import Clock


@dataclass
class Receiver:
    """Keeps each event once, by its id; takes only what is signed with `secret`, if it has one."""

    clock: Clock
    secret: str | None = field(default_factory=lambda: secrets.token_urlsafe(16))
    """None: takes what is not signed too, as a messenger's service does."""

    def __post_init__(self) -> None:
        self.behaviour = Behaviour(self.clock)
        self.events: dict[str, dict[str, Any]] = {}
        self.received = 0
        self.refused: list[int] = []
        self.hears: Callable[[bytes], object] = len
        """Told each body that is taken, those taken before too."""
        self.app = _app(self)


def _app(receiver: Receiver) -> FastAPI:
    app = FastAPI(title="receiver", openapi_url=None)

    @app.post("/{path:path}")
    async def take(request: Request, path: str) -> Response:  # noqa: ARG001
        body = await request.body()
        refusal = await out_of_sorts(receiver.behaviour)
        status = refusal.status_code if refusal else _status(receiver, request, body)
        if status >= 300:
            receiver.refused.append(status)
            return Response(status_code=status, headers={"Retry-After": "1", "Location": "/"})
        event = await request.json()
        receiver.received += 1
        receiver.hears(body)
        receiver.events[str(event.get("id", receiver.received))] = event
        if receiver.behaviour.mood is Mood.ANSWER_LOST:
            await asyncio.sleep(receiver.behaviour.hang_seconds)
        return Response(status_code=status)

    return app


def _status(receiver: Receiver, request: Request, body: bytes) -> int:
    if receiver.secret is not None and not _is_signed(
        receiver.secret, request.headers.get("telecare-signature", ""), body
    ):
        return 401
    if receiver.behaviour.mood is Mood.REFUSES:
        return 422
    return 202 if receiver.behaviour.has_room() else 429


def _is_signed(secret: str, header: str, body: bytes) -> bool:
    parts = dict(part.split("=", 1) for part in header.split(",") if "=" in part)
    said = f"{parts.get('t', '')}.".encode() + body
    due = hmac.new(secret.encode(), said, hashlib.sha256).hexdigest()
    return hmac.compare_digest(due, parts.get("v1", ""))
