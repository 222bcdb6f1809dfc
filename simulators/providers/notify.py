"""GOV.UK Notify, as its documentation has it: texts and letters by template, receipts.

Tokens are HS256 JWTs of the service, at most 30 s old; errors come as
`{"status_code", "errors": [{"error", "message"}]}`; receipts are posted to one address with
a bearer token. A number that ends in 000 is one it will never take.
"""

from __future__ import annotations

import asyncio
import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

import httpx
import jwt
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from simulators.providers.moods import Behaviour, Mood, Postbag
from simulators.providers.serving import out_of_sorts
from telecare.clock import Clock, RealClock

SMS_TEMPLATE = "5f1e7a2c-1b1f-4a5e-9b59-0d5a1f0b7c11"
LETTER_TEMPLATE = "9c0d2b44-2f0a-4a9b-8a55-6a7de9c1a022"
_TEMPLATES = {SMS_TEMPLATE: "sms", LETTER_TEMPLATE: "letter"}
_FIELDS = {"sms": ("message",), "letter": ("heading", "message", "address_line_1")}
_CLOCK_SECONDS = 30
_STATUS = {Mood.FAILS: "permanent-failure"}


@dataclass
class Taken:
    """One message Notify has taken."""

    id: str
    kind: str
    to: str
    reference: str | None
    words: dict[str, str]
    at: datetime
    status: str = "created"


@dataclass
class Notify:
    """One service at Notify. `callback` is where its receipts go, with `token`."""

    clock: Clock
    callback: str | None = None
    token: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    service: str = field(default_factory=lambda: str(uuid4()))
    secret: str = field(default_factory=lambda: str(uuid4()))

    def __post_init__(self) -> None:
        self.behaviour = Behaviour(self.clock)
        self.taken: list[Taken] = []
        self.refused: list[int] = []
        self.postbag = Postbag(self._receipt)
        self.app = _app(self)

    @property
    def api_key(self) -> str:
        """As an administrator copies it from Notify's pages."""
        return f"duty-{self.service}-{self.secret}"

    def deliver(self) -> None:
        """Send the receipts that wait."""
        self.postbag.deliver(self.behaviour.mood)

    def take(self, kind: str, body: dict[str, Any]) -> Taken:
        """It is theirs from now on; what becomes of it follows from the mood."""
        words = body.get("personalisation") or {}
        to = body.get("phone_number") or words.get("address_line_1", "")
        now = self.clock.now()
        taken = Taken(str(uuid4()), kind, to, body.get("reference"), words, now)
        self.taken.append(taken)
        if self.behaviour.mood is not Mood.LOSES:
            taken.status = _STATUS.get(self.behaviour.mood, "delivered")
            if self.callback and kind == "sms":
                self.postbag.put(self._said(taken), self.callback)
        return taken

    def _said(self, taken: Taken) -> dict[str, str]:
        at = self.clock.now().strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        return {
            "id": taken.id, "reference": taken.reference or "", "to": taken.to,
            "status": taken.status, "created_at": at, "completed_at": at, "sent_at": at,
            "notification_type": taken.kind, "template_id": SMS_TEMPLATE,
        }  # fmt: skip

    def _receipt(self, receipt: dict[str, str], address: str) -> int:
        headers = {"Authorization": f"Bearer {self.token}"}
        body = {**receipt, "template_version": 1}
        return httpx.post(address, json=body, headers=headers, trust_env=False).status_code


def _app(notify: Notify) -> FastAPI:
    app = FastAPI(title="GOV.UK Notify", openapi_url=None)

    @app.get("/v2/notifications")
    def find(request: Request, reference: str = "") -> Response:
        refusal = _who(notify, request)
        if refusal is not None:
            return refusal
        found = [each for each in notify.taken if each.reference == reference]
        shown = [{"id": each.id, "reference": each.reference, "status": each.status}
                 for each in found]  # fmt: skip
        return JSONResponse({"notifications": shown, "links": {"current": str(request.url)}})

    @app.get("/v2/template/{template}")
    async def template(request: Request, template: str) -> Response:
        refusal = await out_of_sorts(notify.behaviour) or _who(notify, request)
        if refusal is not None:
            return refusal
        if template not in _TEMPLATES:
            return _error(404, "NoResultFound", "No result found")
        return JSONResponse({"id": template, "type": _TEMPLATES[template], "version": 1})

    @app.post("/v2/notifications/{kind}")
    async def send(request: Request, kind: str) -> Response:
        refusal = await out_of_sorts(notify.behaviour) or _who(notify, request)
        if refusal is None:
            refusal = _refusal(notify, kind, await request.json())
        if refusal is not None:
            notify.refused.append(refusal.status_code)
            return refusal
        taken = notify.take(kind, await request.json())
        if notify.behaviour.mood is Mood.ANSWER_LOST:
            await asyncio.sleep(notify.behaviour.hang_seconds)
        uri = f"{request.base_url}v2/notifications/{taken.id}"
        content = {"body": taken.words.get("message", ""), "from_number": "GOVUK"}
        said = {"id": taken.id, "reference": taken.reference, "uri": uri, "content": content}
        return JSONResponse(said, 201)

    return app


def _who(notify: Notify, request: Request) -> Response | None:
    """None for a token of our service that is fresh, else the refusal."""
    token = request.headers.get("authorization", "").removeprefix("Bearer ")
    try:
        claims = jwt.decode(
            token, notify.secret, algorithms=["HS256"], options={"verify_iat": False}
        )
    except jwt.InvalidTokenError:
        return _error(403, "AuthError", "Invalid token: signature, api token not found")
    if claims.get("iss") != notify.service:
        return _error(403, "AuthError", "Invalid token: service not found")
    if abs(RealClock().now().timestamp() - claims.get("iat", 0)) > _CLOCK_SECONDS:
        told = "Error: Your system clock must be accurate to within 30 seconds"
        return _error(403, "AuthError", told)
    return None


def _refusal(notify: Notify, kind: str, body: dict[str, Any]) -> Response | None:
    refused = _fault(kind, body)
    if refused is None and notify.behaviour.mood is Mood.REFUSES:
        told = "Can't send to this recipient when service is in trial mode"
        refused = "BadRequestError", told
    if refused is not None:
        return _error(400, *refused)
    if not notify.behaviour.has_room():
        told = "Exceeded rate limit for key type LIVE of 3000 requests per 60 seconds"
        return _error(429, "RateLimitError", told)
    return None


def _fault(kind: str, body: dict[str, Any]) -> tuple[str, str] | None:
    """What is wrong with the request itself: kind of error and words."""
    if _TEMPLATES.get(str(body.get("template_id"))) != kind:
        return "BadRequestError", "Template not found"
    words = body.get("personalisation") or {}
    missing = [name for name in _FIELDS[kind] if not words.get(name)]
    if missing:
        return "BadRequestError", f"Missing personalisation: {', '.join(missing)}"
    number = re.sub(r"\D", "", str(body.get("phone_number", "")))
    if kind == "sms" and (len(number) < 10 or number.endswith("000")):
        return "ValidationError", "phone_number Not enough digits"
    if kind == "letter" and "address_line_3" not in words:
        return "ValidationError", "Address must be at least 3 lines"
    return None


def _error(status: int, kind: str, message: str) -> Response:
    return JSONResponse(
        {"status_code": status, "errors": [{"error": kind, "message": message}]}, status
    )
