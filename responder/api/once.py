"""`Idempotency-Key`: a program that heard no answer asks again, and the act is still done once.

Stands before every route that changes something. The answer is kept for 24 hours, sealed,
under the key, the organisation and who asked; a refusal is not kept, because nothing was
done. A revealed keysafe code is never kept: asking again is another entry in the record.
"""

from __future__ import annotations

import base64
import re

from anyio import to_thread
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from responder.api.parts import Parts
from responder.api.problems import problem, status_of
from responder.api.signed_in import whoever
from responder.api.wall import replay
from responder.store.repeats import Answered, Repeatable, under_way
from telecare.errors import InvalidInput, TelecareError

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
LONGEST_KEY = 200
_KEY = re.compile(rf"[!-~]{{1,{LONGEST_KEY}}}")
_WITHOUT = re.compile(
    r"/api/v1/(session.*|enrolment|brokers/.*|.*/keysafe|me/.*"
    r"|devices(/[^/]+/(claim|rotate|replace))?)"
)
"""Changes nothing here, or answers what must not be kept."""


def takes_key(method: str, path: str) -> bool:
    """Whether requests of this method to this path may carry a key."""
    return method == "POST" and path.startswith("/api/") and not _WITHOUT.fullmatch(path)


class Once:
    """Plain ASGI, around the routes and within the wall that bounds the body."""

    def __init__(self, app: ASGIApp, *, parts: Parts) -> None:
        self._app = app
        self._parts = parts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not takes_key(scope["method"], scope["path"]):
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        key = request.headers.get(HEADER)
        if key is None:
            await self._app(scope, receive, send)
            return
        body = await request.body()
        try:
            asked, before = await to_thread.run_sync(self._begin, request, key, body)
        except TelecareError as error:
            await problem(*status_of(error), str(error))(scope, receive, send)
            return
        if before is not None:
            await before(scope, receive, send)
        elif asked is None:
            await self._app(scope, replay(body, receive), send)
        else:
            await self._do(asked, scope, replay(body, receive), send)

    def _begin(
        self, request: Request, key: str, body: bytes
    ) -> tuple[Repeatable | None, Response | None]:
        """The request as it is kept, or the answer it had; neither for a stranger's."""
        if not _KEY.fullmatch(key):
            raise InvalidInput(f"{HEADER} is 1 to {LONGEST_KEY} visible ASCII characters.")
        asker = whoever(request, self._parts)
        if asker is None or asker.locked:
            return None, None
        actor = asker.actor
        asked_for = f"{actor.role} {request.url.path}?{request.url.query} {body.hex()}"
        asked = Repeatable(
            org=actor.org, actor=actor.id, key=key, begun_at=self._parts.clock.now(),
            digest=self._parts.register.key.digest(asked_for),
        )  # fmt: skip
        found = self._parts.repeats.begin(asked, self._parts.clock.speed)
        if found is None:
            return asked, None
        unsealed = base64.b64decode(self._parts.register.key.unseal(found.body))
        again = Response(unsealed, found.status, {REPLAYED: "true"}, found.media_type)
        return None, again

    async def _do(self, asked: Repeatable, scope: Scope, receive: Receive, send: Send) -> None:
        started: Message = {}
        chunks: list[bytes] = []

        async def heard(message: Message) -> None:
            """Nothing is answered before it is kept: who hears the answer hears the same later."""
            if message["type"] == "http.response.start":
                started.update(message)
                return
            chunks.append(message.get("body", b""))
            if message.get("more_body", False):
                return
            try:
                await to_thread.run_sync(self._end, asked, started, b"".join(chunks))
            except TelecareError as error:  # it was done, and may not be kept: see how it stands
                await problem(*status_of(error), str(error))(scope, receive, send)
                return
            await send(started)
            await send({"type": "http.response.body", "body": b"".join(chunks)})

        token = under_way.set(asked)
        try:
            await self._app(scope, receive, heard)
        finally:
            under_way.reset(token)
            if not started:
                await to_thread.run_sync(self._parts.repeats.failed, asked)

    def _end(self, asked: Repeatable, started: Message, body: bytes) -> None:
        if started["status"] >= 500:
            self._parts.repeats.failed(asked)
            return
        if started["status"] >= 400:
            self._parts.repeats.refused(asked)
            return
        headers = Headers(raw=started["headers"])
        sealed = self._parts.register.key.seal(base64.b64encode(body).decode())
        media_type = headers.get("content-type", "application/json")
        self._parts.repeats.answered(asked, Answered(started["status"], media_type, sealed))
