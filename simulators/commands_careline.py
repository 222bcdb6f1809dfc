"""`telecare simulate careline`: one careline unit calls a running installation."""

from __future__ import annotations

import asyncio
import ssl
from typing import Annotated

import typer

from simulators.scaip import Mrs, ScaipUnit
from simulators.sip import Account, SipLine
from telecare.authority import own_tls
from telecare.clock import clock_of
from telecare.errors import InvalidInput
from telecare.settings import Settings, load_settings


def simulate_careline(
    controller: Annotated[str, typer.Argument(help="The unit's own number.")],
    username: Annotated[str, typer.Option(help="As `telecare careline add` printed it.")] = "",
    password: Annotated[
        str, typer.Option(envvar="TELECARE_SIP_PASSWORD", help="As it was printed with it.")
    ] = "",
    device_type: Annotated[int, typer.Option(help="SCAIP's dty: 3 pendant, 5 fall, ...")] = 3,
    status: Annotated[int, typer.Option(help="SCAIP's stc: 10 pressed, 16 battery low.")] = 10,
    message: Annotated[str, typer.Option(help="ME, RE, IN or PI.")] = "ME",
    transport: Annotated[str, typer.Option(help="UDP, TCP or TLS.")] = "UDP",
) -> None:
    """Send one SCAIP call until its answer comes, and print the answer."""
    settings = load_settings()
    port = settings.sips_port if transport == "TLS" else settings.sip_port
    if not port:
        raise InvalidInput("This installation hears no SIP: set TELECARE_SIP_PORT and restart it.")
    line = SipLine(controller, Account(username, password))
    codes = {"mty": message, "dty": f"{device_type:04}", "stc": f"{status:04}"}
    ref = f"{clock_of(settings.data_dir).now():%d%H%M%S%f}"
    answer = asyncio.run(_call(settings, line, port, transport, controller, ref, codes))
    if answer is None:
        typer.echo("Nobody answered.")
        raise typer.Exit(1)
    typer.echo(", ".join(f"{tag} {text}" for tag, text in answer.fields.items()))


async def _call(
    settings: Settings,
    line: SipLine,
    port: int,
    transport: str,
    controller: str,
    ref: str,
    codes: dict[str, str],
) -> Mrs | None:
    tls = None
    if transport == "TLS":
        tls = ssl.create_default_context(cafile=str(own_tls(settings.data_dir).authority))
        tls.check_hostname = False
    await line.open(settings.bind, port, transport, tls)
    unit = ScaipUnit(line, controller)
    listening = asyncio.create_task(unit.listen())
    try:
        return await unit.call(
            ref, tries=3, mty=codes["mty"], dty=codes["dty"], stc=codes["stc"], crd="gsm:"
        )
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        await line.close()
