"""A TCP line that can die without a word: both its ends stay open and nothing arrives any more."""

from __future__ import annotations

import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_TURN_SECONDS = 0.05


class BlackHole:
    """Listens on a free port and carries every connection on to `target`, until it swallows."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._lines: dict[socket.socket, socket.socket] = {}
        self._dead: set[socket.socket] = set()
        self._stop = threading.Event()
        self._is_swallowing = False
        self._thread = threading.Thread(target=self._carry, name="black-hole")
        self.port: int = self._listening.getsockname()[1]
        self.swallowed = 0
        """Bytes that came to either side of a dead line and went nowhere."""

    def swallow(self) -> None:
        """The connections of now are dead for ever: no byte, no goodbye. New ones live."""
        self._is_swallowing = True
        while self._is_swallowing:
            self._stop.wait(_TURN_SECONDS)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._stop.set()
        self._thread.join()
        for each in (self._listening, *self._lines, *self._dead):
            each.close()

    def _carry(self) -> None:
        while not self._stop.is_set():
            if self._is_swallowing:
                self._dead.update(self._lines)
                self._is_swallowing = False
            watched = [self._listening, *self._lines]
            for ready in select.select(watched, (), (), _TURN_SECONDS)[0]:
                if ready is self._listening:
                    self._accept()
                elif ready in self._lines:
                    self._carry_on(ready)

    def _accept(self) -> None:
        near, _ = self._listening.accept()
        far = socket.create_connection(("127.0.0.1", self._target))
        self._lines |= {near: far, far: near}

    def _carry_on(self, near: socket.socket) -> None:
        try:
            data = near.recv(65536)
        except OSError:
            data = b""
        far = self._lines[near]
        if near in self._dead:
            self.swallowed += len(data)
            if not data:  # this end gave up; the other is not told
                del self._lines[near]
                near.close()
        elif data:
            far.sendall(data)
        else:
            for each in (near, far):
                del self._lines[each]
                each.close()


@contextmanager
def black_hole(target: int) -> Iterator[BlackHole]:
    """A line to `target` for the length of the block."""
    made = BlackHole(target)
    made.start()
    try:
        yield made
    finally:
        made.close()
