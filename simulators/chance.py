"""The simulation's dice. Seeded by what they are for, so every throw can be repeated."""

from __future__ import annotations

import random


def chance(*purpose: object) -> random.Random:
    """A generator decided by `purpose` alone: same words and numbers, same throws."""
    return random.Random("-".join(str(part) for part in purpose))  # noqa: S311 - dice, not keys
