"""Where careline units are listened for: any free port, or the one that was asked for."""

from __future__ import annotations

import asyncio
import errno
import socket
from typing import Any

import pytest

from gateway.carelines import Carelines
from gateway.sources.sip_endpoint import SipEndpoint
from gateway.sources.sip_listener import ANY_PORT_TRIES, SipAddress, SipListener
from telecare.clock import RealClock
from telecare.errors import SettingsError
from telecare.settings import Settings
from tests.harness.careline import SECRET_ONLY
from tests.harness.door import open_door, world_of


@pytest.fixture
def taken_for_udp(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The ports that a stranger takes for UDP right after we have them for TCP."""
    real = asyncio.BaseEventLoop.create_datagram_endpoint
    ports: list[int] = []

    async def first_taken(loop: asyncio.BaseEventLoop, factory: Any, local_addr: object) -> object:
        assert isinstance(local_addr, tuple)
        if len(ports) < ANY_PORT_TRIES - 1:
            ports.append(local_addr[1])
            raise OSError(errno.EADDRINUSE, "Address already in use")
        return await real(loop, factory, local_addr=local_addr)

    monkeypatch.setattr(asyncio.BaseEventLoop, "create_datagram_endpoint", first_taken)
    return ports


def test_when_any_port_will_do_one_taken_for_udp_is_passed_over(
    sqlite_settings: Settings, taken_for_udp: list[int]
) -> None:
    with open_door(sqlite_settings, RealClock(), sip=SECRET_ONLY) as door:
        assert len(taken_for_udp) == ANY_PORT_TRIES - 1
        for port in taken_for_udp:
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", port))
        socket.create_connection(("127.0.0.1", door.sip_ports[0])).close()


def test_a_port_that_was_asked_for_and_is_taken_is_refused_in_one_sentence(
    sqlite_settings: Settings,
) -> None:
    with (
        socket.socket(type=socket.SOCK_DGRAM) as stranger,
        world_of(sqlite_settings, RealClock()) as world,
        open_door(sqlite_settings, RealClock()) as door,
    ):
        stranger.bind(("127.0.0.1", 0))
        taken = SipAddress("127.0.0.1", stranger.getsockname()[1])
        carelines = Carelines(world.register)
        endpoint = SipEndpoint(door.service, carelines, RealClock(), SECRET_ONLY, lambda: 0.0)
        with pytest.raises(SettingsError, match="stop what uses it, or set TELECARE_SIP_PORT"):
            asyncio.run(SipListener(endpoint, carelines).run([taken], asyncio.Event()))
