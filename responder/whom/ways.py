"""By which ways is somebody asked, and in which order?

Pure. Silent ways go out at once, side by side. A second provider of the same kind stands in
for the first when that has not delivered by a deadline; receipts can only call it off. A
telephone rings a little later than a text, so that an answer can come before it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta

import msgspec

from responder.whom.people import Channel

STANDS_IN_AFTER = timedelta(seconds=30)
"""Most text messages arrive in 10 s; half a minute is a sixth of the time to answer."""
RINGS_AFTER = timedelta(seconds=45)

ASKING = (
    Channel.NOTIFY_SMS, Channel.TWILIO_SMS, Channel.TWILIO_VOICE, Channel.WEB_PUSH,
    Channel.APPRISE, Channel.WEBHOOK, Channel.EMAIL, Channel.CONSOLE,
)  # fmt: skip
"""Ways on which somebody can be asked to go now; a letter on paper is none."""
TEXTING = (Channel.NOTIFY_SMS, Channel.TWILIO_SMS)


class Way(msgspec.Struct, frozen=True):
    """One message to be written down."""

    channel: Channel
    after: timedelta = timedelta()
    """How long after the asking it leaves, if it is still needed then."""
    stands_in_for: Channel | None = None


def ways(channels: Collection[Channel]) -> list[Way]:
    """How somebody who has these channels is asked, soonest first."""
    texts = [channel for channel in TEXTING if channel in channels]
    found = [
        Way(channel)
        for channel in ASKING
        if channel in channels and channel not in (*TEXTING, Channel.TWILIO_VOICE)
    ]
    found = [*(Way(channel) for channel in texts[:1]), *found]
    found += [Way(each, STANDS_IN_AFTER, texts[0]) for each in texts[1:]]
    if Channel.TWILIO_VOICE in channels:
        found.append(Way(Channel.TWILIO_VOICE, RINGS_AFTER if found else timedelta()))
    return found


def reachable(theirs: Collection[Channel], ours: Collection[Channel]) -> list[Channel]:
    """The ways to ask somebody that this installation has, quickest first."""
    return [channel for channel in ASKING if channel in theirs and channel in ours]


def telling(theirs: Sequence[Channel], ours: Collection[Channel]) -> Channel | None:
    """The one quiet way on which somebody is told something; None when there is none."""
    quiet = [each for each in reachable(theirs, ours) if each is not Channel.TWILIO_VOICE]
    return quiet[0] if quiet else None
