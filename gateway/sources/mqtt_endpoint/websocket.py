"""MQTT over WebSocket (MQTT 5.0, section 6): the same connection inside binary frames.

No extension is spoken, so nothing a client sends grows by being unpacked. Who never
finishes the opening falls silent like anybody who never sends CONNECT.
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Any, cast

from websockets.frames import CloseCode, Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import CONNECTING, OPEN
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

from gateway.sources.mqtt_endpoint.codec import CONNECT_LIMIT

PATH = "/mqtt"
_DATA = (Opcode.BINARY, Opcode.CONT)
FRAME_LIMIT = 1024 * 1024
"""Bytes of one frame; a packet may come in several, and a frame may hold several."""
OPENING_LIMIT = CONNECT_LIMIT
"""Bytes that a stranger may have us hold: for the opening, and then for each frame until we said
something, which is a welcome or the end."""


class WebSocket(asyncio.Protocol):
    """Carries `inner`, which sees a transport like any other."""

    def __init__(self, inner: asyncio.Protocol) -> None:
        self._inner = inner
        self._protocol = ServerProtocol(subprotocols=[Subprotocol("mqtt")], max_size=OPENING_LIMIT)
        self._transport: asyncio.Transport | None = None
        self._opening = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._inner.connection_made(_Framed(self, self._transport))

    def data_received(self, data: bytes) -> None:
        if self._protocol.state is CONNECTING:
            self._opening += len(data)
            if self._opening > OPENING_LIMIT and self._transport is not None:
                self._transport.abort()
                return
        self._protocol.receive_data(data)
        for event in self._protocol.events_received():
            if isinstance(event, Request):
                if not self._protocol.eof_sent:  # what came behind it was no frame
                    self._answer(event)
            elif isinstance(event, Frame):
                self._read(event)
        self.flush()

    def eof_received(self) -> bool:
        """The client sends no more: answer what must be answered, then close."""
        self._protocol.receive_eof()
        self.flush()
        return False

    def pause_writing(self) -> None:
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        self._inner.resume_writing()

    def connection_lost(self, error: Exception | None) -> None:
        self._inner.connection_lost(error)

    def _answer(self, request: Request) -> None:
        if request.path.partition("?")[0] == PATH:
            response = self._protocol.accept(request)
        else:
            response = self._protocol.reject(HTTPStatus.NOT_FOUND, f"MQTT is at {PATH}.\n")
        self._protocol.send_response(response)

    def _read(self, frame: Frame) -> None:
        if frame.opcode is Opcode.TEXT:
            self._protocol.fail(CloseCode.UNSUPPORTED_DATA, "MQTT comes in binary frames.")
        elif frame.opcode in _DATA and self._protocol.state is not CONNECTING:
            # Also when a goodbye came in one piece with it: a press of QoS 0 comes but once.
            self._inner.data_received(bytes(frame.data))

    def send(self, data: bytes) -> None:
        """One binary frame; nothing before the opening is done or after the closing began."""
        if self._protocol.state is OPEN:
            self._protocol.max_message_size = FRAME_LIMIT
            self._protocol.send_binary(data)
            self.flush()

    def leave(self) -> None:
        """Say the closing; the transport follows when all is written."""
        if self._protocol.state is OPEN:
            self._protocol.send_close(CloseCode.NORMAL_CLOSURE)
        self.flush()
        if self._transport is not None:
            self._transport.close()

    def flush(self) -> None:
        """Write what the protocol has to say; an empty piece is its end."""
        if self._transport is None:
            return
        for piece in self._protocol.data_to_send():
            if piece:
                self._transport.write(piece)
            else:
                self._transport.close()


class _Framed(asyncio.Transport):
    """What the inner connection takes for its socket."""

    def __init__(self, socket: WebSocket, transport: asyncio.Transport) -> None:
        super().__init__()
        self._socket = socket
        self._transport = transport

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self._socket.send(bytes(data))

    def close(self) -> None:
        self._socket.leave()

    def abort(self) -> None:
        self._transport.abort()

    def is_closing(self) -> bool:
        return self._transport.is_closing()

    def pause_reading(self) -> None:
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        self._transport.resume_reading()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._transport.get_extra_info(name, default)
