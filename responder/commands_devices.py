"""Commands for one device at a time: claims, successors, replacement, what it is told.

Each is the same act as on the TEC team's pages, and on record as done from the command line.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from responder.devices.inventory import Shown, shown
from responder.devices.onboarding import Onboarding
from responder.devices.upkeep import Upkeep
from responder.store import Works
from responder.store.equipment import EquipmentReads
from responder.web.claim_sheet import address_of, sheet
from telecare.clock import Clock, clock_of
from telecare.command_line import Org
from telecare.commands_devices import app, devices_app, write_new
from telecare.errors import InvalidInput
from telecare.files import text_of
from telecare.register import Register, open_register
from telecare.register.claims import IssuedClaim
from telecare.register.classes import DeviceClass
from telecare.register.ground import at_the_machine
from telecare.settings import Settings, load_settings
from telecare.store.inbox import InboxReader
from telecare.store.migrate import open_database
from telecare.tenancy import Actor
from telecare.vocabulary import Role

__all__ = ["app"]  # one group with the commands for many devices, which need no responder

DeviceId = Annotated[str, typer.Argument(help="The device's id.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
SheetFile = Annotated[
    Path | None, typer.Option("--sheet", help="A new HTML file to print, with QR pictures.")
]


class _Bench(msgspec.Struct, frozen=True):
    """What the commands work with."""

    settings: Settings
    register: Register
    onboarding: Onboarding
    upkeep: Upkeep
    clock: Clock
    actor: Actor


@contextmanager
def _bench(org: str) -> Iterator[_Bench]:
    settings = load_settings()
    clock = clock_of(settings.data_dir)
    register = open_register(settings, clock)
    own, gateway = open_database(settings, "responder"), open_database(settings, "gateway")
    try:
        works = Works(own)
        upkeep = Upkeep(works, register, EquipmentReads(own), InboxReader(gateway), clock)
        actor = Actor(org=org, id=at_the_machine(), role=Role.TEC, name="The command line")
        onboarding = Onboarding(works, register, settings, clock)
        yield _Bench(settings, register, onboarding, upkeep, clock, actor)
    finally:
        for each in (own, gateway, register):
            each.close()


@devices_app.command("claim")
def devices_claim(
    devices: Annotated[list[str], typer.Argument(help="Devices with a serial number on file.")],
    org: Org,
    batch: Annotated[str, typer.Option(help="A name by which to take them back together.")] = "",
    to: SheetFile = None,
    as_json: AsJson = False,
) -> None:
    """Make a code for each device and show it, once."""
    _is_new(to)
    with _bench(org) as bench:
        issued = bench.onboarding.claim(bench.actor, devices, batch)
        _show_claims(issued, bench.settings.public_url, to, as_json=as_json)


@devices_app.command("unclaim")
def devices_unclaim(
    org: Org,
    device: Annotated[str | None, typer.Option(help="Only this device's.")] = None,
    batch: Annotated[str | None, typer.Option(help="All of this batch.")] = None,
) -> None:
    """Take back codes that were not used yet."""
    if (device is None) == (batch is None):
        raise InvalidInput("Say whose codes: --device DEVICE or --batch BATCH.")
    with _bench(org) as bench:
        ended = bench.onboarding.withdraw(bench.actor, device=device, batch=batch)
    typer.echo(f"{ended} codes were taken back.")


@devices_app.command("rotate")
def devices_rotate(device: DeviceId, org: Org, as_json: AsJson = False) -> None:
    """Give a device a new password; the old one ends when it was seen with the new one."""
    with _bench(org) as bench:
        issued = bench.upkeep.rotate(bench.actor, device)
    if as_json:
        typer.echo(msgspec.json.encode(issued).decode())
        return
    typer.echo(f"username: {issued.username}\npassword: {issued.password}")


@devices_app.command("certify")
def devices_certify(
    device: DeviceId,
    certificate: Annotated[Path, typer.Argument(help="The device's certificate, PEM.")],
    org: Org,
) -> None:
    """Let a device in by a certificate it has already; what it shows now ends when it was seen
    with it.
    """
    pem = text_of(certificate)
    with _bench(org) as bench:
        until = bench.upkeep.certify(bench.actor, device, pem)
    typer.echo(f"{device} may come with it; it expires on {until:%d %B %Y}.")


@devices_app.command("revoke")
def devices_revoke(device: DeviceId, org: Org) -> None:
    """Trust a device no more. Its presses are still shown to operators, as such."""
    with _bench(org) as bench:
        bench.upkeep.revoke(bench.actor, device)
    typer.echo(f"Device {device} is trusted no more.")


@devices_app.command("replace")
def devices_replace(
    old: Annotated[str, typer.Argument(help="The device that goes.")],
    new: Annotated[str, typer.Argument(help="The id of the one that comes.")],
    org: Org,
    serial: Annotated[str, typer.Option(help="Serial number on the new device's label.")],
    to: SheetFile = None,
    as_json: AsJson = False,
) -> None:
    """Let a new device take the place of an old one, and its history with it."""
    _is_new(to)
    with _bench(org) as bench:
        issued = bench.upkeep.replace(bench.actor, old, new, serial)
        _show_claims([issued], bench.settings.public_url, to, as_json=as_json)


@devices_app.command("list")
def devices_list(
    org: Org,
    show: Annotated[Shown, typer.Option(help="Which of them.")] = Shown.ALL,
    as_json: AsJson = False,
) -> None:
    """Show devices with where they stand."""
    with _bench(org) as bench:
        rows = shown(bench.upkeep.rows(bench.actor), show, bench.clock.now())
    for row in rows:
        if as_json:
            typer.echo(msgspec.json.encode(row).decode())
            continue
        battery = "" if row.said is None or row.said.battery is None else f" {row.said.battery:g} %"
        about = f"{row.device.home} {row.presence}{battery}, {row.enrolment}"
        typer.echo(f"{row.device.device}: {about}{', test due' if row.test_due else ''}")


@devices_app.command("class")
def devices_class(
    model: Annotated[str, typer.Argument(help="The model, as devices name it.")],
    org: Org,
    heartbeat_seconds: Annotated[int | None, typer.Option(help="It speaks this often.")] = None,
    silent_after_seconds: Annotated[int | None, typer.Option(help="Silent after so long.")] = None,
    battery_low: Annotated[int | None, typer.Option(help="Per cent.")] = None,
    test_days: Annotated[int | None, typer.Option(help="Press it at least this often.")] = None,
    supported_until: Annotated[str | None, typer.Option(help="YYYY-MM-DD, by its maker.")] = None,
) -> None:
    """Say what holds for every device of a model that says nothing itself."""
    with _bench(org) as bench:
        bench.register.classes.put(
            DeviceClass(
                org=org, model=model, heartbeat_seconds=heartbeat_seconds,
                silent_after_seconds=silent_after_seconds, battery_low=battery_low,
                test_days=test_days, supported_until=supported_until,
            ),
            by=bench.actor.id,
        )  # fmt: skip
    typer.echo(f"Devices of model {model} are looked after so.")


@devices_app.command("sensor")
def devices_sensor(
    device: DeviceId,
    sensor: Annotated[str, typer.Argument(help="What the hub calls the sensor.")],
    org: Org,
    model: Annotated[str, typer.Option(help="Its model, whose class then holds.")] = "",
    heartbeat_seconds: Annotated[int | None, typer.Option(help="It speaks this often.")] = None,
    silent_after_seconds: Annotated[int | None, typer.Option(help="Silent after so long.")] = None,
) -> None:
    """Say what a sensor behind a hub promises; without any option it is silent by design."""
    told = {"model": model or None, "heartbeat_seconds": heartbeat_seconds,
            "silent_after_seconds": silent_after_seconds}  # fmt: skip
    promise = {name: value for name, value in told.items() if value is not None}
    with _bench(org) as bench:
        bench.upkeep.expect_of_sensor(bench.actor, device, sensor, promise)
    typer.echo(f"The sensor {sensor} behind {device} is looked after so.")


@devices_app.command("configure")
def devices_configure(
    device: DeviceId, org: Org, config: Annotated[str, typer.Argument(help="A JSON object.")]
) -> None:
    """Say how a device should be set; it reports the version it runs."""
    with _bench(org) as bench:
        kept = bench.upkeep.configure(bench.actor, device, _object(config))
    typer.echo(f"Configuration {kept.version} waits for {device}.")


@devices_app.command("command")
def devices_command(
    device: DeviceId,
    name: Annotated[str, typer.Argument(help="The command, such as self-test.")],
    org: Org,
    body: Annotated[str, typer.Option(help="A JSON object that goes with it.")] = "{}",
    seconds: Annotated[int, typer.Option(help="In which it should answer.")] = 60,
) -> None:
    """Tell a device to do something; its answer, or that none came, goes on record."""
    with _bench(org) as bench:
        made = bench.upkeep.command(bench.actor, device, name, _object(body), seconds)
    typer.echo(f"{made.command}: to be answered by {made.deadline_at:%Y-%m-%d %H:%M:%S} UTC.")


def _is_new(to: Path | None) -> None:
    if to is not None and to.exists():
        raise InvalidInput(f"{to} is there already and may hold codes in use; name a new file.")


def _object(written: str) -> dict[str, object]:
    try:
        return msgspec.json.decode(written, type=dict[str, object])
    except msgspec.MsgspecError:
        raise InvalidInput(f"{written!r} is no JSON object; write it like {{}}.") from None


def _show_claims(
    issued: list[IssuedClaim], public_url: str, to: Path | None, *, as_json: bool
) -> None:
    if to is not None:
        write_new(to, sheet(issued, public_url).encode())
    for each in issued:
        if as_json:
            said = {"device": each.claim.device, "claim": each.claim.claim, "code": each.code,
                    "address": address_of(public_url, each.code)}  # fmt: skip
            typer.echo(msgspec.json.encode(said).decode())
        else:
            typer.echo(f"{each.claim.device}: {each.code}")
