"""A real mail server on a free port, as good or bad as the story needs."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import Message
from typing import Any

from aiosmtpd.controller import Controller

from tests.harness.postgres import free_port


class MailServer:
    """Keeps what it took. `answer` is what it says to a recipient, `after` to a letter and
    `farewell` to whoever leaves.
    """

    def __init__(self) -> None:
        self.letters: list[Message] = []
        self.recipients: list[str] = []
        self.encrypted: list[bool] = []
        self.port = free_port()
        self.answer = "250 OK"
        self.after = "250 OK"
        self.farewell = "221 Bye"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's own word
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if self.answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.answer

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.after.startswith("250"):
            self.letters.append(message_from_bytes(envelope.content))
            self.recipients += envelope.rcpt_tos
            self.encrypted.append(session.ssl is not None)
        return self.after

    async def handle_QUIT(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        return self.farewell


@contextmanager
def mail_server(tls: ssl.SSLContext | None = None) -> Iterator[MailServer]:
    """The server, listening until the end of the block."""
    server = MailServer()
    controller = Controller(
        server, hostname="127.0.0.1", port=server.port, tls_context=tls, require_starttls=bool(tls)
    )
    controller.start()
    try:
        yield server
    finally:
        controller.stop()
