"""What came and could not be used: messages in quarantine, and devices nobody registered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from hashlib import blake2b

import msgspec
from sqlalchemy import Connection, Table, delete, func, select, text

from gateway.intake import Quarantined, Unknown
from gateway.store.tables import quarantine, unknown_device
from telecare.store.session import Database
from telecare.store.types import microseconds
from telecare.vocabulary import QuarantineReason

KEPT_PER_DEVICE = 1000
"""Quarantined messages, and unknown devices, kept of one device; the oldest give way, so that one
broken device cannot fill the disk for everybody."""

_OFFER = text(
    "INSERT INTO unknown_device "
    "(org, device, id, home, name, type, model, maker, first_at, last_at, times) VALUES "
    "(:org, :device, :id, :home, :name, :type, :model, :maker, :at, :at, 1) "
    "ON CONFLICT (org, device, id) DO UPDATE SET name = excluded.name, "
    "type = excluded.type, model = excluded.model, maker = excluded.maker, "
    "last_at = excluded.last_at, times = unknown_device.times + 1"
)
_SET_ASIDE = text(
    "INSERT INTO quarantine "
    "(org, device, id, home, kind, reason, why, payload, size, first_at, last_at, times) VALUES "
    "(:org, :device, :id, :home, :kind, :reason, :why, :payload, :size, :at, :at, 1) "
    "ON CONFLICT (org, device, id) DO UPDATE SET "
    "last_at = excluded.last_at, times = quarantine.times + 1"
)


class QuarantineRow(msgspec.Struct, frozen=True, kw_only=True):
    """A message in quarantine, as an engineer looks at it."""

    org: str
    device: str
    home: str
    id: str
    kind: str
    reason: QuarantineReason
    why: str
    payload: bytes
    size: int
    first_at: datetime
    last_at: datetime
    times: int
    """How often the very same bytes came."""


class QuarantineReader:
    """Reads the quarantine. Writes nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def newest(self, org: str | None = None, limit: int = 100) -> Iterator[QuarantineRow]:
        """The newest messages of one organisation, or for the installation's keeper of all."""
        query = select(quarantine).order_by(quarantine.c.last_at.desc()).limit(limit)
        if org is not None:
            query = query.where(quarantine.c.org == org)
        with self._database.read() as connection:
            rows = connection.execute(query).mappings().all()
        for row in rows:
            yield QuarantineRow(**{**row, "reason": QuarantineReason(row["reason"])})


def offer(connection: Connection, unknown: Sequence[Unknown]) -> None:
    """Show these devices in the inbox, once each."""
    connection.execute(
        _OFFER,
        [
            {
                "org": each.identity.org,
                "device": each.identity.device,
                "id": _plain(each.offer.id, 128),
                "home": each.identity.home,
                "name": _plain(each.offer.name, 128),
                "type": _plain(each.offer.type, 64),
                "model": _plain(each.offer.model, 128),
                "maker": _plain(each.offer.maker, 128),
                "at": microseconds(each.received_at),
            }
            for each in unknown
        ],
    )
    for org, device in {(each.identity.org, each.identity.device) for each in unknown}:
        _make_room(connection, unknown_device, org, device)


def _plain(value: str, limit: int) -> str:
    """At most `limit` characters that every database stores and every page can show."""
    return "".join(each if each.isprintable() else "?" for each in value[:limit])


def set_aside(connection: Connection, messages: Sequence[Quarantined]) -> None:
    """Keep these messages, once each."""
    connection.execute(
        _SET_ASIDE,
        [
            {
                "org": each.identity.org,
                "device": each.identity.device,
                "id": _id(each),
                "home": each.identity.home,
                "kind": each.kind,
                "reason": each.reason.value,
                "why": each.why,
                "payload": each.payload,
                "size": each.size,
                "at": microseconds(each.received_at),
            }
            for each in messages
        ],
    )
    for org, device in {(each.identity.org, each.identity.device) for each in messages}:
        _make_room(connection, quarantine, org, device)


def _make_room(connection: Connection, table: Table, org: str, device: str) -> None:
    mine = (table.c.org == org) & (table.c.device == device)
    held = connection.execute(select(func.count()).where(mine)).scalar_one()
    if held <= KEPT_PER_DEVICE:
        return
    oldest = select(table.c.id).where(mine).order_by(table.c.last_at).limit(held - KEPT_PER_DEVICE)
    connection.execute(delete(table).where(mine, table.c.id.in_(oldest)))


def _id(quarantined: Quarantined) -> str:
    about = f"{quarantined.kind}\0{quarantined.size}\0".encode()
    return blake2b(about + quarantined.payload, digest_size=16).hexdigest()
