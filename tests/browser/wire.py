"""A wire between browser and server that a test can cut or freeze, as networks do."""

from __future__ import annotations

import selectors
import socket
import threading
import time


class Wire:
    """Forwards bytes both ways; while frozen, connections stay open and nothing moves."""

    def __init__(self, port: int) -> None:
        self._target = ("127.0.0.1", port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._flowing = threading.Event()
        self._flowing.set()
        self._closed = False
        self.delay = 0.0
        """Seconds that what a browser sends is under way."""
        self._pairs: set[tuple[socket.socket, socket.socket]] = set()
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def freeze(self) -> None:
        """From now on every connection is half-open: no byte and no end arrives."""
        self._flowing.clear()

    def thaw(self) -> None:
        """Bytes flow again; what was under way is cut, as after a real outage."""
        for pair in list(self._pairs):
            for end in pair:
                end.close()
        self._flowing.set()

    def close(self) -> None:
        """Cut everything."""
        self._closed = True
        self._flowing.set()
        self._listener.close()
        for pair in list(self._pairs):
            for end in pair:
                end.close()

    def _accept(self) -> None:
        while not self._closed:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(near,), daemon=True).start()

    def _carry(self, near: socket.socket) -> None:
        self._flowing.wait()
        try:
            far = socket.create_connection(self._target, 5)
        except OSError:
            near.close()
            return
        pair = (near, far)
        self._pairs.add(pair)
        try:
            with selectors.DefaultSelector() as selector:
                selector.register(near, selectors.EVENT_READ, far)
                selector.register(far, selectors.EVENT_READ, near)
                while not self._closed:
                    for key, _ in selector.select(0.5):
                        data = key.fileobj.recv(65536)  # type: ignore[union-attr]
                        self._flowing.wait()
                        if key.fileobj is near:
                            time.sleep(self.delay)
                        if not data:
                            return
                        key.data.sendall(data)
        except (OSError, ValueError):
            return
        finally:
            self._pairs.discard(pair)
            near.close()
            far.close()
