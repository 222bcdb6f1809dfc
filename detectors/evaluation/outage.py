"""When the platform was away, did anybody's detector take it for stillness?

TIHM's platform was away from the evening of 2019-04-01 until 2019-04-03 and from
2019-06-15 04:05. The recorded homes are heard together, as the runner hears them, and for
two days after the last word; once without heartbeats, as recorded, and once with hubs that
promise one every quarter of an hour and keep silent while the platform is away.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise

import msgspec

from detectors.base import HomeProfile, at
from detectors.blackout import Chorus
from detectors.evaluation.tihm import ORG, Event, Recording, reading
from detectors.home import Home
from telecare.messages import Reading, Signal
from telecare.vocabulary import ReadingKind, SignalKind

TECHNICAL = frozenset({SignalKind.HUB_SILENT, SignalKind.HUB_BACK, SignalKind.UNJUDGED})
_ALLOWANCE = timedelta(seconds=2)
_BEAT_S = 900.0
_SILENT_S = 3 * _BEAT_S
_AWAY_S = 3600.0
"""Nobody for so long: the platform was away."""
_AFTER = timedelta(days=2)
_STEP = timedelta(minutes=1)


class Outage(msgspec.Struct, frozen=True):
    """Nobody in any home was heard between these moments."""

    since: datetime
    until: datetime


def outages(whole: Recording) -> list[Outage]:
    """The times at which the whole platform was away, the end of the recording among them."""
    words = sorted((e for events in whole.homes.values() for e in events), key=lambda e: e.second)
    pairs = [(a, b) for a, b in pairwise(words) if b.second - a.second > _AWAY_S]
    found = [Outage(_received(before), _received(after)) for before, after in pairs]
    end = _received(words[-1])
    return [*found, Outage(end, end + _AFTER)]


def said_during(whole: Recording, *, beats: bool, days_before: int = 45) -> Counter[str]:
    """Kind -> signals of all detectors in the last outage; it is preceded by so many days."""
    outage = outages(whole)[-1]
    begin = outage.since - timedelta(days=days_before)
    homes: dict[str, Home] = {}
    for name in whole.homes:
        hubs = {f"hub-{name}": _SILENT_S} if beats else {}
        homes[name] = Home(HomeProfile(org=ORG, home=name, hubs=hubs), _ALLOWANCE)
    lives = [_life(name, whole, begin, outage.since, beats=beats) for name in whole.homes]
    chorus = Chorus()
    for word in heapq.merge(*lives, key=lambda r: r.received_at):
        ended = chorus.hear((word.org, word.home), word.received_at.timestamp())
        if ended is not None:
            for home in homes.values():
                home.blind(at(ended.since), at(ended.until))
        homes[word.home].observe(word)
    said: list[Signal] = []
    now = outage.since
    while now < outage.until:
        now += _STEP
        dark = chorus.dark_at(now.timestamp())
        until = at(chorus.judged_until(now.timestamp()))
        for home in homes.values():
            if home.due_at is None or home.due_at > until:
                continue
            if dark is not None:
                home.blind(at(dark.since), at(dark.until))
            said += home.tick(until)
    # What had been due before and is only met now is no word about the outage.
    return Counter(str(s.kind) for s in said if s.occurred_at > outage.since)


def _life(
    name: str, whole: Recording, begin: datetime, end: datetime, *, beats: bool
) -> Iterator[Reading]:
    """The home's words, and its hub's heartbeats from its first word on."""
    beat: datetime | None = None
    earliest = begin.timestamp() - _AWAY_S  # in summer civil time is an hour ahead
    for number, event in enumerate(whole.homes[name]):
        if event.second < earliest:
            continue
        word = reading(name, event, number)
        if word.received_at < begin:
            continue
        if beats and beat is None:
            beat = word.received_at
        while beat is not None and beat <= word.received_at:
            yield _heartbeat(name, beat)
            beat += timedelta(seconds=_BEAT_S)
        yield word
    while beat is not None and beat <= end:
        yield _heartbeat(name, beat)
        beat += timedelta(seconds=_BEAT_S)


def _received(event: Event) -> datetime:
    return reading("", event, 0).received_at


def _heartbeat(name: str, moment: datetime) -> Reading:
    return Reading(
        org=ORG,
        home=name,
        device=f"hub-{name}",
        id=f"beat-{moment.timestamp():.0f}",
        kind=ReadingKind.HEARTBEAT,
        type="heartbeat",
        occurred_at=moment,
        received_at=moment,
    )
