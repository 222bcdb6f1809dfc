"""What providers say of messages they took: signed, late, twice, in any order.

A receipt may hurry things on or call a stand-in off; nothing waits for one, because a
provider that loses messages loses receipts too.
"""

from __future__ import annotations

from responder.acting.own_work import OwnWork
from responder.arranged import prompting
from responder.kept.record import Act
from responder.outgoing import outbox, reach
from responder.outgoing.outbox import Kind, MessageState, Receipt
from responder.store.messages import posted, stand
from telecare.errors import NotFound
from telecare.tenancy import PLATFORM


class Receipts(OwnWork):
    """Receives what providers say. Whoever calls it has made sure that it is the provider."""

    def receipt(self, org: str, key: str, said: Receipt) -> MessageState:
        """Where the message stands now; the same receipt again changes nothing. Raises
        `NotFound` for a message that is none of ours.
        """
        with self._works.begin(self._clock.now()) as work:
            found = posted(work, org, key)
            if found is None:
                raise NotFound("There is no such message.")
            holds = outbox.strongest(found.receipt, said)
            state = outbox.after_receipt(found.state, holds)
            if (state, holds) == (found.state, found.receipt):
                return state
            stand(work, org, key, state, holds)
            if state is found.state:
                return state
            message, arrived = found.message, state is MessageState.DELIVERED
            if message.kind is Kind.PROMPT:
                if not arrived:
                    prompting.unreached(work, message)
                return state
            detail = {} if arrived else {"failure": NOT_ARRIVED}
            work.write(
                Act.RECEIVED if arrived else Act.UNDELIVERED, org=org, actor=PLATFORM,
                alert=message.alert, contact=message.recipient, channel=message.channel,
                attempt=message.attempt, state=state.value, **detail,
            )  # fmt: skip
            if not arrived:
                reach.failed(work, message)
        return state


NOT_ARRIVED = "The provider says that it did not arrive."
