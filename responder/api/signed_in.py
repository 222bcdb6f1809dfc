"""Who is asking, and may they? The one place where a request gets its actor.

A cookie session or a bearer token, nothing else. Whoever uses a cookie must also prove, for
anything but looking, that the request was made by our own page.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated
from urllib.parse import urlsplit

import msgspec
from fastapi import Depends, Request, Response

from responder.api.parts import Parts, WithParts
from responder.api.problems import Locked, NotSignedIn
from telecare.errors import Forbidden
from telecare.register.people import Person
from telecare.register.sessions import Session
from telecare.rights import RIGHTS, Permission, permitted
from telecare.store.wall import acting_for
from telecare.tenancy import Actor

COOKIE = "telecare_session"
BROWSER = "telecare_browser"
BROWSER_SECONDS = 30 * 86400
"""As long as sign-ins are kept."""
CSRF_HEADER = "X-CSRF-Token"
_LOOKING = frozenset({"GET", "HEAD", "OPTIONS"})

ON_THE_DESK = RIGHTS[Permission.RESIDENTS].roles
"""Roles that work alerts and see residents."""
ON_FIGURES = RIGHTS[Permission.FIGURES].roles
"""Roles that read how right the detectors are; figures hold no resident's data."""
WITH_DEVICES = RIGHTS[Permission.DEVICES].roles
"""Roles that onboard and look after devices."""
LISTENING = RIGHTS[Permission.QUALITY].roles
"""Roles that listen to calls."""
ON_THE_RECORD = RIGHTS[Permission.RECORD].roles
"""Roles that read the record."""


def csrf_token(parts: Parts, secret: str) -> str:
    """What our own pages send along with an act; bound to the session, kept nowhere."""
    return parts.register.key.digest(f"csrf {secret}").hex()


async def sent_csrf(request: Request) -> str:
    """The token our desk sends as a header, and our plain forms as a field."""
    kind = request.headers.get("content-type", "")
    if kind.startswith("application/x-www-form-urlencoded"):
        return str((await request.form()).get("csrf", ""))
    return request.headers.get(CSRF_HEADER, "")


class Asker(msgspec.Struct, frozen=True):
    """Whose token or session a request shows."""

    actor: Actor
    session: Session | None = None
    """None for a token."""

    @property
    def locked(self) -> bool:
        """Their session shows nothing until it is unlocked."""
        return self.session is not None and self.session.locked


def whoever(request: Request, parts: Parts) -> Asker | None:
    """Who asks; None for nobody. Proves no act: see `actor_of`."""
    if secret := bearer(request):
        by_token = parts.register.people.token_actor(secret)
        return None if by_token is None else Asker(by_token)
    secret = request.cookies.get(COOKIE, "")
    session = parts.register.sessions.held(secret) if secret else None
    if session is None:
        return None
    actor = session.person.actor()
    bare = not session.proved and actor.role in parts.second_factor_roles
    return Asker(msgspec.structs.replace(actor, role=None) if bare else actor, session)


def asker_of(request: Request, parts: WithParts, sent: Annotated[str, Depends(sent_csrf)]) -> Asker:
    """Who asks, locked or not. Raises `NotSignedIn`, or `Forbidden` for a foreign page's act."""
    asker = whoever(request, parts)
    by_token = bool(bearer(request))
    if asker is None and by_token:
        raise NotSignedIn("This API token is not valid; `telecare token create` issues one.")
    if asker is None:
        raise NotSignedIn
    if not by_token and request.method not in _LOOKING:
        require_own_page(request, parts)
        secret = request.cookies.get(COOKIE, "")
        if not parts.register.key.matches(f"csrf {secret}", _bytes(sent)):
            raise Forbidden("This act did not come from a page of ours; load the page again.")
    request.state.asker = asker  # the page that answers tells when the session ends
    return asker


async def held_to_own(asker: Annotated[Asker, Depends(asker_of)]) -> Asker:
    """Who asks; from here on the database shows this request their organisation alone. Not in a
    thread of its own: what is said there would be forgotten with it.
    """
    acting_for.set(asker.actor.org)
    return asker


def actor_of(asker: Annotated[Asker, Depends(held_to_own)]) -> Actor:
    """The actor of this request. Raises `Locked` too."""
    if asker.locked:
        raise Locked
    return asker.actor


def bearer(request: Request) -> str:
    """The request's bearer token; empty without one."""
    kind, _, secret = request.headers.get("authorization", "").partition(" ")
    return secret.strip() if kind.lower() == "bearer" else ""


