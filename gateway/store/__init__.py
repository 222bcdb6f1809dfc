"""The gateway's own tables, and the one transaction that makes messages safe."""

from __future__ import annotations

from gateway.store.broker_sessions import BrokerSession, BrokerSessions
from gateway.store.commit import PATIENCE_SECONDS, GatewayStore
from gateway.store.set_aside import QuarantineReader, QuarantineRow
from gateway.store.tables import metadata

__all__ = [
    "PATIENCE_SECONDS", "BrokerSession", "BrokerSessions", "GatewayStore", "QuarantineReader",
    "QuarantineRow", "metadata",
]  # fmt: skip
