"""A window of acceleration as a worn device sent it, made even in time."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from telecare.errors import InvalidInput

GRID_HZ = 32.0
"""Everything is judged on this grid: falls are over in a second, 20 Hz devices must do."""
LEAST_SECONDS = 3.0
MOST_SAMPLES = 20_000
"""100 s at 200 Hz; more in one message is no window."""
_LOWEST_HZ, _HIGHEST_HZ = 10.0, 400.0

Floats = NDArray[np.float64]


class Window(msgspec.Struct, frozen=True):
    """`g[i]` is the acceleration in g (x, y, z) `i / GRID_HZ` seconds after the first sample."""

    g: Floats

    @property
    def magnitude(self) -> Floats:
        """|a| in g."""
        size: Floats = np.sqrt(np.einsum("ij,ij->i", self.g, self.g))
        return size


def window_of(data: dict[str, Any]) -> Window:
    """The window in a reading's `data`: `xyz_mg` with `t_ms` a sample, or else `hz`.

    Raises `InvalidInput` saying what is wrong; a device that sends such windows must be
    looked at, since nobody is watching its wearer.
    """
    try:
        samples = np.asarray(data["xyz_mg"], dtype=np.float64)
    except KeyError:
        raise InvalidInput("an acceleration window has no xyz_mg") from None
    except (TypeError, ValueError):
        raise InvalidInput("xyz_mg is not a list of [x, y, z] numbers in milli-g") from None
    if samples.ndim != 2 or samples.shape[1] != 3 or not np.isfinite(samples).all():
        raise InvalidInput("xyz_mg is not a list of [x, y, z] finite numbers in milli-g")
    if len(samples) > MOST_SAMPLES:
        raise InvalidInput(f"xyz_mg has {len(samples)} samples, at most {MOST_SAMPLES} are taken")
    seconds = _times(data, len(samples))
    if len(seconds) < 2 or seconds[-1] < LEAST_SECONDS:
        raise InvalidInput(f"a window must be at least {LEAST_SECONDS:g} seconds long")
    grid = np.arange(0.0, seconds[-1], 1 / GRID_HZ)
    even = np.stack([np.interp(grid, seconds, samples[:, axis]) for axis in range(3)], axis=1)
    return Window(even / 1000.0)


def _times(data: dict[str, Any], count: int) -> Floats:
    """Seconds from the first sample: the device's own times if they run forward at a rate a
    worn sensor can have, else even steps of its stated rate.
    """
    stated = data.get("t_ms")
    if isinstance(stated, list) and len(stated) == count and count > 1:
        try:
            times = np.asarray(stated, dtype=np.float64)
        except (TypeError, ValueError):
            raise InvalidInput("t_ms is not a list of numbers, one a sample") from None
        if np.isfinite(times).all() and (np.diff(times) >= 0).all():
            lasted = float(times[-1] - times[0]) / 1000
            if _LOWEST_HZ * lasted <= count <= _HIGHEST_HZ * lasted:
                own: Floats = (times - times[0]) / 1000
                return own
    hz = data.get("hz")
    if isinstance(hz, bool) or not isinstance(hz, int | float):
        raise InvalidInput("an acceleration window needs hz, or t_ms that runs forward")
    if not _LOWEST_HZ <= hz <= _HIGHEST_HZ:
        raise InvalidInput(f"hz must be {_LOWEST_HZ:g} to {_HIGHEST_HZ:g}, not {hz:g}")
    return np.arange(count) / float(hz)
