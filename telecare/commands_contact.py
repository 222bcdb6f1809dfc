"""Commands that keep the people around a resident: who they are and how they are reached."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from msgspec.structs import replace

from telecare.command_line import Org, named, our_register
from telecare.register.contacts import Contact

app = typer.Typer(name="contact", help="Family, keyholders, responders.", no_args_is_help=True)

ContactId = Annotated[str, typer.Argument(help="The contact's id: a-z, 0-9, hyphens; no name.")]
Phone = Annotated[str | None, typer.Option(help="A mobile is texted and called, others called.")]
Email = Annotated[str | None, typer.Option(help="Where links to answer are sent.")]
Language = Annotated[str | None, typer.Option(help="en or cy.")]
MayKnowWho = Annotated[
    bool | None, typer.Option("--may-know-who/--not-who", help="Messages may name the resident.")
]
Quiet = Annotated[
    str | None, typer.Option(help="22:00-07:00: when only a call for help may disturb; `none`.")
]
Post = Annotated[str | None, typer.Option("--post", help="Postal address, lines apart by `;`.")]
Elsewhere = Annotated[
    str | None, typer.Option(help="https address of a system, or an address of apprise.")
]


@app.command("add")
def add(
    contact: ContactId,
    org: Org,
    home: Annotated[str, typer.Option("--home", help="The home they are asked for.")],
    name: Annotated[str, typer.Option(help="What they are called.")],
    relation: Annotated[str, typer.Option(help="daughter, neighbour, responder, ...")] = "",
    rank: Annotated[int, typer.Option(help="1 is asked first.")] = 1,
    keyholder: Annotated[bool, typer.Option("--keyholder", help="They have a key.")] = False,
    phone: Phone = None,
    email: Email = None,
    language: Language = None,
    may_know_who: MayKnowWho = None,
    quiet: Quiet = None,
    post: Post = None,
    elsewhere: Elsewhere = None,
) -> None:
    """Add somebody who may be asked to go."""
    made = Contact(
        org=org, contact=contact, home=home, name=name, relation=relation, rank=rank,
        keyholder=keyholder,
    )  # fmt: skip
    said = _said(phone, email, language, may_know_who, quiet, post, elsewhere)
    our_register().contacts.add_contact(replace(made, **said))
    typer.echo(f"{contact} may be asked.")


@app.command("change")
def change(
    contact: ContactId,
    org: Org,
    phone: Phone = None,
    email: Email = None,
    language: Language = None,
    may_know_who: MayKnowWho = None,
    quiet: Quiet = None,
    post: Post = None,
    elsewhere: Elsewhere = None,
) -> None:
    """Change how they are reached; what is not named stays."""
    said = _said(phone, email, language, may_know_who, quiet, post, elsewhere)
    our_register().contacts.change_contact(org, contact, **said)
    typer.echo(f"{contact} is changed.")


def _said(
    phone: str | None,
    email: str | None,
    language: str | None,
    may_know_who: bool | None,
    quiet: str | None,
    post: str | None,
    elsewhere: str | None,
) -> dict[str, Any]:
    """What was named on the command line, by field."""
    said = named(
        phone=phone, email=email, language=language, may_know_who=may_know_who, elsewhere=elsewhere
    )
    if post is not None:
        said["postal_address"] = "\n".join(line.strip() for line in post.split(";"))
    if quiet is not None:
        begin, _, end = quiet.partition("-")
        said |= {"quiet_from": begin, "quiet_until": end}
        if quiet == "none":
            said |= {"quiet_from": None, "quiet_until": None}
    return said
