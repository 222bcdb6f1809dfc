"""Commands about one device and its credential; about many: `telecare.commands_devices`."""

from __future__ import annotations

from typing import Annotated

import typer

from telecare.command_line import AsJson, Org, named, our_register, show
from telecare.errors import AlreadyExists
from telecare.register.device_list import HEARTBEAT_SECONDS
from telecare.register.devices import Device
from telecare.register.ground import at_the_machine
from telecare.register.homes import Home
from telecare.register.names import plain_id
from telecare.vocabulary import DeviceKind

app = typer.Typer(name="device", help="Devices and their credentials.", no_args_is_help=True)

DeviceId = Annotated[str, typer.Argument(help="The device's id: a-z, 0-9, hyphens.")]
Heartbeat = Annotated[
    int | None,
    typer.Option(
        help="It promises to speak this often; leave out if it does not.",
        min=HEARTBEAT_SECONDS[0],
        max=HEARTBEAT_SECONDS[1],
    ),
]
Serial = Annotated[
    str | None, typer.Option(help="The number on its label, by which its claim is checked.")
]


@app.command("add")
def device_add(
    device: DeviceId,
    org: Annotated[str, typer.Option("--org", help="The organisation's id; may be new.")],
    home: Annotated[str, typer.Option("--home", help="The home it stands in; may be new.")],
    kind: Annotated[DeviceKind, typer.Option("--kind", help="What it is.")] = DeviceKind.HUB,
    model: Annotated[str, typer.Option(help="Maker's name of it.")] = "",
    heartbeat_seconds: Heartbeat = None,
    serial: Serial = None,
    as_json: AsJson = False,
) -> None:
    """Add a device and print its credential, once.

    A home or an organisation not known yet is added with it, so that a first device is one
    command; it is told on standard error, for it may be a slip in typing. What is refused
    brings nothing with it.
    """
    register = our_register()
    plain_id(home, "A home's id")
    plain_id(device, "A device's id")
    for known in register.devices.devices(org):
        if known.device == device:
            raise AlreadyExists(f"There already is a device {device} in {known.home}.")
        if serial is not None and known.serial == serial:
            raise AlreadyExists(f"Device {known.device} has the serial number {serial} already.")
    if org not in {known.org for known in register.organisations.organisations()}:
        register.organisations.add_organisation(org, org)
        typer.echo(f"Organisation {org} is new.", err=True)
    if home not in {known.home for known in register.homes.homes(org)}:
        zone = register.organisations.organisation(org).time_zone
        register.homes.add_home(Home(org=org, home=home, address="", time_zone=zone))
        typer.echo(f"Home {home} is new; `telecare home change` gives it its address.", err=True)
    issued = register.devices.add(
        Device(
            org=org,
            device=device,
            home=home,
            kind=kind,
            model=model,
            heartbeat_seconds=heartbeat_seconds,
            serial=serial,
        ),
        act="device_added",
        by=at_the_machine(),
    )
    show(
        {
            "org": org,
            "home": home,
            "device": device,
            "username": issued.username,
            "password": issued.password,
        },
        as_json=as_json,
    )


@app.command("change")
def device_change(
    device: DeviceId,
    org: Org,
    serial: Serial = None,
    model: Annotated[str | None, typer.Option("--model", help="Maker's name of it.")] = None,
    room: Annotated[str | None, typer.Option(help="Where it stands.")] = None,
    heartbeat_seconds: Heartbeat = None,
) -> None:
    """Change what is on file about a device; what is not named stays."""
    told = named(
        serial=serial and serial.strip(),
        model=model,
        room=room,
        heartbeat_seconds=heartbeat_seconds,
    )
    our_register().devices.change(org, device, **told)
    typer.echo(f"Device {device} is changed.")


@app.command("reissue")
def device_reissue(device: DeviceId, org: Org, as_json: AsJson = False) -> None:
    """Give a device a new password; the old one stops at once."""
    issued = our_register().devices.reissue(org, device)
    show({"username": issued.username, "password": issued.password}, as_json=as_json)


@app.command("revoke")
def device_revoke(device: DeviceId, org: Org) -> None:
    """Stop trusting a device. Its presses are still shown to operators, as such."""
    our_register().devices.revoke(org, device)
    typer.echo(f"Device {device} is revoked.")
