"""A line to PostgreSQL that breaks after a COMMIT: it was done, and nobody is told so."""

from __future__ import annotations

import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_TURN_SECONDS = 0.02
_COMMIT = b"COMMIT\x00"


class CommitCutter:
    """Listens on a free port and carries every connection on to `target`."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._clients: dict[socket.socket, socket.socket] = {}
        self._servers: dict[socket.socket, socket.socket] = {}
        self._doomed: set[socket.socket] = set()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._carry, name="commit-cutter")
        self._left = 0
        self.port: int = self._listening.getsockname()[1]
        self.cuts = 0
        """How often a line was cut."""

    def cut(self, number: int) -> None:
        """The `number`th COMMIT from now on (1: the next) is done and never answered."""
        self._left = number

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._stop.set()
        self._thread.join()
        for each in (self._listening, *self._clients, *self._servers):
            each.close()

    def _carry(self) -> None:
        while not self._stop.is_set():
            watched = [self._listening, *self._clients, *self._servers]
            for ready in select.select(watched, (), (), _TURN_SECONDS)[0]:
                if ready is self._listening:
                    near, _ = self._listening.accept()
                    far = socket.create_connection(("127.0.0.1", self._target))
                    self._clients[near], self._servers[far] = far, near
                elif ready in self._clients:
                    self._ask(ready)
                elif ready in self._servers:
                    self._answer(ready)

    def _ask(self, client: socket.socket) -> None:
        data = _received(client)
        if _COMMIT in data and self._left:
            self._left -= 1
            if not self._left:
                self._doomed.add(client)
        if data:
            self._clients[client].sendall(data)
        else:
            self._end(client)

    def _answer(self, server: socket.socket) -> None:
        data, client = _received(server), self._servers[server]
        if client in self._doomed:
            self.cuts += 1
            self._end(client)
        elif data:
            client.sendall(data)
        else:
            self._end(client)

    def _end(self, client: socket.socket) -> None:
        server = self._clients.pop(client)
        del self._servers[server]
        self._doomed.discard(client)
        client.close()
        server.close()


def _received(line: socket.socket) -> bytes:
    try:
        return line.recv(65536)
    except OSError:
        return b""


@contextmanager
def commit_cutter(target: int) -> Iterator[CommitCutter]:
    """A line to `target` for the length of the block."""
    made = CommitCutter(target)
    made.start()
    try:
        yield made
    finally:
        made.close()
