"""SIP transactions: what was asked is answered once, and the same again when it is asked again.

Pure: the caller tells the time (any seconds that do not go back) and sends the bytes.
Timers of RFC 3261: T1 0.5 s, T2 4 s, and 64*T1 after which nobody asks any more.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Generic, TypeVar

import msgspec

T1, T2 = 0.5, 4.0
LIFETIME = 64 * T1
LIMIT = 20_000
"""Transactions remembered; in a flood the oldest are forgotten first, and asked again."""
ANSWER_BYTES = 16 * 1024 * 1024
"""Of all answers remembered: an answer repeats its question's headers, and strangers write long
ones."""

Key = bytes
"""What names a request; see `sip_wire.transaction_of`."""
To = TypeVar("To")


class Answered:
    """Requests we were asked, and what we answered."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._answers: OrderedDict[Key, tuple[float, bytes]] = OrderedDict()
        self._limit = limit
        self._bytes = 0

    def again(self, key: Key, now: float) -> bytes | None:
        """The answer to a request that was asked before; None if it is new."""
        found = self._answers.get(key)
        return found[1] if found and now - found[0] < LIFETIME else None

    def remember(self, key: Key, answer: bytes, now: float) -> None:
        """This was answered."""
        _, before = self._answers.pop(key, (now, b""))
        self._answers[key] = (now, answer)
        self._bytes += len(answer) - len(before)
        while self._answers:
            begun, oldest = next(iter(self._answers.values()))
            is_full = len(self._answers) > self._limit or self._bytes > ANSWER_BYTES
            if now - begun < LIFETIME and not is_full:
                return
            self._answers.popitem(last=False)
            self._bytes -= len(oldest)

    def __len__(self) -> int:
        return len(self._answers)


class Asked(msgspec.Struct, Generic[To]):
    """A request of ours under way."""

    data: bytes
    to: To
    """Whom to send it to."""
    repeat_at: float
    """Infinite on a reliable transport."""
    wait: float
    give_up_at: float


class Asking(Generic[To]):
    """Our own requests, repeated over UDP until they are answered."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._asked: OrderedDict[str, Asked[To]] = OrderedDict()
        self._limit = limit
        self.unanswered = 0
        """Requests nobody answered in time."""

    def __bool__(self) -> bool:
        return bool(self._asked)

    def ask(self, branch: str, data: bytes, to: To, now: float, *, reliable: bool) -> None:
        """`data` was sent just now."""
        repeat_at = float("inf") if reliable else now + T1
        self._asked[branch] = Asked(data, to, repeat_at, T1, now + LIFETIME)
        if len(self._asked) > self._limit:
            self._asked.popitem(last=False)
            self.unanswered += 1

    def answered(self, branch: str, code: int) -> bool:
        """A response came; whether it ends a request of ours."""
        if code < 200:
            asked = self._asked.get(branch)
            if asked is not None and asked.repeat_at != float("inf"):
                asked.wait = T2
            return False
        return self._asked.pop(branch, None) is not None

    def due(self, now: float) -> list[Asked[To]]:
        """Requests to send again now; those too old are given up."""
        late = [branch for branch, asked in self._asked.items() if asked.give_up_at <= now]
        for branch in late:
            del self._asked[branch]
        self.unanswered += len(late)
        due = [asked for asked in self._asked.values() if asked.repeat_at <= now]
        for asked in due:
            asked.wait = min(asked.wait * 2, T2)
            asked.repeat_at = now + asked.wait
        return due

    def forget(self, to: To) -> None:
        """Nobody can be reached there any more."""
        for branch in [branch for branch, asked in self._asked.items() if asked.to == to]:
            del self._asked[branch]
