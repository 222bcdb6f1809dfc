"""By what people can be reached: what is kept as a telephone number must be one.

A number that nobody can ring is found out when it is written down, not at three in the morning.
"""

from __future__ import annotations

import re
from datetime import time
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

from telecare.errors import InvalidInput

REGION = "GB"
"""What a number without a country is taken to be."""
LANGUAGES = {"en": "English", "cy": "Cymraeg"}
"""What we have words in, by code; each in its own words."""
_MAIL = re.compile(r"[^\s@<>,;]+@[^\s@<>,;]+\.[^\s@<>,;.]+")
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://\S+", re.IGNORECASE)


@lru_cache(maxsize=4096)
def calling(written: str | None) -> str | None:
    """The number as +44...; None when it can be none."""
    try:
        number = phonenumbers.parse(written or "", REGION)
    except NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def telephone(written: str | None) -> None:
    """Raises `InvalidInput` for what nobody can ring."""
    if written and calling(written) is None:
        raise InvalidInput(f"{written} is no telephone number; write it as 01305 960 123.")


def mail(written: str | None) -> None:
    """Raises `InvalidInput` for what no mail server takes."""
    if written and not _MAIL.fullmatch(written):
        raise InvalidInput(f"{written} is no e-mail address; write it as name@example.org.")


def language(written: str) -> None:
    """Raises `InvalidInput` for one we have no words in."""
    if written not in LANGUAGES:
        raise InvalidInput(f"We have no words in {written}; say {' or '.join(LANGUAGES)}.")


def elsewhere(written: str | None) -> None:
    """Raises `InvalidInput` for what is no address of a system."""
    if written and not _ADDRESS.fullmatch(written):
        raise InvalidInput(f"{written} is no address of a system; write it as https://...")


def quiet_hours(begin: str | None, end: str | None) -> None:
    """Raises `InvalidInput` for one without the other, or for what is no time of day."""
    if (begin is None) != (end is None):
        raise InvalidInput("Quiet hours need a beginning and an end, as 22:00 and 07:00.")
    for written in (begin, end):
        try:
            time.fromisoformat("00:00" if written is None else written)
        except ValueError:
            raise InvalidInput(
                f"{written or 'Nothing'} is no time of day; write it as 22:00."
            ) from None
