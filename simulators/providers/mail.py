"""A mail server that delivers to nobody: it keeps each letter for whoever looks.

As much of SMTP (RFC 5321) as a sender needs: one letter after the other to one recipient or
several; no encryption, no sign-in.
"""

from __future__ import annotations

import socketserver
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

from telecare.clock import Clock

KEPT = 500
LONGEST_LINE = 2000
LARGEST = 1_000_000
"""Bytes of one letter; whoever sends a larger one is cut off."""
_SILENCE_S = 30.0


@dataclass(frozen=True)
class Arrived:
    """One letter as one recipient has it, and when it came."""

    to: str
    letter: EmailMessage
    at: datetime


class MailCatcher:
    """The last letters taken, the oldest first."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._letters: deque[Arrived] = deque(maxlen=KEPT)

    @property
    def letters(self) -> list[Arrived]:
        """As they stand now."""
        return list(self._letters)

    def keep(self, recipients: list[str], said: bytes) -> None:
        """One letter came."""
        letter = message_from_bytes(said, policy=policy.default)
        self._letters.extend(Arrived(each, letter, self._clock.now()) for each in recipients)

    @contextmanager
    def listening(self, port: int = 0) -> Iterator[int]:
        """On this port of loopback (0: a free one) until the end of the block; the port."""
        with _Server(self, port) as server:
            thread = threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True)
            thread.start()
            try:
                yield server.server_address[1]
            finally:
                server.shutdown()
                thread.join()


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False

    def __init__(self, catcher: MailCatcher, port: int) -> None:
        self.catcher = catcher
        super().__init__(("127.0.0.1", port), _Conversation)


class _Conversation(socketserver.StreamRequestHandler):
    timeout = _SILENCE_S
    server: _Server

    def handle(self) -> None:
        try:
            self._converse()
        except OSError:
            return  # they hung up, or fell silent

    def _converse(self) -> None:
        self._say(220, "simulated mail server")
        recipients: list[str] = []
        while line := self.rfile.readline(LONGEST_LINE):
            said = line.decode("ascii", "replace").strip()
            verb = said.partition(" ")[0].upper()
            if verb == "DATA" and recipients:
                self._say(354, "go on")
                self.server.catcher.keep(recipients, self._letter())
            self._say(_ANSWERS.get(verb, 502), "OK" if verb in _ANSWERS else "not known here")
            if verb == "RCPT":
                recipients.append(said.partition("<")[2].partition(">")[0])
            elif verb in ("MAIL", "RSET", "DATA"):
                recipients = []
            elif verb == "QUIT":
                return

    def _letter(self) -> bytes:
        """Up to the line with a lone dot; a dot that was doubled on the way is one again."""
        found = bytearray()
        while (line := self.rfile.readline(LONGEST_LINE)) not in (b".\r\n", b""):
            found += line.removeprefix(b".")
            if len(found) > LARGEST:
                raise ConnectionError("a letter too large")
        return bytes(found)

    def _say(self, code: int, words: str) -> None:
        self.wfile.write(f"{code} {words}\r\n".encode())


_ANSWERS = {
    "HELO": 250, "EHLO": 250, "MAIL": 250, "RCPT": 250, "DATA": 250, "RSET": 250, "NOOP": 250,
    "QUIT": 221,
}  # fmt: skip
