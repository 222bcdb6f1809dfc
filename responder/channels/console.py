"""Messages on the screen of whoever runs the responder. Reaches nobody else."""

from __future__ import annotations

import sys
from typing import TextIO

from responder.channels.base import Letter
from responder.whom.people import Channel


class ConsoleSender:
    """Prints. The one channel that also works on a simulated clock."""

    channel = Channel.CONSOLE

    def __init__(self, screen: TextIO | None = None) -> None:
        self._screen = screen

    def send(self, letter: Letter) -> None:
        """Print the letter, set apart by a line."""
        screen = self._screen or sys.stdout
        print(f"---- to {letter.address}: {letter.subject}\n{letter.body}", file=screen, flush=True)

    def check(self) -> str:
        """Always there."""
        return "Messages are also printed where the responder runs."
