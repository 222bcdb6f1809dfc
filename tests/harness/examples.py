"""How many lives a property test lives: a few in every run, as many as wanted in `make hunt`."""

from __future__ import annotations

import os

from hypothesis import settings

TIMES = int(os.environ.get("TELECARE_TEST_TIMES", "0"))
"""0: as each test says, and always the same ones where it says so."""


def at_length(chosen: settings) -> settings:
    """`chosen`; in a hunt so many times as many examples, and others in each run."""
    if not TIMES:
        return chosen
    return settings(
        chosen, max_examples=TIMES * chosen.max_examples, derandomize=False, database=None,
        deadline=None,
    )  # fmt: skip
