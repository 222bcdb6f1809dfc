"""Commands for many devices at once: import a spreadsheet, export for another broker."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from telecare import broker_files
from telecare.command_line import Org
from telecare.errors import InvalidInput
from telecare.files import text_of
from telecare.register import Register, open_register
from telecare.register.credentials import Admission
from telecare.register.device_list import DeviceList, Known, read_device_list
from telecare.register.devices import Device, IssuedCredential
from telecare.register.ground import at_the_machine
from telecare.register.names import plain_id
from telecare.register.secrets import new_secret
from telecare.settings import load_settings

app = typer.Typer()
devices_app = typer.Typer(
    name="devices", help="Devices and what becomes of them.", no_args_is_help=True
)
export_app = typer.Typer(
    name="export", help="The register for a broker of your own.", no_args_is_help=True
)
devices_app.add_typer(export_app)
app.add_typer(devices_app)


@devices_app.command("import")
def devices_import(
    file: Annotated[Path, typer.Argument(help="CSV; its first line names the columns.")],
    org: Org,
    credentials: Annotated[
        Path | None, typer.Option(help="A new file for the passwords, readable by you alone.")
    ] = None,
    only_good: Annotated[
        bool, typer.Option("--only-good", help="Import the good lines though others are faulty.")
    ] = False,
    add_homes: Annotated[
        bool, typer.Option("--add-homes", help="Add homes that are not known yet.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines.")] = False,
) -> None:
    """Import a spreadsheet of devices: all of it, or nothing. Safe to run again.

    With a faulty line nothing is imported, unless --only-good is given; each faulty line is
    named with what is wrong. The exit code is 1 if there was one.
    """
    with closing(open_register(load_settings())) as register:
        found = read_device_list(text_of(file), known_devices(register, org, add_homes=add_homes))
        is_wanted = only_good or not found.faults
        if is_wanted and found.new:
            take_in(register, found, credentials)
    imported = len(found.new) if is_wanted else 0
    _report(found, imported, as_json=as_json)
    if found.faults:
        raise typer.Exit(1)


def known_devices(register: Register, org: str, *, add_homes: bool = False) -> Known:
    """What the register holds of `org`. Raises `NotFound`."""
    return Known(
        org=org,
        time_zone=register.organisations.organisation(org).time_zone,
        devices={each.device: each for each in register.devices.devices(org)},
        homes=frozenset(each.home for each in register.homes.homes(org)),
        add_homes=add_homes,
    )


def take_in(register: Register, found: DeviceList, credentials: Path | None) -> None:
    """Register what is new, its passwords in the new file `credentials`: both, or neither.

    Raises `InvalidInput` without a file, or for one that is there already.
    """
    if credentials is None:
        raise InvalidInput(
            "Say where the passwords go, with --credentials FILE; they cannot be shown again."
        )
    written = False

    def keep(issued: Sequence[IssuedCredential]) -> None:
        nonlocal written
        write_new(credentials, _credential_lines(issued))
        written = True

    try:
        register.devices.add_all(found.new, found.homes, keep, by=at_the_machine())
    except BaseException:
        if written:
            credentials.unlink()
        raise


@export_app.command("mosquitto")
def export_mosquitto(
    org: Annotated[list[str], typer.Option("--org", help="An organisation; may be repeated.")],
    to: Annotated[Path, typer.Option(help="The folder to write into; made if need be.")],
    credentials: Annotated[
        list[Path] | None,
        typer.Option(help="Files of passwords that imports wrote; we keep none ourselves."),
    ] = None,
    gateway: Annotated[
        str, typer.Option(help="The user name with which the gateway signs in there.")
    ] = "telecare-gateway",
) -> None:
    """Write Mosquitto's access list, password file, dynamic security and settings.

    Revoked devices are left out. A device whose password is in none of the files stands in
    the access list, and cannot sign in there before you give it a password.
    """
    plain_id(gateway, "The gateway's user name")  # without a dot: no device's
    known = _read_credentials(credentials or [])
    to.mkdir(parents=True, exist_ok=True, mode=0o700)
    passwords = {gateway: broker_files.hashed(_gateway_password(to / "gateway.password"))}
    devices: list[Device] = []
    with closing(open_register(load_settings())) as register:
        for each in _trusted(register, org):
            devices.append(each.device)
            password = known.get(each.username, "")
            if register.key.matches(password, each.digest):
                passwords[each.username] = broker_files.hashed(password)
    files = {
        "acl": broker_files.access_list(org, devices, gateway).encode(),
        "passwords": broker_files.password_file(passwords).encode(),
        "dynamic-security.json": broker_files.dynamic_security(org, devices, gateway, passwords),
        "mosquitto.conf": broker_files.listener_settings(str(to.resolve())).encode(),
    }
    for name, content in files.items():
        _replace(to / name, content)
    without = len(devices) + 1 - len(passwords)
    typer.echo(f"{len(devices)} devices are in {to}; {without} of them have no password there.")


def _trusted(register: Register, orgs: Sequence[str]) -> Iterator[Admission]:
    """Devices that were not revoked. Raises `NotFound` for an organisation."""
    for org in orgs:
        register.organisations.organisation(org)
        yield from (e for e in register.devices.admissions(org=org) if e.revoked_at is None)


@export_app.command("emqx")
def export_emqx(org: Org) -> None:
    """Print the settings with which EMQX asks us who a device is and what it may do."""
    typer.echo(broker_files.emqx_settings(org, load_settings().public_url), nl=False)


def _report(found: DeviceList, imported: int, *, as_json: bool) -> None:
    if as_json:
        said = {
            "lines": found.lines,
            "faulty": len(found.faults),
            "imported": imported,
            "there_already": found.there_already,
            "faults": found.faults,
        }
        typer.echo(msgspec.json.encode(said).decode())
        return
    for fault in found.faults:
        typer.echo(f"line {fault.line}{' ' if fault.device else ''}{fault.device}: {fault.why}")
    typer.echo(
        f"Of {found.lines} lines: {imported} imported, {found.there_already} there already, "
        f"{len(found.faults)} faulty."
    )
    if found.new and not imported:
        typer.echo(
            "Nothing was imported. Correct the lines named above, or import the others "
            f"({len(found.new)}) with --only-good."
        )


def _credential_lines(issued: Sequence[IssuedCredential]) -> bytes:
    written = io.StringIO(newline="")
    lines = csv.writer(written, lineterminator="\n")
    lines.writerow(("username", "password"))
    lines.writerows((each.username, each.password) for each in issued)
    return written.getvalue().encode()


def _read_credentials(files: Sequence[Path]) -> dict[str, str]:
    found: dict[str, str] = {}
    for file in files:
        for line in csv.DictReader(io.StringIO(text_of(file))):
            username, password = line.get("username"), line.get("password")
            if not username or not password:
                raise InvalidInput(f"{file} is no file of passwords that an import wrote.")
            found[username] = password
    return found


def _gateway_password(file: Path) -> str:
    if not file.exists():
        write_new(file, new_secret().encode() + b"\n")
    return file.read_text().strip()


def write_new(file: Path, content: bytes) -> None:
    """Write a file that was not there, for our eyes only, and see it safe on disk."""
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise InvalidInput(
            f"{file} is there already and may hold passwords in use; name a new file."
        ) from None
    except OSError as error:
        raise InvalidInput(f"{file} cannot be written: {error.strerror}.") from None
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(content)
        opened.flush()
        os.fsync(opened.fileno())


def _replace(file: Path, content: bytes) -> None:
    """Whole or not at all: a broker that reloads meanwhile reads the old one or the new one."""
    own = file.with_name(f".{file.name}.{os.getpid()}")
    write_new(own, content)
    own.replace(file)
