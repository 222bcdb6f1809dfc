"""Messages as they stand: found by what a receipt names, and with those beside them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import Connection, RowMapping, select, update

from responder.outgoing.outbox import Kind, Message, MessageState, Receipt
from responder.store import tables as t
from responder.store.work import Work

_messages = msgspec.json.Decoder(Message)


class Posted(msgspec.Struct, frozen=True):
    """A message and where it stands."""

    message: Message
    state: MessageState
    receipt: Receipt | None


def posted(work: Work, org: str, key: str) -> Posted | None:
    """The message of this key, locked until the act ends, and the alert it is about."""
    mine = (t.outbox.c.org == org) & (t.outbox.c.key == key)
    about = work.connection.execute(select(t.outbox.c.alert).where(mine)).scalar()
    if about is not None:
        work.hold(org, about)
    row = work.connection.execute(select(t.outbox).where(mine).with_for_update()).mappings().first()
    return None if row is None else _posted(row)


def of_alert(connection: Connection, org: str, alert: str) -> list[Posted]:
    """All messages about an alert, oldest first."""
    query = select(t.outbox).where(t.outbox.c.org == org, t.outbox.c.alert == alert)
    found = [_posted(row) for row in connection.execute(query).mappings()]
    return sorted(found, key=lambda each: (each.message.created_at, each.message.key))


def beside(connection: Connection, message: Message) -> list[Posted]:
    """All messages of the same asking of the same person, this one among them."""
    return [
        each
        for each in of_alert(connection, message.org, message.alert)
        if each.message.kind is Kind.ASK
        and (each.message.recipient, each.message.attempt) == (message.recipient, message.attempt)
    ]


def stand(work: Work, org: str, key: str, state: MessageState, receipt: Receipt | None) -> None:
    """From now on the message stands so."""
    work.connection.execute(
        update(t.outbox)
        .where(t.outbox.c.org == org, t.outbox.c.key == key)
        .values(state=state.value, receipt=receipt.value if receipt else None)
    )


def hasten(work: Work, org: str, keys: Sequence[str], now: datetime) -> None:
    """Those still waiting for their time are tried now."""
    if keys:
        work.connection.execute(
            update(t.outbox)
            .where(
                t.outbox.c.org == org, t.outbox.c.key.in_(keys), t.IS_READY,
                t.outbox.c.next_try_at > now,
            )
            .values(next_try_at=now)
        )  # fmt: skip


def _posted(row: RowMapping) -> Posted:
    receipt = row["receipt"]
    return Posted(
        _messages.decode(row["body"]),
        MessageState(row["state"]),
        None if receipt is None else Receipt(receipt),
    )
