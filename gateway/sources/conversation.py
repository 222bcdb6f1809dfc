"""What a careline protocol says over SIP: how its messages are recognised and answered."""

from __future__ import annotations

from enum import IntEnum
from typing import Protocol

import msgspec


class Code(IntEnum):
    """What we answer to a message."""

    OK = 0
    """It is safe on our disk."""
    INVALID_FORMAT = 2
    """It could not be read; what came is kept, and was shown if it may be a call for help."""
    WRONG_CONTENT = 3
    """It could be read, and we do not know who sent it."""
    MISSING_TAG = 7
    """It is safe, without something that every message must have."""


class About(msgspec.Struct, frozen=True):
    """What must be known of a message before it is decoded."""

    controller: str = ""
    unit: str = ""
    reference: str = ""
    """What the answer must repeat; empty if the message cannot be answered."""
    is_urgent: bool = True
    """It may be a call for help: a withdrawn device's is taken, too."""
    wants_voice: bool = False
    code: Code = Code.OK
    """What to answer when it is safe."""


class Conversation(Protocol):
    """One protocol of careline units."""

    dialect: str
    media_type: str

    def is_mine(self, body: bytes) -> bool:
        """Whether a message is of this protocol, well formed or not."""

    def about(self, body: bytes) -> About:
        """What the message is about; something unreadable is about a call for help."""

    def answer(
        self, body: bytes, about: About, code: Code, call: str | None, now: str
    ) -> bytes | None:
        """The answer after the commit, None if the message cannot be answered.

        `call` is whom the unit should call for voice; `now` is HH:MM:SS.
        """
