"""Who files the lane of a gateway that is gone? Its heirs: the others, while they hold its lease.

A writer files its own lane, and whoever reads a home's history looks through all that is not filed.
One that died for good would leave that to the nightly round. Whoever holds a lane's lease is its
writer, if only for a moment; so nobody files what somebody else may be writing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from telecare.errors import LaneTaken, StoreUnavailable
from telecare.observe import log
from telecare.store import filing
from telecare.store.lease import LaneLease
from telecare.store.session import Database

LOOK_SECONDS = 60.0
"""A gateway that a supervisor starts again is back long before."""
BREATH_SECONDS = 0.05
"""Between two pieces, in which our own writer commits."""


async def inherit(database: Database, lane: str, is_calm: Callable[[], bool]) -> None:
    """While hardly anything comes in to `lane`, ours, file what no living process writes, until
    cancelled. On PostgreSQL return at once.
    """
    more = False
    while database.is_sqlite:
        await asyncio.sleep(BREATH_SECONDS if more else LOOK_SECONDS)
        more = False
        try:
            if is_calm():
                more = await asyncio.to_thread(file_next, database, lane)
        except StoreUnavailable as error:
            log("store").warning("heritage_not_filed", error=type(error).__name__)


def file_next(database: Database, lane: str) -> bool:
    """File a piece of another lane that nobody writes; whether there was one. Raises
    `StoreUnavailable`.
    """
    with database.read() as connection:
        behind = filing.lanes(connection) if filing.is_filed(connection) else []
    for each, mark, head in behind:
        if each != lane and mark < head and _filed(database, each):
            return True
    return False


def _filed(database: Database, lane: str) -> bool:
    lease = LaneLease(database, lane)
    try:
        lease.take()
    except LaneTaken:
        return False
    try:
        filing.file_lane(database, lane)
    finally:
        lease.release()
    return True
