"""Somebody outside who listens for beats, over real HTTP, and fires when they stop."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import msgspec

from responder.channels.watch import OutsideBeat
from telecare.clock import HandClock

SILENCE = timedelta(minutes=5)


class Watcher:
    """Keeps what it heard and the longest record it ever saw of each organisation."""

    def __init__(self, clock: HandClock) -> None:
        self.clock = clock
        self.beats: list[OutsideBeat] = []
        self.tokens: list[str | None] = []
        self.answer = 204
        self.last = clock.now()
        self.url = ""
        self._sequences: dict[str, int] = {}
        self.cut: set[str] = set()

    @property
    def fires(self) -> bool:
        """No beat for five minutes: somebody is called out of bed."""
        return self.clock.now() - self.last >= SILENCE

    def hear(self, body: bytes, token: str | None) -> int:
        """A beat arrives; a record shorter than before is seen."""
        beat = msgspec.json.decode(body, type=OutsideBeat)
        self.tokens.append(token)
        if self.answer != 204:
            return self.answer
        self.beats.append(beat)
        self.last = self.clock.now()
        for org, (sequence, _) in beat.heads.items():
            if sequence < self._sequences.get(org, 0):
                self.cut.add(org)
            self._sequences[org] = max(sequence, self._sequences.get(org, 0))
        return 204


@contextmanager
def watcher(clock: HandClock) -> Iterator[Watcher]:
    """A watcher on a free port of this machine."""
    heard = Watcher(clock)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(heard.hear(body, self.headers["Authorization"]))
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    heard.url = f"http://127.0.0.1:{server.server_port}/beat"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield heard
    server.shutdown()
    thread.join()
    server.server_close()
