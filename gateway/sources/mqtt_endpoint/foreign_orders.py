"""Commands in other makers' words, for bridges and devices that dial in at our own door.

They are told once, see `gateway.downlink`: where one of their device's connections was heard, over
the connection that listens there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from gateway.downlink import Downlink
from gateway.sources.mqtt_endpoint.connection import Connection
from telecare.telling.places import all_of


def tell(
    downlink: Downlink,
    connections: Callable[[str, str], Iterable[Connection]],
    now: datetime,
    since: datetime | None,
) -> None:
    """Tell what can be told now; it counts as told from here on.

    `connections` are those of a device, by organisation and id. What was ordered before `since`
    others may have told; None where others may have until a client came to us.
    """
    for each in downlink.in_other_words():
        mine = list(connections(each.org, each.device))
        words = each.words(all_of((one.session.places for one in mine), each.dialect))
        if words is None:
            continue
        topic = words.topic.encode()
        there = next((one for one in mine if one.session.listens(topic)), None)
        if there is None or each.made_at < (since or there.session.since):
            continue
        downlink.gave(each)
        said = there.session.deliver(topic, words.payload, now, each.seconds, lasting=False)
        there.carry_out(said)
