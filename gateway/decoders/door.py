"""What the door itself says of a device: words of our own, never a device's.

The topic is the trouble, the payload a JSON object about it. One of a kind is told of a
device in an hour.
"""

from __future__ import annotations

from collections.abc import Sequence

from gateway.decoders.said import Heard, Offer, Said, Telling, object_of
from telecare.vocabulary import ReadingKind


def read(heard: Heard) -> Sequence[Said | Offer]:
    """The trouble as a status of the device."""
    hour = heard.received_at.replace(minute=0, second=0, microsecond=0)
    telling = Telling(heard, sensor=None, key=hour.isoformat(), data=object_of(heard.payload))
    telling.add(ReadingKind.STATUS, heard.topic, trouble=True)
    return telling.done()
