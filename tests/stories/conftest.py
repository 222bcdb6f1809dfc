"""A county for a story, on both databases or, for speed, on one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from telecare.settings import Settings
from tests.harness.world import World
from tests.harness.world import world as begin


@pytest.fixture
def world(settings: Settings) -> Iterator[World]:
    """A county on each kind of database."""
    with begin(settings) as made:
        yield made


@pytest.fixture
def county(sqlite_settings: Settings) -> Iterator[World]:
    """A county on SQLite, for stories that do not depend on the database."""
    with begin(sqlite_settings) as made:
        yield made
