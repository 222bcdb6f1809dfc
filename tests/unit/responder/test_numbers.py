"""Are numbers as people write them those a provider can use?"""

from __future__ import annotations

import pytest

from responder.outgoing import numbers


@pytest.mark.parametrize(
    ("written", "called", "texted"),
    [
        ("07700 900123", "+447700900123", True),
        ("+44 (0)7700 900 123", "+447700900123", True),
        ("01632 960001", "+441632960001", False),
        ("07012 345678", "+447012345678", False),
        ("+353 85 012 3456", "+353850123456", True),
        ("ask at number 4", None, False),
        ("999", None, False),
        ("", None, False),
        (None, None, False),
    ],
)
def test_numbers(written: str | None, called: str | None, *, texted: bool) -> None:
    assert numbers.calling(written) == called
    assert numbers.texting(written) == (called if texted else None)
