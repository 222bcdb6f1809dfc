"""Messages to contacts are written down, in the act that decided on them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from responder.kept.record import Act
from responder.life.alerts import Alert
from responder.outgoing.links import Links
from responder.outgoing.outbox import Kind, Message, MessageState, key_of, urgency
from responder.store import Work
from responder.store.messages import of_alert
from responder.whom.people import Channel, Contact
from responder.whom.ways import Way, reachable, telling, ways

LINK_HOLDS = timedelta(hours=12)
NOTICE_HOLDS = timedelta(hours=24)
"""How long somebody still wants to know how it ended; longer than anybody's quiet hours."""
LETTER_HOLDS = timedelta(days=3)
CLOSED, UNREACHED = "closed", "unreached"
"""Steps of notices: how it ended; that we could not reach them."""
_ARRIVED = frozenset({MessageState.SENT, MessageState.DELIVERED})
_LOST = frozenset({MessageState.REFUSED, MessageState.UNDELIVERED, MessageState.GIVEN_UP})


def ring(
    work: Work,
    links: Links,
    ours: Collection[Channel],
    alert: Alert,
    contact: Contact,
    *,
    step: str,
    actor: str,
) -> None:
    """Write down every message by which a ringing contact is asked; later ones leave only if
    they are still needed.
    """
    for way in ways(reachable(contact.channels, ours)):
        write_message(work, links, alert, contact.id, way.channel, step=step, actor=actor, way=way)


def write_message(
    work: Work,
    links: Links,
    alert: Alert,
    contact: str,
    channel: Channel,
    *,
    step: str,
    actor: str,
    way: Way | None = None,
) -> Message:
    """Write a message to a ringing contact down, to be sent after the act."""
    way = way or Way(channel)
    rung = alert.rung(contact)
    assert rung is not None
    deadline: datetime | None = rung.deadline
    assert deadline is not None
    left = [
        each
        for each in of_alert(work.connection, alert.org, alert.id)
        if each.message.kind is Kind.ASK
        and each.message.channel == channel.value
        and each.state in _ARRIVED
    ]
    identity = (alert.org, alert.id, step, contact)
    message = Message(
        org=alert.org, alert=alert.id, step=step, recipient=contact, channel=channel.value,
        attempt=rung.attempts, urgency=urgency(Kind.ASK, len(left), alert.priority.rank),
        created_at=work.now, expires_at=deadline, leaves_at=work.now + way.after,
        stands_in_for=None
        if way.stands_in_for is None
        else key_of(*identity, way.stands_in_for.value, rung.attempts),
    )  # fmt: skip
    work.send(message, links.digest_of(message), work.now + LINK_HOLDS)
    if not way.after:
        work.write(
            Act.RUNG, org=alert.org, actor=actor, alert=alert.id, contact=contact,
            channel=channel.value, step=step, attempt=rung.attempts,
        )  # fmt: skip
    return message


def tell_how_it_ended(
    work: Work, alert: Alert, contacts: Sequence[Contact], ours: Collection[Channel]
) -> None:
    """It is over for these: everybody of them we asked is told that nothing is asked of them any
    more, once for each asking, by one quiet way; those no message reached get a letter on paper,
    if we can send one.
    """
    asked = [
        each
        for each in of_alert(work.connection, alert.org, alert.id)
        if each.message.kind is Kind.ASK
    ]
    for contact in contacts:
        states = {each.state for each in asked if each.message.recipient == contact.id}
        letter = Channel.NOTIFY_LETTER
        if states & _ARRIVED:
            channel = telling(contact.channels, ours)
            if channel is not None:
                work.send(_notice(work, alert, contact, channel, CLOSED, NOTICE_HOLDS))
        elif states & _LOST and letter in contact.channels and letter in ours:
            work.send(_notice(work, alert, contact, letter, UNREACHED, LETTER_HOLDS))


def _notice(
    work: Work, alert: Alert, contact: Contact, channel: Channel, step: str, holds: timedelta
) -> Message:
    rung = alert.rung(contact.id)
    return Message(
        org=alert.org, alert=alert.id, step=step, recipient=contact.id, channel=channel.value,
        attempt=rung.attempts if rung else 1,
        urgency=urgency(Kind.NOTICE, 0, alert.priority.rank), created_at=work.now,
        expires_at=work.now + holds, kind=Kind.NOTICE,
    )  # fmt: skip
