"""A simulated hub: it keeps what it has to say until somebody has surely heard it.

Pure: told what happened, what was acknowledged and what time it is, it says what to send.
Readings and heartbeats are done with at their PUBACK: each has a number, and one that is lost
is missed. An alarm is done with only at its application receipt, because a PUBACK is a promise
about one hop only; until then it is repeated.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from datetime import datetime, timedelta
from typing import Any

import msgspec

from simulators.chance import chance
from simulators.happening import Happening
from telecare.vocabulary import COMMAND_ANSWERED, RESEND, ReadingKind

SAID_KEPT = 200
"""Messages a hub remembers so that it can say them again when it is asked."""
REPEAT_FIRST_S = 5.0
REPEAT_LONGEST_S = 60.0
"""An alarm without a receipt is repeated after 5, 10, 20, 40, 60, 60, ... seconds."""


class Upward(msgspec.Struct, frozen=True):
    """One message ready to be published; `kind` is the topic's last level."""

    kind: str
    id: str
    payload: bytes


class Order(msgspec.Struct, frozen=True):
    """A command as it comes down."""

    id: str
    name: str
    body: dict[str, Any] = {}


class _Alarm(msgspec.Struct):
    message: Upward
    next_at: datetime
    wait_s: float
    sent: int = 0


class Hub:
    """The local unit of one home.

    `clock_error` is added to every time it states, as a unit with a flat clock battery
    does; `boot` grows with each power-up and `seq` with each message within it, so a
    listener can tell a gap from a restart. The buffer holds `capacity` readings: when it
    is full the oldest reading goes, never an alarm.
    """

    def __init__(
        self,
        seed: int,
        *,
        heartbeat_s: float | None = 300.0,
        boot: int = 1,
        clock_error: timedelta = timedelta(0),
        capacity: int = 200_000,
    ) -> None:
        self._rng = chance("hub", seed, boot)
        self._heartbeat_s = heartbeat_s
        self._next_beat: datetime | None = None
        self._boot = boot
        self._seq = 0
        self._clock_error = clock_error
        self._capacity = capacity
        self._urgent: deque[Upward] = deque()
        self._waiting: deque[Upward] = deque()
        self._flying: OrderedDict[str, Upward] = OrderedDict()
        self._alarms: OrderedDict[str, _Alarm] = OrderedDict()
        self._said: OrderedDict[int, Upward] = OrderedDict()
        self._done: set[str] = set()
        self.evicted = 0
        """Readings lost because the buffer was full."""
        self.repeated = 0
        """Messages sent again, for want of a PUBACK or a receipt."""

    @property
    def unheard_alarms(self) -> int:
        """Alarms without a receipt so far."""
        return len(self._alarms)

    @property
    def backlog(self) -> int:
        """Readings and heartbeats not acknowledged so far."""
        return len(self._urgent) + len(self._waiting) + len(self._flying)

    def happened(self, happening: Happening) -> Upward:
        """Take in what a sensor saw; returns the message it becomes."""
        message = self._message(happening)
        if happening.kind is ReadingKind.ALARM:
            self._alarms[message.id] = _Alarm(message, happening.at, REPEAT_FIRST_S)
            return message
        if happening.kind is ReadingKind.ACCELERATION:
            self._urgent.append(message)
            return message
        self._waiting.append(message)
        if len(self._waiting) > self._capacity:
            self._waiting.popleft()
            self.evicted += 1
        return message

    def power_on(self, now: datetime) -> None:
        """Begin to beat: at once, then every `heartbeat_s`."""
        if self._heartbeat_s is not None:
            self._next_beat = now

    def next_readings(self, at_most: int) -> list[Upward]:
        """The oldest readings not yet sent on this connection, in order.

        A movement that may be a fall overtakes whatever the hub has stored.
        """
        taken: list[Upward] = []
        while (self._urgent or self._waiting) and len(taken) < at_most:
            message = (self._urgent or self._waiting).popleft()
            self._flying[message.id] = message
            taken.append(message)
        return taken

    def due(self, now: datetime) -> list[Upward]:
        """Alarms to send or repeat, then a heartbeat if it is time."""
        messages = []
        for alarm in self._alarms.values():
            if alarm.next_at <= now:
                messages.append(alarm.message)
                self.repeated += alarm.sent > 0
                alarm.sent += 1
                alarm.next_at = now + timedelta(seconds=alarm.wait_s)
                alarm.wait_s = min(alarm.wait_s * 2, REPEAT_LONGEST_S)
        if self._next_beat is not None and self._next_beat <= now:
            messages.append(self._heartbeat(now))
        return messages

    def due_at(self) -> datetime | None:
        """When `due` next has something to say by itself."""
        moments = [alarm.next_at for alarm in self._alarms.values()]
        if self._next_beat is not None:
            moments.append(self._next_beat)
        return min(moments, default=None)

    def acknowledged(self, message_id: str) -> None:
        """The PUBACK has come: a reading or a heartbeat is safe and forgotten here."""
        self._flying.pop(message_id, None)

    def told(self, order: Order, now: datetime) -> None:
        """A command has come, perhaps not for the first time: it is done once and answered.

        Of what it is to say again it says what it still has; nothing else is known to it.
        """
        again = []
        if order.name == RESEND and order.body.get("boot") == str(self._boot):
            again = [self._said[seq] for seq in order.body.get("seq", []) if seq in self._said]
        if order.id not in self._done:
            self._done.add(order.id)
            self._urgent.extend(again)
        answer = Happening(
            at=now, sensor="hub-answer", type=COMMAND_ANSWERED, kind=ReadingKind.STATUS,
            value=bool(again), data={"command": order.id},
        )  # fmt: skip
        self._urgent.append(self._message(answer))

    def received(self, message_id: str) -> None:
        """The application receipt of an alarm has come; it is not repeated again."""
        self._alarms.pop(message_id, None)

    def disconnected(self, now: datetime) -> None:
        """Whatever was in flight may be lost: it goes first, in order, next time."""
        self.repeated += len(self._flying)
        self._waiting.extendleft(reversed(self._flying.values()))
        self._flying.clear()
        for alarm in self._alarms.values():
            alarm.next_at = now
            alarm.wait_s = REPEAT_FIRST_S

    def _heartbeat(self, now: datetime) -> Upward:
        assert self._heartbeat_s is not None
        jitter = self._rng.uniform(0.9, 1.0)
        self._next_beat = now + timedelta(seconds=self._heartbeat_s * jitter)
        message = self._message(heartbeat(now))
        self._flying[message.id] = message
        return message

    def _message(self, happening: Happening) -> Upward:
        self._seq += 1
        body: dict[str, Any] = {
            "id": happening.id,
            "at": happening.at + self._clock_error,
            "type": happening.type,
            "sensor": happening.sensor,
            "boot": self._boot,
            "seq": self._seq,
        }
        for name in ("room", "value", "unit"):
            if (stated := getattr(happening, name)) is not None:
                body[name] = stated
        body.update(happening.data)
        message = Upward(happening.kind.value, happening.id, msgspec.json.encode(body))
        self._said[self._seq] = message
        if len(self._said) > SAID_KEPT:
            self._said.popitem(last=False)
        return message


def heartbeat(at: datetime) -> Happening:
    """The hub says that it is awake."""
    return Happening(at=at, sensor="hub", type="heartbeat", kind=ReadingKind.HEARTBEAT)
