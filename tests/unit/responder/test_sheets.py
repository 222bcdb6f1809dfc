"""Whose hand clicks twice sees one sheet; its code is not kept for longer than that takes."""

from __future__ import annotations

import pytest

from responder.web.sheets import LASTS_SECONDS, Sheets
from telecare.clock import HandClock
from telecare.errors import AlreadyExists
from telecare.register.claims import Claim, IssuedClaim

ASKED = ("oak", "tec-1", "hub-9")


def issued(clock: HandClock, code: str) -> IssuedClaim:
    claim = Claim(
        org="oak", claim=f"claim-{code}", device="hub-9", made_at=clock.now(), made_by="tec-1",
        expires_at=clock.now(),
    )  # fmt: skip
    return IssuedClaim(claim=claim, serial="SN-9", code=code)


def test_the_same_is_issued_once_and_after_a_minute_anew(clock: HandClock) -> None:
    sheets = Sheets(clock)

    def shown(code: str, *asked: str) -> str:
        return sheets.issue(asked or ASKED, lambda: issued(clock, code)).code

    assert shown("A") == "A"
    clock.forward(seconds=LASTS_SECONDS - 1)
    assert shown("B") == "A"
    assert shown("C", "oak", "tec-2", "hub-9") == "C", "somebody else asked"
    clock.forward(seconds=1)
    assert shown("D") == "D", "a code is remembered no longer, however often it was shown"


def test_what_was_refused_may_be_asked_for_again(clock: HandClock) -> None:
    sheets = Sheets(clock)

    def refuse() -> IssuedClaim:
        raise AlreadyExists("There already is a device hub-9.")

    with pytest.raises(AlreadyExists):
        sheets.issue(ASKED, refuse)
    assert sheets.issue(ASKED, lambda: issued(clock, "A")).code == "A"
