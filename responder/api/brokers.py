"""Where somebody's EMQX asks who a device is and what it may do.

With the token of a TEC worker of one organisation, and about that organisation's devices
only. EMQX reads the answer from the body; it takes anything but 200 for "ask elsewhere", so
"no" is said with 200. See the user guide of EMQX 5, "HTTP authentication" and "HTTP
authorization".
"""

from __future__ import annotations

import hmac
from typing import Literal

import msgspec
from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from responder.api.parts import Parts, WithParts
from responder.api.schemas import Json, answers
from responder.api.signed_in import Broker
from telecare.register.devices import Admission
from telecare.register.grants import allows, grants_of
from telecare.tenancy import Actor

router = APIRouter(prefix="/brokers/emqx", tags=["brokers"])


class Rule(msgspec.Struct, frozen=True):
    """One line of a client's access list; the first that fits decides."""

    permission: Literal["allow", "deny"]
    action: Literal["publish", "subscribe", "all"]
    topic: str


class Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    """What EMQX reads. `ignore` only ever means: this is none of our user names."""

    result: Literal["allow", "deny", "ignore"]
    acl: list[Rule] = []
    """EMQX 5.8 and newer keep this for the connection and need not ask again."""


class Introduction(BaseModel):
    """A client that wants to connect."""

    model_config = ConfigDict(extra="ignore")
    username: str = Field("", max_length=200)
    password: str = Field("", max_length=500)


class Wish(BaseModel):
    """A client that wants to publish or subscribe."""

    model_config = ConfigDict(extra="ignore")
    username: str = Field("", max_length=200)
    topic: str = Field("", max_length=65535)
    action: str = Field("", max_length=20)


NOTHING_ELSE = [
    Rule("deny", "all", "#"),
    Rule("deny", "all", "$SYS/#"),
    Rule("deny", "publish", "$delayed/#"),
]
"""A wildcard at the beginning does not stand for `$` topics, and EMQX says what is published to
`$delayed/SECONDS/TOPIC` on TOPIC, whosever that is. About the rest it asks `authorize`."""


@router.post("/authenticate", responses=answers(Answer, 403, 422))
def authenticate(said: Introduction, actor: Broker, parts: WithParts) -> Json:
    """Whether the password is this device's and still holds, and what the device may do.

    Others' user names are not ours to judge: EMQX asks its next authenticator, and denies
    when there is none.
    """
    if not said.username.startswith(f"{actor.org}."):
        return Json(Answer("ignore"))
    known = _known(parts, actor, said.username)
    digest = parts.register.key.digest(said.password)
    nobody = parts.register.key.digest("")
    held = [each.digest for each in known.credentials] if known else []
    matches = [hmac.compare_digest(each, digest) for each in (*held, nobody)][: len(held)]
    if known is None or not any(matches):
        return Json(Answer("deny"))
    if known.successor is not None and not matches[0]:
        parts.register.devices.promote(actor.org, known.device.device, known.successor.mark)
    rules = [Rule("allow", grant.act, grant.filter) for grant in grants_of(known.device)]
    return Json(Answer("allow", rules + NOTHING_ELSE))


@router.post("/authorize", responses=answers(Answer, 403, 422))
def authorize(said: Wish, actor: Broker, parts: WithParts) -> Json:
    """Whether the device may do this. What others may, such as the gateway itself, EMQX's next
    source says; by the settings we export it denies when there is none.
    """
    if not said.username.startswith(f"{actor.org}."):
        return Json(Answer("ignore"))
    known = _known(parts, actor, said.username)
    is_allowed = known is not None and allows(grants_of(known.device), said.action, said.topic)
    return Json(Answer("allow" if is_allowed else "deny"))


def _known(parts: Parts, actor: Actor, username: str) -> Admission | None:
    found = parts.register.devices.admissions(username, org=actor.org)
    return next((each for each in found if each.revoked_at is None), None)
