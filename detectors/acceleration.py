"""A window of acceleration as a worn device sent it, made even in time."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np

from detectors.acceleration_clock import Floats, straightened
from telecare.errors import InvalidInput

__all__ = ["GRID_HZ", "Floats", "Window", "evened", "window_of"]

GRID_HZ = 32.0
"""Everything is judged on this grid: falls are over in a second, 20 Hz devices must do."""
LEAST_SECONDS = 1.0
"""An impact and the second around it; what is not covered is mirrored."""
MOST_SAMPLES = 20_000
"""100 s at 200 Hz; more in one message is no window."""
_LOWEST_HZ, _HIGHEST_HZ = 10.0, 400.0
_MOST_MG = 1_000_000.0
"""A thousand g: no sensor worn measures more. What says so has slipped, perhaps by a blow, and is
judged as so much."""


class Window(msgspec.Struct, frozen=True):
    """`g[i]` is the acceleration in g (x, y, z) `i / GRID_HZ` seconds after the first sample."""

    g: Floats

    @property
    def magnitude(self) -> Floats:
        """|a| in g."""
        size: Floats = np.sqrt(np.einsum("ij,ij->i", self.g, self.g))
        return size


def window_of(data: dict[str, Any]) -> Window:
    """The window in a reading's `data`: `xyz_mg` with `hz`, and `t_ms` a sample if the device
    stamps them.

    Raises `InvalidInput` saying what is wrong; a device that sends such windows must be
    looked at, since nobody is watching its wearer.
    """
    try:
        samples = np.asarray(data["xyz_mg"], dtype=np.float64)
    except KeyError:
        raise InvalidInput("an acceleration window has no xyz_mg") from None
    except (TypeError, ValueError, OverflowError):
        raise InvalidInput("xyz_mg is not a list of [x, y, z] numbers in milli-g") from None
    if samples.ndim != 2 or samples.shape[1] != 3 or not np.isfinite(samples).all():
        raise InvalidInput("xyz_mg is not a list of [x, y, z] finite numbers in milli-g")
    if len(samples) > MOST_SAMPLES:
        raise InvalidInput(f"xyz_mg has {len(samples)} samples, at most {MOST_SAMPLES} are taken")
    return evened(samples.clip(-_MOST_MG, _MOST_MG), _seconds(data, len(samples)))


def evened(samples_mg: Floats, seconds: Floats) -> Window:
    """The samples, taken at `seconds`, on the grid; raises `InvalidInput` if they are over
    before anything could be told.
    """
    if len(seconds) < 2 or seconds[-1] < LEAST_SECONDS:
        raise InvalidInput(f"a window must last at least {LEAST_SECONDS:g} second")
    grid = np.arange(0.0, seconds[-1], 1 / GRID_HZ)
    even = np.stack([np.interp(grid, seconds, samples_mg[:, axis]) for axis in range(3)], axis=1)
    return Window(even / 1000.0)


def _seconds(data: dict[str, Any], count: int) -> Floats:
    """Seconds from the first sample: the device's own stamps, straightened about its stated
    rate (or their own, where it states none), else even steps of the stated rate.
    """
    stamps = _stamps(data, count)
    hz = data.get("hz")
    if hz is None and stamps is not None:
        lasted = float(stamps[-1] - stamps[0]) / 1000
        if _LOWEST_HZ * lasted <= count - 1 <= _HIGHEST_HZ * lasted and lasted > 0:
            return straightened(stamps, (count - 1) / lasted)
    if isinstance(hz, bool) or not isinstance(hz, int | float):
        raise InvalidInput("an acceleration window needs hz, or t_ms that runs forward")
    if not _LOWEST_HZ <= hz <= _HIGHEST_HZ:
        raise InvalidInput(f"hz must be {_LOWEST_HZ:g} to {_HIGHEST_HZ:g}, not {min(hz, 1e9):g}")
    if stamps is None:
        even: Floats = np.arange(count) / float(hz)
        return even
    return straightened(stamps, float(hz))


def _stamps(data: dict[str, Any], count: int) -> Floats | None:
    """`t_ms` if there is one finite number a sample."""
    stated = data.get("t_ms")
    if not isinstance(stated, list) or len(stated) != count or count < 2:
        return None
    try:
        stamps = np.asarray(stated, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        raise InvalidInput("t_ms is not a list of numbers, one a sample") from None
    return stamps if np.isfinite(stamps).all() else None
