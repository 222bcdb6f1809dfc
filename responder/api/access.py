"""Which route needs which permission, read from the routes themselves.

A route that does not say who may use it, and is not named public here, keeps the
application from being built at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from fastapi import APIRouter
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from responder.api.signed_in import permission_of
from telecare.errors import TelecareError
from telecare.rights import RIGHTS, Permission, scope_of
from telecare.vocabulary import Role

PUBLIC = frozenset(
    {
        ("GET", "/healthz"),
        ("GET", "/readyz"),
        ("GET", "/metrics"),
        ("GET", "/sign-in"),
        ("POST", "/sign-in"),
        ("GET", "/sign-in/elsewhere"),
        ("GET", "/sign-in/elsewhere/back"),
        ("POST", "/api/v1/session"),
        ("POST", "/api/v1/enrolment"),
        ("GET", "/l/{token}"),
        ("POST", "/l/{token}"),
        ("POST", "/l/{token}/keysafe"),
        ("POST", "/l/{token}/browser"),
        ("GET", "/j/{token}"),
        ("POST", "/j/{token}"),
        ("POST", "/j/{token}/keysafe"),
        ("GET", "/v/{org}/{visit}/{sign}"),
        ("POST", "/receipts/notify"),
        ("POST", "/receipts/twilio/{kind}/{org}/{key}"),
        ("POST", "/voice/{token}"),
        ("POST", "/voice/{token}/key"),
        ("POST", "/voice/prompt/{org}/{key}"),
        ("POST", "/voice/prompt/{org}/{key}/key"),
    }
)
"""Routes without a signed-in person. Each refuses by other means, or tells nothing personal."""
BEGIN = "<!-- begin: telecare routes -->\n"
END = "<!-- end: telecare routes -->\n"
"""Between these stands `table` in a document."""
Routers = Iterable[tuple[str, APIRouter]]


class Undecided(TelecareError):
    """A route says not who may use it; give it a permission or name it public."""


@dataclass(frozen=True)
class Access:
    """One route and who may use it."""

    method: str
    path: str
    permission: Permission | None
    """None: public, or nobody has decided."""

    @property
    def roles(self) -> Sequence[Role]:
        """Who may, integrations left out; nobody in particular when it is public."""
        roles = RIGHTS[self.permission].roles if self.permission else ()
        return [each for each in roles if each is not Role.INTEGRATION]

    @property
    def scope(self) -> str:
        """What an integration needs; empty when none suffices."""
        if self.permission is None or RIGHTS[self.permission].lent is None:
            return ""
        return scope_of(self.permission, self.method)


def accesses(routers: Routers) -> Iterator[Access]:
    """Every route with its permission, in their order."""
    for prefix, router in routers:
        for route in router.routes:
            if isinstance(route, APIRoute):
                permission = _permission(route.dependant)
                for method in sorted(route.methods or ()):
                    yield Access(method, prefix + route.path, permission)


def require_decided(routers: Routers) -> None:
    """Raises `Undecided` with the first route nobody has decided about."""
    for each in accesses(routers):
        if each.permission is None and (each.method, each.path) not in PUBLIC:
            raise Undecided(
                f"{each.method} {each.path} says not who may use it; give it a permission, or "
                "name it in responder/api/access.py."
            )


def table(routers: Routers) -> str:
    """Routes by roles in Markdown, for docs/api.md."""
    roles = [role for role in Role if role is not Role.INTEGRATION]
    lines = [
        f"| route | {' | '.join(roles)} | scope of an integration |",
        f"|---|{':-:|' * len(roles)}---|",
    ]
    for each in accesses(routers):
        if each.permission is None:
            marks, scope = ["-"] * len(roles), "public, see below"
        else:
            marks = ["yes" if role in each.roles else "" for role in roles]
            own = each.permission is Permission.OWN
            scope = f"`{each.scope}`" if each.scope else ("any" if own else "never")
        lines.append(f"| `{each.method} {each.path}` | {' | '.join(marks)} | {scope} |")
    return "\n".join(lines) + "\n"


def _permission(dependant: Dependant) -> Permission | None:
    found = permission_of(dependant.call)
    if found is not None:
        return found
    below = (_permission(each) for each in dependant.dependencies)
    return next((each for each in below if each is not None), None)
