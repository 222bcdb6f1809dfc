"""Messages on their way out: what is retried, when, and what is never sent twice.

Pure. A message is written down in the transaction that decided on it, and sent afterwards;
its `key` is unique, so deciding twice writes it once.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from telecare.errors import ChannelBusy, TelecareError

FIRST_RETRY = timedelta(seconds=2)
LONGEST_RETRY = timedelta(seconds=60)


class MessageState(StrEnum):
    """Where a message stands."""

    READY = "ready"
    """Not with the provider yet; `next_try_at` says when it is tried."""
    SENT = "sent"
    """The provider took it. Whether it was read only the person can say."""
    DELIVERED = "delivered"
    """The provider says that it arrived."""
    UNDELIVERED = "undelivered"
    """The provider took it, and says that it did not arrive."""
    REFUSED = "refused"
    """The provider will never take it; the reason is on record."""
    GIVEN_UP = "given_up"
    """It was tried until it was of no use any more."""
    EXPIRED = "expired"
    """It was of no use any more before it was first tried: stale messages confuse people."""
    UNNEEDED = "unneeded"
    """They answered, or the message it was to stand in for has arrived."""


LIVE = frozenset({MessageState.READY, MessageState.SENT, MessageState.DELIVERED})
"""Those that may still bring an answer."""


class Receipt(StrEnum):
    """A provider's last word on a message it took."""

    DELIVERED = "delivered"
    FAILED = "failed"


class Kind(StrEnum):
    """What a message is for; in this order they leave when a provider is slow."""

    ASK = "ask"
    """Somebody is asked to go. Knows no quiet hours."""
    CHECK = "check"
    """A responder at a home is asked whether they are safe. Knows no quiet hours."""
    PROMPT = "prompt"
    """A resident is rung about something expected of their day. About no alert."""
    NOTICE = "notice"
    """Somebody is told how it ended."""
    DIGEST = "digest"
    """Somebody is told of a day or a week."""


_RANK = {Kind.ASK: 0, Kind.CHECK: 0, Kind.PROMPT: 1, Kind.NOTICE: 1, Kind.DIGEST: 2}
LADDER = "ladder-"
"""Steps by which a plan asks somebody, the rest is the cycle; a claim made before they leave
calls them back."""
JOB = "job-"
"""Steps that offer a responder a job begin so; the rest is the dispatch's offer."""


def urgency(kind: Kind, turn: int, rank: int) -> int:
    """Lower is sent first: asks before notices before digests, a home's first asking before
    anybody's later ones, and then by the alert's priority.

    `turn`: how many asks about this alert have left by this channel before; `rank`: the
    priority's, 0 to 9.
    """
    return _RANK[kind] * 10_000 + min(turn, 999) * 10 + rank


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """One message to one person about one alert. Holds no text: that is composed when sent."""

    org: str
    alert: str
    """Empty for a prompt, which is about an expectation."""
    step: str
    """What decided on it: `ladder-1`, `ladder-2`, `desk`, `closed`."""
    recipient: str
    """A contact's id; a resident's for a prompt."""
    channel: str
    attempt: int
    """Which asking of this contact on this alert it is, from 1."""
    urgency: int
    """Lower is sent first."""
    created_at: datetime
    expires_at: datetime
    """After it the message is of no use: the ladder has moved on."""
    kind: Kind = Kind.ASK
    leaves_at: datetime | None = None
    """Not before then; None is at once."""
    stands_in_for: str | None = None
    """Key of the message it is sent instead of, if that one does not arrive."""
    expectation: str = ""
    home: str = ""
    """Both of a prompt only."""

    @property
    def key(self) -> str:
        """The same for the same (alert, step, recipient, channel, attempt), and only for it."""
        return key_of(self.org, self.alert, self.step, self.recipient, self.channel, self.attempt)


def key_of(org: str, alert: str, step: str, recipient: str, channel: str, attempt: int) -> str:
    """A message's key."""
    parts = (org, alert, step, recipient, channel, str(attempt))
    return hashlib.blake2b("\0".join(parts).encode(), digest_size=16).hexdigest()


class Verdict(msgspec.Struct, frozen=True):
    """What becomes of a message after a try."""

    state: MessageState
    next_try_at: datetime | None = None

    @property
    def is_final(self) -> bool:
        """It will not be tried again."""
        return self.state is not MessageState.READY


def before_try(message: Message, tries: int, now: datetime) -> Verdict | None:
    """None when the message may be sent now, else what becomes of it instead."""
    if now < message.expires_at:
        return None
    return Verdict(MessageState.GIVEN_UP if tries else MessageState.EXPIRED)


def after_failure(message: Message, tries: int, now: datetime, error: TelecareError) -> Verdict:
    """Whether trying again can help, and when; `tries` counts the failed one."""
    if not error.retryable:
        return Verdict(MessageState.REFUSED)
    wait = patience(tries)
    if isinstance(error, ChannelBusy):
        # Its place in the queue is kept by its urgency, not by patience.
        wait = timedelta(seconds=error.seconds)
    if now + wait >= message.expires_at:
        return Verdict(MessageState.GIVEN_UP)
    return Verdict(MessageState.READY, now + wait)


def patience(tries: int) -> timedelta:
    """How long a message waits after so many tries that failed, 1 at least."""
    return min(FIRST_RETRY * (1 << min(tries - 1, 10)), LONGEST_RETRY)


def after_receipt(state: MessageState, receipt: Receipt | None) -> MessageState:
    """The state with what the provider says. Receipts may come late, twice or in any order:
    `delivered` holds against everything, and `failed` only against `sent`.
    """
    if receipt is Receipt.DELIVERED:
        return MessageState.DELIVERED
    if receipt is Receipt.FAILED and state is MessageState.SENT:
        return MessageState.UNDELIVERED
    return state


def strongest(one: Receipt | None, other: Receipt | None) -> Receipt | None:
    """What holds of two receipts, whichever came first."""
    both = {one, other}
    return next((each for each in Receipt if each in both), None)
