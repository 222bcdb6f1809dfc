"""Which makers document commands, and whether one can be told in their words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from telecare.telling import chirpstack, shelly, tasmota, things_stack, zigbee2mqtt

TELLING = {
    each.name: each
    for each in (
        chirpstack.DIALECT,
        shelly.DIALECT,
        tasmota.DIALECT,
        things_stack.DIALECT,
        zigbee2mqtt.DIALECT,
    )
}
DIALECT, TO = "dialect", "to"
"""Fields of a command's body: in whose words, and, of several behind a bridge, to which."""


def dialect_of(body: Mapping[str, Any]) -> str:
    """In whose words a command is to be told; empty for our own contract."""
    named = body.get(DIALECT, "")
    return named if isinstance(named, str) else "?"


def fault_of(body: Mapping[str, Any]) -> str:
    """Why a command with this body could never be told, in a sentence; or nothing."""
    if DIALECT not in body:
        return ""
    dialect = TELLING.get(dialect_of(body))
    if dialect is None:
        known = ", ".join(TELLING)
        return f"Makers document commands that are answered in {known}, and in no other dialect."
    for name, kind in dialect.fields.items():
        if not _is(body.get(name), kind):
            return f"A command in {dialect.name} needs {name}; see docs/devices.md."
    for name, value in body.items():
        may = {DIALECT: str, TO: str, **dialect.fields, **dialect.optional}
        if name not in may or not _is(value, may[name]):
            return f"A command in {dialect.name} cannot hold this {name}; see docs/devices.md."
    return dialect.fault(body)


def _is(value: object, kind: type | tuple[type, ...]) -> bool:
    return isinstance(value, kind) and not isinstance(value, bool)
