"""Where the duty is kept. SQL stands only here."""

from __future__ import annotations

from responder.store.leases import Leases
from responder.store.reads import Reads
from responder.store.tables import metadata
from responder.store.work import Work, Works

__all__ = ["Leases", "Reads", "Work", "Works", "metadata"]
