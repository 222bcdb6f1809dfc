"""What stands before every route: a limit on size, and headers that make the browser strict."""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from responder.api.problems import problem
from telecare.store.wall import walled

BODY_BYTES = 64 * 1024
"""The largest honest request is a note of 4,000 characters."""
_POLICY = (
    "default-src 'self'; base-uri 'none'; object-src 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)


class Wall:
    """Plain ASGI, so that an open event stream passes through without being gathered up."""

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        self._app = app
        self._secure = secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        with walled(""):  # what a request says of its organisation ends with it
            await self._within(scope, receive, send)

    async def _within(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_static = scope["path"].startswith("/static/")
        by_content = is_static and bool(scope["query_string"])  # as our pages ask for it

        async def send_strict(message: Message) -> None:
            if message["type"] == "http.response.start":
                kept = "no-cache" if is_static else "no-store"
                if by_content and message["status"] in (200, 304):
                    kept = "max-age=31536000, immutable"
                self._add(MutableHeaders(scope=message), kept)
            await send(message)

        body = await _bounded(scope, receive)
        if body is None:
            refusal = problem(413, "Too large", "This is more than the desk accepts at once.")
            await refusal(scope, receive, send_strict)
            return
        await self._app(scope, replay(body, receive), send_strict)

    def _add(self, headers: MutableHeaders, kept: str) -> None:
        headers["Content-Security-Policy"] = _POLICY
        headers["X-Content-Type-Options"] = "nosniff"
        headers["Referrer-Policy"] = "same-origin"
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Cross-Origin-Resource-Policy"] = "same-origin"
        headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()"
        # Pages hold personal data: nothing of them stays on a disk. A static file is kept for good
        # under the address of its content, and else asked for anew: no version meets another's.
        headers["Cache-Control"] = kept
        if self._secure:
            headers["Strict-Transport-Security"] = "max-age=31536000"


async def _bounded(scope: Scope, receive: Receive) -> bytes | None:
    """The whole body, or None when it is too large; nothing is read for GET and HEAD."""
    if scope["method"] in ("GET", "HEAD", "OPTIONS"):
        return b""
    length = Headers(scope=scope).get("content-length", "0")
    if not length.isdigit() or int(length) > BODY_BYTES:
        return None
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return b"".join(parts)
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > BODY_BYTES:
            return None
        parts.append(chunk)
        if not message.get("more_body", False):
            return b"".join(parts)


def replay(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives the body once, then listens for the client's leaving."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again
