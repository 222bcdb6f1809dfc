"""Is a password good enough? Long, not guessed from what is known, and in no list of stolen ones.

No rule asks for digits or signs: length and surprise are what helps (ASVS 5.0, V6.2).
"""

from __future__ import annotations

import os
from hashlib import sha1
from pathlib import Path
from typing import BinaryIO

from telecare.errors import InvalidInput, SettingsError

SHORTEST, LONGEST = 12, 200
GUESSES_LOG10 = 10
"""Fewer than ten thousand million guesses are too few: what zxcvbn calls its best class."""
_JUDGED = 72
"""Characters looked at for guessability; a longer password is no easier to guess."""
_LINE = 64
"""No line of a list of stolen passwords is longer: 40 digits, a colon, a count."""


class Passwords:
    """What people may choose."""

    def __init__(self, breached: Path | None = None) -> None:
        """`breached`: a list of stolen passwords as Have I Been Pwned gives it away: lines of
        SHA-1 in capitals, a colon, a count, in order.
        """
        self._breached = breached

    def require_good(self, password: str, *about: str) -> None:
        """Raises `InvalidInput` with what to choose instead; `about` is what others know of the
        person. Raises `SettingsError` when the list cannot be read.
        """
        if len(password) < SHORTEST:
            raise InvalidInput(f"A password needs at least {SHORTEST} characters.")
        if len(password) > LONGEST:
            raise InvalidInput(f"A password has at most {LONGEST} characters.")
        if _guesses_log10(password[:_JUDGED], about) < GUESSES_LOG10:
            raise InvalidInput(
                "This password is guessed too easily; choose four words with nothing in common."
            )
        if self._breached is not None and _is_listed(self._breached, password):
            raise InvalidInput("This password was stolen somewhere before; choose another.")


def _guesses_log10(password: str, about: tuple[str, ...]) -> float:
    from zxcvbn import zxcvbn  # noqa: PLC0415 - 30,000 words, needed only when one is chosen

    words = ["telecare", *(word for each in about for word in (each, *each.split()))]
    return float(zxcvbn(password, user_inputs=words)["guesses_log10"])


def _is_listed(path: Path, password: str) -> bool:
    """By halves through a file of tens of gigabytes: some forty reads."""
    wanted = sha1(password.encode(), usedforsecurity=False).hexdigest().upper().encode()
    try:
        with path.open("rb") as file:
            low, high = 0, file.seek(0, os.SEEK_END)
            while high - low > _LINE:
                middle = (low + high) // 2
                if _line_after(file, middle) <= wanted:
                    low = middle
                else:
                    high = middle
            file.seek(max(0, low - _LINE))
            return any(line[:40] == wanted for line in file.read(4 * _LINE).splitlines())
    except OSError:
        raise SettingsError(
            f"TELECARE_BREACHED_PASSWORDS: {path} cannot be read; mend it or leave it unset."
        ) from None


def _line_after(file: BinaryIO, place: int) -> bytes:
    """The digest on the first line that begins after `place`; past all of them at the end."""
    file.seek(place)
    file.readline(_LINE)
    return file.readline(_LINE)[:40].upper() or b"\xff"
