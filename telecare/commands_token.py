"""Commands about API tokens."""

from __future__ import annotations

from typing import Annotated

import typer

from telecare.command_line import AsJson, Org, our_register, show
from telecare.rights import scopes_named
from telecare.vocabulary import Role

app = typer.Typer(name="token", help="API tokens.", no_args_is_help=True)


@app.command("create")
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
    token, secret = our_register().people.issue_token(org, role, name=name, scopes=scopes)
    show({"org": org, "id": token, "role": role.value, "token": secret}, as_json=as_json)


@app.command("list")
def token_list(org: Org) -> None:
    """Every token that was issued, without its secret."""
    tokens = our_register().people.tokens(org)
    if not tokens:
        typer.echo("No token was issued.", err=True)
    for each in tokens:
        ended = f"revoked {each.revoked_at:%Y-%m-%d %H:%M}" if each.revoked_at else "holds"
        may = " ".join(each.scopes) or each.role.value
        typer.echo(f"{each.token}  {each.name}  {may}  since {each.issued_at:%Y-%m-%d}  {ended}")


@app.command("revoke")
def token_revoke(
    token: Annotated[
        str, typer.Argument(help="The token's id, as `telecare token list` shows it.")
    ],
    org: Org,
) -> None:
    """From now on this token opens nothing."""
    our_register().people.revoke_token(org, token)
    typer.echo(f"{token} opens nothing any more.")
