"""Latencies in milliseconds, kept as a histogram and told as p50, p99 and the maximum."""

from __future__ import annotations

from hdrh.histogram import HdrHistogram

_LONGEST_US = 600 * 1_000_000


class Latencies:
    """Records seconds, tells milliseconds; three significant figures, up to ten minutes."""

    def __init__(self) -> None:
        self._histogram = HdrHistogram(1, _LONGEST_US, 3)

    def record(self, seconds: float) -> None:
        """One measured wait."""
        self._histogram.record_value(min(max(1, round(seconds * 1e6)), _LONGEST_US))

    @property
    def count(self) -> int:
        """How many were recorded."""
        return int(self._histogram.get_total_count())

    def figures(self) -> dict[str, float | None]:
        """`p50`, `p99` and `max` in milliseconds; None where nothing was measured."""
        if not self.count:
            return {"p50": None, "p99": None, "max": None}
        return {
            "p50": round(self._histogram.get_value_at_percentile(50) / 1000, 3),
            "p99": round(self._histogram.get_value_at_percentile(99) / 1000, 3),
            "max": round(self._histogram.get_max_value() / 1000, 3),
        }
