"""What one device may hear: its own downward topics, a bridge its commands, and nothing else."""

from __future__ import annotations

from gateway.sources.mqtt_endpoint.packets import Reason

LIMIT = 32
"""Filters one connection may hold."""
LONGEST = 512
"""Bytes of one. A session keeps them all, and writes them all with every change of one."""


class Subscriptions:
    """Topic filters below `root`, which ends with `down/`, and those within `commands`.

    A bridge may ask for the topics its maker made it listen on: bridges do not start without that.
    """

    def __init__(self, root: bytes, commands: tuple[str, ...] = ()) -> None:
        self._within = [each.encode().split(b"/") for each in commands]
        if root:
            self._within.append([*root[:-1].split(b"/"), b"#"])
        self._filters: dict[bytes, tuple[list[bytes], int]] = {}

    def add(self, wanted: bytes, qos: int) -> Reason:
        """The answer to one filter of a SUBSCRIBE; QoS 2 is granted as 1."""
        if wanted.startswith(b"$share/"):
            return Reason.SHARED_SUBSCRIPTIONS_NOT_SUPPORTED
        levels = wanted.split(b"/")
        if wanted.startswith(b"$") or not any(_holds(each, levels) for each in self._within):
            return Reason.NOT_AUTHORIZED
        for position, level in enumerate(levels):
            is_last = position == len(levels) - 1
            if (b"#" in level and (level != b"#" or not is_last)) or (
                b"+" in level and level != b"+"
            ):
                return Reason.TOPIC_FILTER_INVALID
        if len(wanted) > LONGEST or (wanted not in self._filters and len(self._filters) >= LIMIT):
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
        if not self._filters:
            return None
        levels = topic.split(b"/")
        granted = [qos for pattern, qos in self._filters.values() if _holds(pattern, levels)]
        return max(granted, default=None)


def _holds(pattern: list[bytes], levels: list[bytes]) -> bool:
    """Whether a topic, or all that a filter names, is named by `pattern`."""
    for position, level in enumerate(pattern):
        if level == b"#":
            return position < len(levels)
        if position >= len(levels) or levels[position] == b"#":
            return False
        if level not in (b"+", levels[position]):
            return False
    return len(pattern) == len(levels)
