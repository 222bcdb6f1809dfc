"""What an operator may ask of a unit during a call."""

from __future__ import annotations

import pytest

from gateway.sources.in_call import InCall, nowip_command, nowip_select, scaip_tone
from gateway.sources.nowip import NowIp


def test_each_command_has_its_tone_or_is_known_to_have_none() -> None:
    tones = {wanted: scaip_tone(wanted) for wanted in InCall}
    assert tones[InCall.CLOSE] == "0"
    assert tones[InCall.RELEASE] == "9"
    assert {wanted for wanted, tone in tones.items() if tone is None} == {InCall.CLEAR, InCall.NEXT}
    assert len({nowip_command(wanted) for wanted in InCall}) == len(InCall)


def test_a_schemes_dwelling_is_selected_by_four_digits() -> None:
    assert nowip_select(7) == "00007"
    with pytest.raises(ValueError, match="four digits"):
        nowip_select(10_000)


def test_a_command_is_a_message() -> None:
    assert NowIp().command(InCall.SPEAK, "02:53:10") == (
        b"<ATM><version>1.5</version><type>2</type><data>7</data>"
        b"<time>02:53:10</time><mac>.</mac></ATM>"
    )
