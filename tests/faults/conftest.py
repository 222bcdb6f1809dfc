"""A county for the faults told as stories."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from telecare.settings import Settings
from tests.harness.postgres import Cluster, private_cluster
from tests.harness.world import World
from tests.harness.world import world as begin


@pytest.fixture
def county(settings: Settings) -> Iterator[World]:
    """A county without homes yet, on each kind of database."""
    with begin(settings) as made:
        yield made


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    """A server nobody else is on."""
    with private_cluster() as made:
        if made is None:
            pytest.skip("PostgreSQL is missing: install Debian's postgresql")
        yield made
