"""Seeded chance: the same words, the same draws, on every machine."""

from __future__ import annotations

import random


def chance(*words: object) -> random.Random:
    """A generator of its own for what the words name."""
    return random.Random("/".join(map(str, words)))  # noqa: S311 - nothing secret is drawn
