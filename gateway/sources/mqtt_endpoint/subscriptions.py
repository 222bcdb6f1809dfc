"""What one device may hear: its own downward topics and nothing else."""

from __future__ import annotations

from gateway.sources.mqtt_endpoint.packets import Reason

LIMIT = 32
"""Filters one connection may hold."""


class Subscriptions:
    """Topic filters below `root`, which ends with `down/`.

    Below `quiet` roots a bridge may ask for its own commands: that is granted, because bridges
    do not start without it, and nothing is ever sent there.
    """

    def __init__(self, root: bytes, quiet: tuple[bytes, ...] = ()) -> None:
        self._root = root
        self._quiet = quiet
        self._filters: dict[bytes, tuple[list[bytes], int]] = {}

    def add(self, wanted: bytes, qos: int) -> Reason:
        """The answer to one filter of a SUBSCRIBE; QoS 2 is granted as 1."""
        if wanted.startswith(b"$share/"):
            return Reason.SHARED_SUBSCRIPTIONS_NOT_SUPPORTED
        if self._quiet and wanted.startswith(self._quiet):
            return Reason.GRANTED_QOS_1 if qos else Reason.SUCCESS
        if not self._root or not wanted.startswith(self._root):
            return Reason.NOT_AUTHORIZED
        levels = wanted[len(self._root) :].split(b"/")
        for position, level in enumerate(levels):
            is_last = position == len(levels) - 1
            if (b"#" in level and (level != b"#" or not is_last)) or (
                b"+" in level and level != b"+"
            ):
                return Reason.TOPIC_FILTER_INVALID
        if wanted not in self._filters and len(self._filters) >= LIMIT:
            return Reason.UNSPECIFIED
        granted = min(qos, 1)
        self._filters[wanted] = (levels, granted)
        return Reason.GRANTED_QOS_1 if granted else Reason.SUCCESS

    def remove(self, wanted: bytes) -> Reason:
        """The answer to one filter of an UNSUBSCRIBE."""
        found = self._filters.pop(wanted, None)
        return Reason.SUCCESS if found else Reason.NO_SUBSCRIPTION_EXISTED

    def granted(self) -> dict[str, int]:
        """Every filter that was granted, with its QoS."""
        return {wanted.decode(): qos for wanted, (_, qos) in self._filters.items()}

    def qos_of(self, topic: bytes) -> int | None:
        """The highest QoS granted for `topic`; None if the device did not ask for it."""
        if not self._filters or not topic.startswith(self._root):
            return None
        levels = topic[len(self._root) :].split(b"/")
        granted = [qos for pattern, qos in self._filters.values() if _matches(pattern, levels)]
        return max(granted, default=None)


def _matches(pattern: list[bytes], levels: list[bytes]) -> bool:
    for position, level in enumerate(pattern):
        if level == b"#":
            return True
        if position >= len(levels) or level not in (b"+", levels[position]):
            return False
    return len(pattern) == len(levels)
