"""One connection to somebody else's broker, with the kernel's own sockets below it."""

from __future__ import annotations

import socket
import struct
import threading

import pytest
from paho.mqtt.client import MQTTMessage

from gateway.brokers import Broker
from gateway.sources.mqtt_broker.connection import Connection, NoConnection

pytestmark = pytest.mark.anyio
RESET = struct.pack("ii", 1, 0)
"""SO_LINGER: closing is cutting off."""


class Nobody:
    def heard(self, message: MQTTMessage) -> None:
        raise AssertionError(message)


async def test_a_proxy_without_a_broker_that_cuts_us_off_is_no_connection() -> None:
    """Between our connecting and our first byte, so that paho has no socket any more."""
    proxy = socket.create_server(("127.0.0.1", 0))
    is_open, was_cut = threading.Event(), threading.Event()

    def cut() -> None:
        client, _ = proxy.accept()
        is_open.wait()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        client.close()
        was_cut.set()

    thread = threading.Thread(target=cut)
    thread.start()
    port = proxy.getsockname()[1]
    broker = Broker(name="county", org="oak", host="127.0.0.1", port=port, listen=(), tls=False)
    connection = Connection(broker, Nobody())

    def opened(*_: object) -> None:
        is_open.set()
        was_cut.wait()

    connection._client.on_socket_open = opened
    try:
        with pytest.raises(NoConnection, match="at once"):
            await connection.open()
    finally:
        connection.close()
        thread.join()
        proxy.close()
