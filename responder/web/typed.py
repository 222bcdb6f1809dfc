"""What people type: a form, an address of a home, a name as they heard it."""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated

from fastapi import Depends, Request
from starlette.datastructures import FormData

from responder.api.parts import Parts
from telecare.errors import Conflict, InvalidInput, NotFound

REFUSED = (InvalidInput, Conflict, NotFound)
"""With these the form comes back, with the reason and what was typed."""
TITLES = frozenset({
    "mr", "mrs", "ms", "miss", "mx", "dr", "prof", "professor", "rev", "revd", "reverend", "father",
    "sister", "canon", "sir", "dame", "lady", "lord", "capt", "captain", "major", "col", "colonel",
})  # fmt: skip
"""Before a name they say nothing of whose home it is."""
_MARKS = re.compile(r"[^\w ]")


async def sent_form(request: Request) -> FormData:
    """The fields of the form that was sent."""
    return await request.form()


Sent = Annotated[FormData, Depends(sent_form)]


def labels_of(parts: Parts, org: str) -> dict[str, str]:
    """The address of every home, by its id."""
    return {each.home: each.label for each in parts.register.homes.homes(org)}


def plain(words: str) -> str:
    """As somebody types who does not know how it is written: Siân O'Neill is `sian oneill`."""
    return _MARKS.sub("", unicodedata.normalize("NFKD", words)).casefold()


def words_of(typed: str) -> list[str]:
    """Each word by which somebody looks for a home; titles only where nothing else was typed."""
    words = plain(typed).split()
    return [each for each in words if each not in TITLES] or words


def home_of(parts: Parts, org: str, typed: str) -> str:
    """The id of the home that was typed: by its id, or by as much of its address as no other home
    shares. Empty stays empty. Raises `InvalidInput` for none or several.
    """
    said = " ".join(typed.split())
    homes = parts.register.homes.homes(org)
    if not said or said in {each.home for each in homes}:
        return said
    found = [each for each in homes if plain(said) in plain(each.address)]
    exact = [each for each in found if plain(said) == plain(each.address)]
    if len(exact or found) == 1:
        return (exact or found)[0].home
    if found:
        raise InvalidInput(f"{len(found)} homes match {said}; type more of the address.")
    raise InvalidInput(
        f"No home matches {said}; choose one of the list, or have it added: `telecare home add`."
    )
