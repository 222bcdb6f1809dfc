"""A mail server that delivers to nobody: it keeps each letter for whoever looks."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller

from telecare.clock import Clock

KEPT = 500
LARGEST = 1_000_000
"""Bytes of one letter; a larger one is refused."""


@dataclass(frozen=True)
class Arrived:
    """One letter as one recipient has it, and when it came."""

    to: str
    letter: EmailMessage
    at: datetime


class MailCatcher:
    """The last letters taken, the oldest first."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._letters: deque[Arrived] = deque(maxlen=KEPT)

    @property
    def letters(self) -> list[Arrived]:
        """As they stand now."""
        return list(self._letters)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: ARG002, N802 - aiosmtpd's own words
        """One letter came."""
        letter = message_from_bytes(envelope.content, policy=policy.default)
        now = self._clock.now()
        self._letters.extend(Arrived(each, letter, now) for each in envelope.rcpt_tos)
        return "250 OK"

    @contextmanager
    def listening(self, port: int) -> Iterator[None]:
        """On this port of loopback until the end of the block."""
        controller = Controller(self, hostname="127.0.0.1", port=port, data_size_limit=LARGEST)
        controller.start()
        try:
            yield
        finally:
            controller.stop()