def require_own_page(request: Request, parts: Parts) -> None:
    """Raises `Forbidden` if a browser says that another site's page made this request."""
    origin = request.headers.get("origin")
    ours = {request.headers.get("host", ""), urlsplit(parts.settings.public_url).netloc}
    if origin is not None and urlsplit(origin).netloc not in ours:
        raise Forbidden("This request came from another site's page, so nothing was done.")
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise Forbidden("This request came from another site's page, so nothing was done.")


def may(permission: Permission) -> Callable[..., Actor]:
    """A dependency: the actor, if they have `permission`; `Forbidden` otherwise."""

    def allowed(request: Request, actor: Annotated[Actor, Depends(actor_of)]) -> Actor:
        return permitted(actor, permission, request.method)

    _PERMISSIONS[allowed] = permission
    return allowed


def permission_of(dependency: object) -> Permission | None:
    """What a dependency made by `may` asks for; None for any other."""
    return _PERMISSIONS.get(dependency)


def may_though_locked(permission: Permission) -> Callable[..., Asker]:
    """As `may`, of the few routes that a locked session still reaches; they see to it
    themselves that nothing of residents is told then.
    """

    def allowed(request: Request, asker: Annotated[Asker, Depends(held_to_own)]) -> Asker:
        return Asker(permitted(asker.actor, permission, request.method), asker.session)

    _PERMISSIONS[allowed] = permission
    return allowed


_PERMISSIONS: dict[object, Permission] = {}
SignedIn = Annotated[Actor, Depends(may(Permission.OWN))]
Holder = Annotated[Asker, Depends(may_though_locked(Permission.OWN))]
Watcher = Annotated[Asker, Depends(may_though_locked(Permission.RESIDENTS))]
Operator = Annotated[Actor, Depends(may(Permission.RESIDENTS))]
AlertWorker = Annotated[Actor, Depends(may(Permission.ALERTS))]
KeysafeHolder = Annotated[Actor, Depends(may(Permission.KEYSAFES))]
Planner = Annotated[Actor, Depends(may(Permission.PLANS))]
FigureReader = Annotated[Actor, Depends(may(Permission.FIGURES))]
Tuner = Annotated[Actor, Depends(may(Permission.TUNINGS))]
RecordReader = Annotated[Actor, Depends(may(Permission.RECORD))]
DeviceKeeper = Annotated[Actor, Depends(may(Permission.DEVICES))]
Worker = Annotated[Actor, Depends(may(Permission.JOBS))]
Relative = Annotated[Actor, Depends(may(Permission.FAMILY))]
CareReader = Annotated[Actor, Depends(may(Permission.SHARED))]
Listener = Annotated[Actor, Depends(may(Permission.QUALITY))]
Broker = Annotated[Actor, Depends(may(Permission.BROKERS))]


def seconds_left(parts: Parts, session: Session) -> float:
    """Real seconds until the session is over."""
    left = (session.ends_at - parts.clock.now()).total_seconds() / parts.clock.speed
    return max(0.0, round(left, 1))


def give_cookie(response: Response, parts: Parts, secret: str) -> None:
    """A session of the browser: unreadable for scripts, never sent from another site."""
    response.set_cookie(
        COOKIE, secret, httponly=True, samesite="strict", secure=parts.secure, path="/"
    )


def known_browser(request: Request, parts: Parts, username: str) -> str:
    """The secret of a browser that has signed in to this account before; empty for any other."""
    secret = request.cookies.get(BROWSER, "")
    return secret if parts.register.known_browsers.knows(username, secret) else ""


def keep_browser(request: Request, response: Response, parts: Parts, person: Person) -> None:
    """This browser is known as theirs from now on, also after they signed out."""
    secret = parts.register.known_browsers.remember(person, request.cookies.get(BROWSER, ""))
    response.set_cookie(
        BROWSER, secret, httponly=True, samesite="strict", secure=parts.secure, path="/",
        max_age=BROWSER_SECONDS,
    )  # fmt: skip


def take_cookie(response: Response, parts: Parts) -> None:
    """Forget the session in the browser."""
    response.delete_cookie(COOKIE, httponly=True, samesite="strict", secure=parts.secure, path="/")


def _bytes(hexadecimal: str) -> bytes:
    try:
        return bytes.fromhex(hexadecimal)
    except ValueError:
        return b""
