"""Commands for careline units: their number and secret, and whom they call for voice."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer
from sipmessage import URI

from gateway.carelines import numbers_of
from gateway.decoders.scaip import plain_number
from gateway.sources.in_call import InCall, nowip_command, nowip_select, scaip_tone
from telecare.command_line import Org
from telecare.errors import InvalidInput, NotFound
from telecare.register import open_register
from telecare.register.devices import Device
from telecare.register.register import Register
from telecare.register.secrets import new_secret
from telecare.settings import load_settings

app = typer.Typer(
    name="careline", help="Careline units that speak SCAIP or NOW-IP.", no_args_is_help=True
)


@app.command("add")
def careline_add(
    device: Annotated[str, typer.Argument(help="The device's id.")],
    org: Org,
    controller: Annotated[str, typer.Option(help="The unit's own number (cid), digits.")],
    unit: Annotated[str, typer.Option(help="The dwelling's number behind a controller.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines.")] = False,
) -> None:
    """Say which number a registered device has, and print its SIP secret, once."""
    issued = register_careline(open_register(load_settings()), org, device, controller, unit)
    if as_json:
        typer.echo(msgspec.json.encode(issued).decode())
        return
    for name, value in issued.items():
        typer.echo(f"{name}: {value}")


@app.command("call-target")
def careline_call_target(
    uri: Annotated[str, typer.Argument(help="sip:... or tel:...")], org: Org
) -> None:
    """Say whom an organisation's units call for voice."""
    try:
        URI.parse(uri)
    except ValueError:
        raise InvalidInput(
            f"{uri} cannot be called; write it like sip:desk@example.org or tel:+441305000000."
        ) from None
    open_register(load_settings()).organisations.change_settings(
        org, lambda known: known | {"call_target": uri}, what="call_target"
    )
    typer.echo(f"Units of {org} are told to call {uri}.")


@app.command("in-call")
def careline_in_call(
    unit: Annotated[
        int | None, typer.Option(min=0, max=9999, help="Also how this dwelling is selected.")
    ] = None,
) -> None:
    """How units are told, during a call, to listen, speak, open the door: for the phone system."""
    typer.echo("command   SCAIP key  NOW-IP data")
    for each in InCall:
        typer.echo(f"{each.value:<9} {scaip_tone(each) or '-':<10} {nowip_command(each)}")
    if unit is not None:
        typer.echo(f"{'select':<9} {'-':<10} {nowip_select(unit)}")


def register_careline(
    register: Register, org: str, device: str, controller: str, unit: str = ""
) -> dict[str, str]:
    """Give a device its number and a new SIP secret, on record; the old one stops within a second.

    Returns what must be entered in the unit. Raises `NotFound`, or `InvalidInput` for a
    number that is none or that another trusted device of the installation has.
    """
    if not (controller.isascii() and controller.isdigit() and len(controller) <= 16):
        raise InvalidInput("The controller must have 1 to 16 digits.")
    if unit and not (unit.isascii() and unit.isalnum() and len(unit) <= 8):
        raise InvalidInput("The unit must have 1 to 8 letters or digits.")
    found = _one(register.devices.devices(), org, device)
    wanted = plain_number(controller), plain_number(unit)
    if any(number == wanted and other != found for other, number in numbers_of(register)):
        raise InvalidInput(
            f"Controller {controller} {unit} is already that of another device; correct the "
            "number, or withdraw that device first."
        )
    secret = new_secret()
    sealed = register.key.seal(secret).decode()
    careline = {"controller": wanted[0], "unit": wanted[1], "secret": sealed}
    register.devices.change_settings(
        org, device, lambda known: known | {"careline": careline}, act="careline_set"
    )
    return {"username": f"{org}.{device}", "password": secret, "controller": controller}


def _one(devices: list[Device], org: str, device: str) -> Device:
    for each in devices:
        if (each.org, each.device) == (org, device):
            return each
    raise NotFound(f"There is no device {device} in {org}; add it with `telecare device add`.")
