"""On which terms a client is let in: what it asked for, and what we grant."""

from __future__ import annotations

from datetime import datetime

import msgspec

from gateway.identity import Identity
from gateway.sessions.notes import EXPIRY_LIMIT, Found, KeptSession, SessionKey
from gateway.sources.mqtt_endpoint import fields
from gateway.sources.mqtt_endpoint.addresses import ALIAS_LIMIT
from gateway.sources.mqtt_endpoint.packets import V5, V311, Connect, Reason

RECEIVE_MAXIMUM = 256
"""Unacknowledged messages one MQTT 5 client may have with us; told in CONNACK."""
KEEPALIVE_LIMIT = 1800
"""Seconds; a client that wishes for more, or for none, is given this (MQTT 5) or held to it."""

CLIENT_ID_LIMIT = 1024
"""Bytes. It is part of keys in the database, of which PostgreSQL takes 2,704 bytes: a longer name
would keep the commit of everybody's messages from ever coming about."""


class Visit(msgspec.Struct, frozen=True):
    """What the listener knows of a client that is let in."""

    at: datetime
    fresh: str = ""
    """A fresh id: names the connection, the session it begins, and a client without a name."""
    found: Found | None = None
    """The session kept from before."""
    withdrawn: bool = False
    """The device may call for help and nothing else."""


def objection(connect: Connect) -> tuple[Reason, str] | None:
    """Why this client cannot be let in, whoever it is."""
    if connect.authentication_method is not None:
        why = "It asked for an authentication method that we do not have."
        return Reason.BAD_AUTHENTICATION_METHOD, why
    if not connect.client_id and connect.version == V311 and not connect.clean_start:
        return Reason.CLIENT_ID_NOT_VALID, "It gave no client id and wants a lasting session."
    if len(connect.client_id.encode()) > CLIENT_ID_LIMIT:
        return Reason.CLIENT_ID_NOT_VALID, "Its client id is longer than we take."
    return None


def keepalive(connect: Connect) -> int:
    """Seconds."""
    return min(connect.keepalive or KEEPALIVE_LIMIT, KEEPALIVE_LIMIT)


def expiry(connect: Connect) -> int:
    """Seconds for which the session is kept after the connection; 0 if it ends with it."""
    if connect.version == V5:
        return min(connect.session_expiry, EXPIRY_LIMIT)
    return 0 if connect.clean_start else EXPIRY_LIMIT


def session_of(
    identity: Identity, connect: Connect, client_id: str, visit: Visit
) -> KeptSession | None:
    """The session to keep, resumed if the client wants that; None if there is none to keep."""
    if visit.withdrawn:
        return None
    seconds = expiry(connect)
    if visit.found is not None and not connect.clean_start:
        return msgspec.structs.replace(visit.found.session, expiry=seconds)
    if not seconds:
        return None
    return KeptSession(SessionKey(identity.org, identity.device, client_id), visit.fresh, seconds)


def received(session: KeptSession | None, visit: Visit) -> tuple[int, ...]:
    """Numbers of QoS 2 messages that a session which is gone on with has on disk."""
    found = visit.found
    if session is None or found is None or found.session.epoch != session.epoch:
        return ()
    return found.received


def lasting(session: KeptSession, seconds: int) -> KeptSession:
    """The same, to be kept for `seconds`."""
    return msgspec.structs.replace(session, expiry=min(seconds, EXPIRY_LIMIT))


def subscribed(session: KeptSession, granted: dict[str, int]) -> KeptSession:
    """The same with these subscriptions."""
    return msgspec.structs.replace(session, filters=tuple(granted.items()))


def terms(connect: Connect, packet_limit: int, client_id: str) -> dict[int, fields.Value]:
    """What an MQTT 5 client is told with the welcome."""
    told: dict[int, fields.Value] = {
        fields.RECEIVE_MAXIMUM: RECEIVE_MAXIMUM,
        fields.MAXIMUM_PACKET_SIZE: packet_limit,
        fields.TOPIC_ALIAS_MAXIMUM: ALIAS_LIMIT,
        fields.SUBSCRIPTION_IDS_AVAILABLE: 0,
        fields.SHARED_AVAILABLE: 0,
    }
    if keepalive(connect) != connect.keepalive:
        told[fields.SERVER_KEEPALIVE] = keepalive(connect)
    if expiry(connect) != connect.session_expiry:
        told[fields.SESSION_EXPIRY] = expiry(connect)
    if not connect.client_id:
        told[fields.ASSIGNED_CLIENT_ID] = client_id
    return told
