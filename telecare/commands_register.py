"""Commands that keep the register: organisations, homes, devices, people and tokens."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
import typer

from telecare.commands_contact import app as contact_app
from telecare.commands_homes import home_app, resident_app
from telecare.commands_org import Org
from telecare.errors import AlreadyExists, InvalidInput, SettingsError
from telecare.files import secret_line
from telecare.register import Register, open_register
from telecare.register.device_list import HEARTBEAT_SECONDS
from telecare.register.devices import Device
from telecare.register.ground import at_the_machine
from telecare.register.homes import Home
from telecare.register.names import plain_id
from telecare.register.people import Person
from telecare.retention import SETTING, days_of
from telecare.rights import scopes_named
from telecare.settings import load_settings
from telecare.store.migrate import migrate, revise
from telecare.store.session import OWNERS
from telecare.vocabulary import DeviceKind, Role

app = typer.Typer(no_args_is_help=True)
org_app = typer.Typer(name="org", help="Organisations.", no_args_is_help=True)
device_app = typer.Typer(name="device", help="Devices and their credentials.", no_args_is_help=True)
person_app = typer.Typer(name="person", help="People who sign in.", no_args_is_help=True)
token_app = typer.Typer(name="token", help="API tokens.", no_args_is_help=True)
for part in (org_app, home_app, resident_app, contact_app, device_app, person_app, token_app):
    app.add_typer(part)

OrgId = Annotated[str, typer.Argument(help="The organisation's id: a-z, 0-9, hyphens.")]
DeviceId = Annotated[str, typer.Argument(help="The device's id: a-z, 0-9, hyphens.")]
PersonId = Annotated[str, typer.Argument(help="The user name they were added by.")]
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
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object for machines.")]


def _register() -> Register:
    return open_register(load_settings())


def _show(values: dict[str, object], as_json: bool) -> None:
    if as_json:
        typer.echo(msgspec.json.encode(values).decode())
        return
    for key, value in values.items():
        typer.echo(f"{key}: {value}")


@app.command("migrate")
def migrate_command() -> None:
    """Create or upgrade every table of this installation. Safe to run again."""
    migrate(load_settings())
    typer.echo("All tables are up to date.")


@app.command("revise")
def revise_command(
    owner: Annotated[str, typer.Argument(help=f"Whose tables: {', '.join(OWNERS)}.")],
    message: Annotated[str, typer.Argument(help="What changes, in a few words.")],
    revision: Annotated[str, typer.Argument(help="The next number, as 0042.")],
) -> None:
    """Write a migration from the difference between an installation's tables and their
    description. For whoever changes a table.
    """
    if owner not in OWNERS:
        raise InvalidInput(f"There is no owner {owner}: say {', '.join(OWNERS)}.")
    revise(load_settings(), owner, message, revision)
    typer.echo(f"Migration {revision} of {owner} is written; read it before you trust it.")


@org_app.command("add")
def org_add(
    org: OrgId,
    name: Annotated[str | None, typer.Option(help="What people call it.")] = None,
    time_zone: Annotated[str, typer.Option(help="Where its people live.")] = "Europe/London",
) -> None:
    """Add an organisation: the wall between tenants."""
    _register().organisations.add_organisation(org, name or org, time_zone=time_zone)
    typer.echo(f"Organisation {org} is there.")


@org_app.command("retention")
def org_retention(
    org: OrgId,
    keep: Annotated[
        list[str] | None,
        typer.Option(help="CLASS=DAYS, such as readings=180; several by repeating."),
    ] = None,
) -> None:
    """Say for how long each class of data is kept, or only show it; what is not named stays."""
    organisations, chosen = _register().organisations, dict(map(_kept_days, keep or ()))

    def kept(settings: dict[str, Any]) -> dict[str, Any]:
        before = settings.get(SETTING)
        made = settings | {SETTING: (before if isinstance(before, dict) else {}) | chosen}
        days_of(made)  # what is too few to work with is refused
        return made

    if chosen:
        organisations.change_settings(org, kept, what=SETTING)
    for each, days in days_of(organisations.organisation(org).settings).items():
        typer.echo(f"{each.value}: {days} days")


def _kept_days(written: str) -> tuple[str, int]:
    named, _, days = written.partition("=")
    if not (days.isascii() and days.isdigit() and len(days) <= 6):
        raise InvalidInput(f"{written} is no class with its days; write it like readings=180.")
    return named, int(days)


@device_app.command("add")
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
    register = _register()
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
    _show(
        {
            "org": org,
            "home": home,
            "device": device,
            "username": issued.username,
            "password": issued.password,
        },
        as_json,
    )


@device_app.command("change")
def device_change(
    device: DeviceId,
    org: Org,
    serial: Serial = None,
    model: Annotated[str | None, typer.Option("--model", help="Maker's name of it.")] = None,
    room: Annotated[str | None, typer.Option(help="Where it stands.")] = None,
    heartbeat_seconds: Heartbeat = None,
) -> None:
    """Change what is on file about a device; what is not named stays."""
    told = {"serial": serial and serial.strip(), "model": model, "room": room,
            "heartbeat_seconds": heartbeat_seconds}  # fmt: skip
    named = {field: value for field, value in told.items() if value is not None}
    _register().devices.change(org, device, **named)
    typer.echo(f"Device {device} is changed.")


@device_app.command("reissue")
def device_reissue(device: DeviceId, org: Org, as_json: AsJson = False) -> None:
    """Give a device a new password; the old one stops at once."""
    issued = _register().devices.reissue(org, device)
    _show({"username": issued.username, "password": issued.password}, as_json)


@device_app.command("revoke")
def device_revoke(device: DeviceId, org: Org) -> None:
    """Stop trusting a device. Its presses are still shown to operators, as such."""
    _register().devices.revoke(org, device)
    typer.echo(f"Device {device} is revoked.")


@person_app.command("add")
def person_add(
    username: Annotated[str, typer.Argument(help="By which they sign in.")],
    org: Org,
    name: Annotated[str, typer.Option(help="Shown to colleagues.")],
    role: Annotated[Role, typer.Option("--role", help="What they may do.")] = Role.OPERATOR,
    email: Annotated[str | None, typer.Option(help="Where they are written to.")] = None,
) -> None:
    """Add somebody who signs in; the password is read from standard input."""
    password = secret_line("Password")
    person = Person(org=org, person=username, username=username, name=name, role=role, email=email)
    _register().people.add(person, password)
    typer.echo(f"{username} can sign in.")


@person_app.command("password")
def person_password(person: PersonId, org: Org) -> None:
    """Give somebody a new password, read from standard input; their sessions end."""
    people = _register().people
    people.change_password(people.person(org, person), secret_line("New password"))
    typer.echo(f"{person} signs in with the new password.")


@person_app.command("leave")
def person_leave(person: PersonId, org: Org) -> None:
    """They work here no more: their sessions end and nothing opens their account."""
    _register().people.leave(org, person)
    typer.echo(f"{person} cannot sign in any more.")


@person_app.command("tie")
def person_tie(
    person: PersonId,
    org: Org,
    member: Annotated[str | None, typer.Option(help="A responder: who they are in a team.")] = None,
    contact: Annotated[
        str | None, typer.Option(help="Family: which contact of a home they are.")
    ] = None,
) -> None:
    """Say who an account is on file, so that its page shows their own jobs or homes."""
    accounts = _register().accounts
    if (member is None) == (contact is None):
        raise InvalidInput("Say either --member or --contact.")
    if member is not None:
        accounts.tie_member(org, person, member)
    if contact is not None:
        accounts.tie_contact(org, person, contact)
    typer.echo(f"{person} is {member or contact}.")


@person_app.command("part")
def person_part(person: PersonId, org: Org) -> None:
    """The account is nobody on file any more."""
    register = _register()
    register.people.person(org, person)
    register.accounts.part(org, person)
    typer.echo(f"{person} is nobody on file any more.")


@person_app.command("forget-second-factor")
def person_forget_second_factor(person: PersonId, org: Org) -> None:
    """Their telephone is lost: their sessions end, they sign in by password and enrol anew."""
    register = _register()
    register.people.person(org, person)
    register.second_factors.forget(org, person)
    typer.echo(f"{person} has no second factor any more.")


@person_app.command("link")
def person_link(
    person: PersonId,
    org: Org,
    subject: Annotated[str, typer.Option(help="Their `sub` at the identity provider.")],
) -> None:
    """Let somebody sign in by the identity provider of TELECARE_OIDC_ISSUER."""
    settings = load_settings()
    if settings.oidc_issuer is None:
        raise SettingsError("TELECARE_OIDC_ISSUER names no identity provider; set it first.")
    _register().identities.link(org, person, settings.oidc_issuer, subject)
    typer.echo(f"{person} can sign in by {settings.oidc_issuer}.")


@person_app.command("unlink")
def person_unlink(person: PersonId, org: Org) -> None:
    """No identity elsewhere opens their account any more."""
    register = _register()
    register.people.person(org, person)
    register.identities.unlink(org, person)
    typer.echo(f"{person} signs in by password only.")


@token_app.command("create")
def token_create(
    org: Org,
    role: Annotated[Role, typer.Option("--role", help="What it may do.")] = Role.OPERATOR,
    scope: Annotated[
        list[str] | None, typer.Option(help="What an integration may do; several by repeating.")
    ] = None,
    name: Annotated[str, typer.Option(help="Shown to colleagues on the desk.")] = "API",
    as_json: AsJson = False,
) -> None:
    """Make an API token and print it, once."""
    scopes = scopes_named(scope or [])
    token, secret = _register().people.issue_token(org, role, name=name, scopes=scopes)
    _show({"org": org, "id": token, "role": role.value, "token": secret}, as_json)


@token_app.command("list")
def token_list(org: Org) -> None:
    """Every token that was issued, without its secret."""
    tokens = _register().people.tokens(org)
    if not tokens:
        typer.echo("No token was issued.", err=True)
    for each in tokens:
        ended = f"revoked {each.revoked_at:%Y-%m-%d %H:%M}" if each.revoked_at else "holds"
        may = " ".join(each.scopes) or each.role.value
        typer.echo(f"{each.token}  {each.name}  {may}  since {each.issued_at:%Y-%m-%d}  {ended}")


@token_app.command("revoke")
def token_revoke(
    token: Annotated[
        str, typer.Argument(help="The token's id, as `telecare token list` shows it.")
    ],
    org: Org,
) -> None:
    """From now on this token opens nothing."""
    _register().people.revoke_token(org, token)
    typer.echo(f"{token} opens nothing any more.")
