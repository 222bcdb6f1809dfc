"""Careline units for tests: registered, with a line to a running gateway."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_network

from gateway.commands_careline import register_careline
from gateway.sources.sip_endpoint import Terms
from simulators.scaip import ScaipUnit
from simulators.sip import Account, SipLine
from tests.harness.door import World

SECRET_ONLY = Terms()
LOOPBACK_TRUSTED = Terms((ip_network("127.0.0.0/8"),))
STRAYS_TO_OAK = Terms((ip_network("127.0.0.0/8"),), "oak")


def unit_account(
    world: World, device: str, controller: str, *, unit: str = "", home: str | None = None,
    org: str = "oak",
) -> Account:  # fmt: skip
    """A registered careline unit, and how it proves itself."""
    world.hub(device, home=home, org=org)
    issued = register_careline(world.register, org, device, controller, unit)
    return Account(issued["username"], issued["password"])


@asynccontextmanager
async def sip_line(
    port: int,
    account: Account | None = None,
    *,
    transport: str = "UDP",
    user: str = "10149471",
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[SipLine]:
    """A unit's line, hung up at the end."""
    line = SipLine(user, account or Account())
    await line.open("127.0.0.1", port, transport, tls)
    try:
        yield line
    finally:
        await line.close()


@asynccontextmanager
async def scaip_unit(
    port: int,
    account: Account | None = None,
    *,
    controller: str = "10149471",
    transport: str = "UDP",
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[ScaipUnit]:
    """A unit that listens for answers."""
    async with sip_line(port, account, transport=transport, user=controller, tls=tls) as line:
        unit = ScaipUnit(line, controller)
        listening = asyncio.create_task(unit.listen())
        try:
            yield unit
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
