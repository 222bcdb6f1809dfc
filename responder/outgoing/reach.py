"""A message did not get through: what follows at once, without waiting for its deadline."""

from __future__ import annotations

from responder.life import alerts
from responder.outgoing.outbox import LIVE, Kind, Message
from responder.store import Work
from responder.store.messages import beside, hasten
from telecare.vocabulary import CallState


def faltered(work: Work, message: Message) -> None:
    """The provider does not take it now: whatever is to stand in for it leaves at once."""
    if message.kind is Kind.ASK:
        keys = [
            each.message.key
            for each in beside(work.connection, message)
            if each.message.stands_in_for == message.key
        ]
        hasten(work, message.org, keys, work.now)


def failed(work: Work, message: Message) -> None:
    """It will not arrive. When no other message of the same asking can, the contact counts as
    not reached and the next is asked.
    """
    faltered(work, message)
    if message.kind is not Kind.ASK or any(
        each.state in LIVE for each in beside(work.connection, message)
    ):
        return
    alert = work.alert(message.org, message.alert)
    rung = alert.rung(message.recipient)
    # An older message of an earlier asking says nothing about this one.
    if rung and rung.state is CallState.RINGING and rung.attempts == message.attempt:
        work.put(alerts.stood(alert, rung.contact, CallState.NO_ANSWER, work.now))
