"""When was each sample really taken? Worn devices stamp in bursts, repeat themselves, jump."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_JUMP_MS = 500.0
"""No worn sensor pauses so long within a window; the clock was set, or the stack stalled."""
_SMOOTH = 25
"""Samples over which the stamps are averaged: radio stacks hand over four or five at once."""
_SLOWEST, _FASTEST = 0.75, 3.3
"""Of the nominal rate. SmartFallMM's watches run at 34 Hz and, some, truly at 90."""


def straightened(stamps_ms: Floats, nominal_hz: float) -> Floats:
    """Seconds from the first sample, evenly rising as far as the stamps can be believed.

    Steps back and jumps become one nominal step; bursts are spread; stamps whose rate no
    such device can have are replaced by even steps of the nominal rate.
    """
    nominal_ms = 1000 / nominal_hz
    count = len(stamps_ms)
    even: Floats = np.arange(count, dtype=np.float64) * (nominal_ms / 1000)
    if count < 2 or not np.isfinite(stamps_ms).all():
        return even
    steps = np.diff(stamps_ms)
    steps = np.where((steps < 0) | (steps > _JUMP_MS), nominal_ms, steps)
    times = np.concatenate([[0.0], np.cumsum(steps)])
    if count > _SMOOTH:
        times = _averaged(times)
    lasted = float(times[-1] - times[0]) / 1000
    steps_taken = count - 1
    if not _SLOWEST * nominal_hz * lasted <= steps_taken <= _FASTEST * nominal_hz * lasted:
        return even
    result: Floats = (times - times[0]) / 1000
    return result


def _averaged(times: Floats) -> Floats:
    """A moving average that keeps the slope at both ends."""
    half = _SMOOTH // 2
    begin = 2 * times[0] - times[half:0:-1]
    end = 2 * times[-1] - times[-2 : -half - 2 : -1]
    long = np.concatenate([begin, times, end])
    smooth: Floats = np.convolve(long, np.full(_SMOOTH, 1 / _SMOOTH), mode="valid")
    return smooth
