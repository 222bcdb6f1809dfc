"""Passwords: long, not guessed from what is known, and in no list of stolen ones."""

from __future__ import annotations

from hashlib import sha1
from pathlib import Path

import pytest

from telecare.errors import InvalidInput, SettingsError
from telecare.register.passwords import LONGEST, Passwords

GOOD = "quiet river under the bridge"


def stolen(folder: Path, passwords: list[str]) -> Path:
    path = folder / "pwned.txt"
    lines = sorted(sha1(each.encode()).hexdigest().upper() for each in passwords)
    path.write_text("".join(f"{line}:{number}\r\n" for number, line in enumerate(lines, 1)))
    return path


@pytest.mark.parametrize(
    "poor",
    ["Password1234", "aaaaaaaaaaaa", "letmein12345", "Summer2026!!", "telecare2026!",
     "olivia.ashdown", "operator-olivia", "ashdownashdown"],
)  # fmt: skip
def test_what_is_guessed_easily_is_refused_in_one_sentence(poor: str) -> None:
    with pytest.raises(InvalidInput, match="guessed too easily; choose four words"):
        Passwords().require_good(poor, "operator", "Olivia Ashdown", "olivia.ashdown@example.org")


@pytest.mark.parametrize("good", [GOOD, "x9!Lw#2vQp0z", "a b" + GOOD * 7, "cwtsh a mynydd a glaw"])
def test_length_and_surprise_are_enough_without_signs_and_digits(good: str) -> None:
    Passwords().require_good(good, "operator", "Olivia Ashdown")


def test_too_short_and_too_long_are_said(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="at least 12"):
        Passwords().require_good("x9!Lw#2vQp0")
    with pytest.raises(InvalidInput, match="at most 200"):
        Passwords().require_good("x9!Lw#2vQp0z" * 17)
    assert LONGEST == 200


@pytest.mark.parametrize("others", [0, 1, 2, 50])
def test_a_stolen_one_is_found_wherever_it_stands_in_the_list(tmp_path: Path, others: int) -> None:
    listed = [f"{GOOD} {number}" for number in range(others)]
    passwords = Passwords(stolen(tmp_path, listed))
    for each in listed:
        with pytest.raises(InvalidInput, match="stolen"):
            passwords.require_good(each)
    for number in range(100, 110):
        passwords.require_good(f"{number} {GOOD}")


def test_a_list_that_is_gone_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="TELECARE_BREACHED_PASSWORDS"):
        Passwords(tmp_path / "none").require_good(GOOD)
