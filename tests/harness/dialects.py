"""What a decoder makes of a payload, short enough to compare."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec

from gateway.decoders.said import Heard, Offer, Said, Sensor
from gateway.dialects import DIALECTS

RECEIVED = datetime(2026, 3, 10, 2, 53, 10, tzinfo=UTC)
Fact = tuple[str, str, object]


def heard(topic: str, payload: object, sensors: Mapping[str, Sensor] | None = None) -> Heard:
    """A message; what is neither bytes nor text is encoded as JSON."""
    if isinstance(payload, str):
        payload = payload.encode()
    body = payload if isinstance(payload, bytes) else msgspec.json.encode(payload)
    return Heard(topic, body, RECEIVED, sensors or {})


def read(
    dialect: str, topic: str, payload: object, sensors: Mapping[str, Sensor] | None = None
) -> list[Said]:
    """The statements of one message."""
    said = DIALECTS[dialect].read(heard(topic, payload, sensors))
    return [each for each in said if isinstance(each, Said)]


def offers(dialect: str, topic: str, payload: object) -> list[Offer]:
    """The devices one message offers."""
    said = DIALECTS[dialect].read(heard(topic, payload))
    return [each for each in said if isinstance(each, Offer)]


def facts(
    dialect: str, topic: str, payload: object, sensors: Mapping[str, Sensor] | None = None
) -> list[Fact]:
    """The statements as (kind, type, value)."""
    return [
        (each.kind.value, each.statement.type or "", each.statement.value)
        for each in read(dialect, topic, payload, sensors)
    ]
