"""Commands about people who sign in."""

from __future__ import annotations

from typing import Annotated

import typer

from telecare.command_line import Org, our_register
from telecare.errors import InvalidInput, SettingsError
from telecare.files import secret_line
from telecare.register.people import Person
from telecare.settings import load_settings
from telecare.vocabulary import Role

app = typer.Typer(name="person", help="People who sign in.", no_args_is_help=True)

PersonId = Annotated[str, typer.Argument(help="The user name they were added by.")]


@app.command("add")
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
    our_register().people.add(person, password)
    typer.echo(f"{username} can sign in.")


@app.command("password")
def person_password(person: PersonId, org: Org) -> None:
    """Give somebody a new password, read from standard input; their sessions end."""
    people = our_register().people
    people.change_password(people.person(org, person), secret_line("New password"))
    typer.echo(f"{person} signs in with the new password.")


@app.command("leave")
def person_leave(person: PersonId, org: Org) -> None:
    """They work here no more: their sessions end and nothing opens their account."""
    our_register().people.leave(org, person)
    typer.echo(f"{person} cannot sign in any more.")


@app.command("tie")
def person_tie(
    person: PersonId,
    org: Org,
    member: Annotated[str | None, typer.Option(help="A responder: who they are in a team.")] = None,
    contact: Annotated[
        str | None, typer.Option(help="Family: which contact of a home they are.")
    ] = None,
) -> None:
    """Say who an account is on file, so that its page shows their own jobs or homes."""
    accounts = our_register().accounts
    if (member is None) == (contact is None):
        raise InvalidInput("Say either --member or --contact.")
    if member is not None:
        accounts.tie_member(org, person, member)
    if contact is not None:
        accounts.tie_contact(org, person, contact)
    typer.echo(f"{person} is {member or contact}.")


@app.command("part")
def person_part(person: PersonId, org: Org) -> None:
    """The account is nobody on file any more."""
    register = our_register()
    register.people.person(org, person)
    register.accounts.part(org, person)
    typer.echo(f"{person} is nobody on file any more.")


@app.command("forget-second-factor")
def person_forget_second_factor(person: PersonId, org: Org) -> None:
    """Their telephone is lost: their sessions end, they sign in by password and enrol anew."""
    register = our_register()
    register.people.person(org, person)
    register.second_factors.forget(org, person)
    typer.echo(f"{person} has no second factor any more.")


@app.command("link")
def person_link(
    person: PersonId,
    org: Org,
    subject: Annotated[str, typer.Option(help="Their `sub` at the identity provider.")],
) -> None:
    """Let somebody sign in by the identity provider of TELECARE_OIDC_ISSUER."""
    settings = load_settings()
    if settings.oidc_issuer is None:
        raise SettingsError("TELECARE_OIDC_ISSUER names no identity provider; set it first.")
    our_register().identities.link(org, person, settings.oidc_issuer, subject)
    typer.echo(f"{person} can sign in by {settings.oidc_issuer}.")


@app.command("unlink")
def person_unlink(person: PersonId, org: Org) -> None:
    """No identity elsewhere opens their account any more."""
    register = our_register()
    register.people.person(org, person)
    register.identities.unlink(org, person)
    typer.echo(f"{person} signs in by password only.")
