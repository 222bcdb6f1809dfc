"""What waits for a time still to come, of all organisations: asked when the clock was set right.

What nobody can read is left out: its own step tells of it.
"""

from __future__ import annotations

import msgspec
from sqlalchemy import select, update

from responder.callout.dispatch import Dispatch
from responder.life.alert import Alert
from responder.outgoing.outbox import Message
from responder.store import tables as t
from responder.store.timed import readable
from responder.store.work import Work, decode_alert

_decode_dispatch = msgspec.json.Decoder(Dispatch).decode
_decode_message = msgspec.json.Decoder(Message).decode


def alerts(work: Work) -> list[Alert]:
    """Open alerts whose next step is still to come, locked until the act ends."""
    query = select(t.alert.c.body).where(t.IS_OPEN, t.alert.c.next_due_at > work.now)
    return readable(work, query.order_by(t.alert.c.org, t.alert.c.id), decode_alert)


def dispatches(work: Work) -> list[Dispatch]:
    """Those whose next step is still to come, locked until the act ends."""
    query = select(t.dispatch.c.body).where(t.dispatch.c.next_due_at > work.now)
    return readable(work, query.order_by(t.dispatch.c.org, t.dispatch.c.id), _decode_dispatch)


def messages(work: Work) -> list[Message]:
    """Those that have not left and are to be tried later, locked until the act ends."""
    query = select(t.outbox.c.body).where(t.IS_READY, t.outbox.c.next_try_at > work.now)
    return readable(work, query.order_by(t.outbox.c.org, t.outbox.c.key), _decode_message)


def keep_message(work: Work, message: Message) -> None:
    """Keep the message with other times: it is tried at once."""
    work.connection.execute(
        update(t.outbox)
        .where(t.outbox.c.org == message.org, t.outbox.c.key == message.key)
        .values(
            next_try_at=work.now, expires_at=message.expires_at, body=msgspec.json.encode(message)
        )
    )


def organisations(work: Work) -> list[str]:
    """Those that have a record."""
    query = select(t.record_head.c.org).order_by(t.record_head.c.org)
    return list(work.connection.execute(query).scalars())
