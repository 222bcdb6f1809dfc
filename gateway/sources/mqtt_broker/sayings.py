"""What devices behind somebody else's broker are told, once they were heard to be there.

Devices of our own contract do a command once, by its id, and answer it. What is said to a broker
may be lost on the way, so a command is said again while its device speaks on and does not answer; a
configuration once on each of our connections. Those of other makers are told once, see `downlink`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

import msgspec

from gateway.downlink import Downlink, Told
from gateway.speakers import Speaker
from telecare.telling.places import Places

AGAIN_SECONDS = 60.0


class Saying(msgspec.Struct, frozen=True):
    """One message to publish."""

    topic: str
    payload: bytes
    seconds: int
    """For how long it means anything."""
    qos: int = 1


class Sayings:
    """Who was heard behind one broker, and what they were told over its present connection."""

    def __init__(self, downlink: Downlink) -> None:
        self._downlink = downlink
        self._there: dict[tuple[str, str], str] = {}
        self._speaks: set[tuple[str, str]] = set()
        self._said: dict[str, dict[str, float]] = {}
        self._places: dict[tuple[str, str], Places] = {}
        self._since: datetime | None = None

    def heard(self, speaker: Speaker) -> None:
        """A device spoke; one that nobody registered is told nothing."""
        key = (speaker.identity.org, speaker.identity.device)
        if speaker.dialect and not speaker.stray:
            places = self._places.setdefault(key, Places())
            places.heard(speaker.dialect, speaker.kind, speaker.base)
        if speaker.receipt_topic and not speaker.stray:
            self._there[key] = speaker.receipt_topic.removesuffix("receipt")
            self._speaks.add(key)

    def take_over(self, now: datetime) -> None:
        """We alone talk to this broker from `now` on: of what was ordered before, in another
        maker's words, nobody knows whether it was told.
        """
        self._since = now

    def begin(self) -> None:
        """A new connection: who was heard before is told there what still waits."""
        self._said.clear()

    def refresh(self) -> None:
        """Look what waits; it reads, so call it from a thread."""
        self._downlink.refresh()

    def due(self, now: float, may_hear: Callable[[str, str], bool]) -> Iterator[Saying]:
        """What is to be said at `now`, monotonic seconds; it counts as said from here on.

        `may_hear`: whether a device, by organisation and id, is trusted now.
        """
        for key, base in self._there.items():
            if not may_hear(*key):
                continue
            said = self._said.setdefault(base, {})
            for told in self._downlink.of(*key):
                if told.mark not in said or self._is_due_again(key, told, now - said[told.mark]):
                    said[told.mark] = now
                    yield Saying(base + told.what, told.payload, told.seconds)
        self._speaks.clear()
        yield from self._in_other_words(may_hear)

    def _in_other_words(self, may_hear: Callable[[str, str], bool]) -> Iterator[Saying]:
        for each in self._downlink.in_other_words():
            heard = self._places.get((each.org, each.device))
            is_ours = self._since is not None and each.made_at >= self._since
            if heard is not None and is_ours and may_hear(each.org, each.device):
                words = each.words(heard.of(each.dialect))
                if words is not None:
                    self._downlink.gave(each)
                    yield Saying(words.topic, words.payload, each.seconds, words.qos)

    def _is_due_again(self, key: tuple[str, str], told: Told, after: float) -> bool:
        return told.what == "command" and key in self._speaks and after >= AGAIN_SECONDS
