"""Telephone numbers as people write them, and as a provider wants them."""

from __future__ import annotations

import re
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneNumberType

from telecare.register.reach import calling

__all__ = ["calling", "texting"]

_BRITISH_MOBILE = re.compile(r"\+447[1-57-9]\d{8}$")
"""Also those Ofcom keeps for drama, which the library calls unknown. 070 and 076 are none."""
_TEXTED = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)


@lru_cache(maxsize=4096)
def texting(written: str | None) -> str | None:
    """As `calling`, if it is a mobile: a landline would read a text message aloud, or lose it."""
    called = calling(written)
    if called is None:
        return None
    kind = phonenumbers.number_type(phonenumbers.parse(called))
    return called if kind in _TEXTED or _BRITISH_MOBILE.match(called) else None
