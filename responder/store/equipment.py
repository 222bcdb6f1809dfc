"""Where what devices say of themselves is kept, and how far the lanes were read for it."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import select, text

from responder.devices.equipment import Equipment
from responder.store import tables as t
from responder.store.work import Work
from telecare.store.among import among
from telecare.store.session import Database

_LOCK = 7316_2103
_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Equipment)


def alone(work: Work) -> bool:
    """Whether no other process calls the roll; holds until the act ends."""
    if work.connection.dialect.name != "postgresql":
        return True
    asked = work.connection.execute(text("SELECT pg_try_advisory_xact_lock(:k)"), {"k": _LOCK})
    return bool(asked.scalar_one())


def place(lane: str) -> str:
    """The name under which our own place in a neighbour's lane is kept."""
    return f"equipment:{lane}"


def of_devices(work: Work, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Equipment]:
    """What is kept of these (org, device)."""
    mine = among((t.equipment.c.org, t.equipment.c.device), keys)
    rows = work.connection.execute(select(t.equipment.c.body).where(mine))
    return {(e.org, e.device): e for e in (_decoder.decode(row.body) for row in rows)}


def put(work: Work, found: Sequence[Equipment]) -> None:
    """Keep these."""
    rows = [
        {
            "org": e.org, "device": e.device, "home": e.home, "heard_at": e.heard_at,
            "body": _encoder.encode(e),
        }
        for e in found
    ]  # fmt: skip
    statement = work.insert(t.equipment)
    work.connection.execute(
        statement.on_conflict_do_update(
            index_elements=["org", "device"],
            set_={name: statement.excluded[name] for name in ("home", "heard_at", "body")},
        ),
        rows,
    )


class EquipmentReads:
    """Questions about what devices said of themselves. Thread-safe."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self, org: str) -> dict[str, Equipment]:
        """By device, everything of one organisation, also what nobody registered."""
        query = select(t.equipment.c.body).where(t.equipment.c.org == org)
        with self._database.read() as connection:
            found = [_decoder.decode(row.body) for row in connection.execute(query)]
        return {each.device: each for each in found}

    def of(self, org: str, device: str) -> Equipment | None:
        """One device's; None if it was never heard."""
        query = select(t.equipment.c.body).where(
            t.equipment.c.org == org, t.equipment.c.device == device
        )
        with self._database.read() as connection:
            row = connection.execute(query).first()
        return None if row is None else _decoder.decode(row.body)
