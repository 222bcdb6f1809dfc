"""What is in hand, noted on file: what a process dies of is known to the next.

A fault in what is not written in Python ends the process, and nothing of ours can catch it. A note
is not synced: it costs microseconds and outlives a process, and a power cut is nothing we did.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


class InHand:
    """One file for each thing in hand, as many bytes long as processes had it; none in between."""

    def __init__(self, data_dir: Path | None = None, holder: str = "") -> None:
        """`holder`: which process it is, as its lease has it; without a folder nothing is noted."""
        self._folder = data_dir and data_dir / "in-hand" / holder
        if self._folder is not None:
            with suppress(OSError):
                self._folder.mkdir(parents=True, exist_ok=True)

    @contextmanager
    def holding(self, what: str) -> Iterator[int]:
        """In the block `what` is in hand; yields how many processes died with it. Where nothing
        can be noted it goes on without.
        """
        note, deaths = self._note(what), 0
        if note is None:
            yield 0
            return
        with suppress(OSError), note.open("ab") as file:
            deaths = file.tell()
            file.write(b".")
        try:
            yield deaths
        except Exception:
            self._let_go(note)
            raise
        self._let_go(note)  # and not when the process ends here

    def remember(self, what: str, deaths: int) -> None:
        """Go on as if so many processes had died with `what`."""
        note = self._note(what)
        if note is not None:
            with suppress(OSError):
                note.write_bytes(b"." * deaths)

    def is_noted(self, what: str) -> bool:
        """Whether a process died with `what` in hand and none let go of it since."""
        note = self._note(what)
        return note is not None and note.exists()

    def _note(self, what: str) -> Path | None:
        digest = hashlib.blake2b(what.encode(), digest_size=16).hexdigest()
        return self._folder and self._folder / digest

    def _let_go(self, note: Path) -> None:
        with suppress(OSError):
            note.unlink()
