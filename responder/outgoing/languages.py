"""The languages we write and speak to contacts in.

English stands in the code; others in `locale/LANGUAGE/LC_MESSAGES/responder.po`, read when
first needed. `scripts/messages` gathers what is to be translated.
"""

from __future__ import annotations

from functools import lru_cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from telecare.register.reach import LANGUAGES

LOCALE = Path(__file__).parents[1] / "locale"
NAMES = LANGUAGES
DEFAULT = "en"


@lru_cache
def translations(language: str) -> NullTranslations:
    """The catalogue of a language; English for one we do not have."""
    path = LOCALE / language / "LC_MESSAGES" / "responder.po"
    if language not in NAMES or not path.exists():
        return NullTranslations()
    compiled = BytesIO()
    with path.open("rb") as written:
        write_mo(compiled, read_po(written, locale=language))
    compiled.seek(0)
    return GNUTranslations(compiled)


def known(language: str | None) -> str:
    """The language itself if we have it, else English."""
    return language if language in NAMES else DEFAULT
