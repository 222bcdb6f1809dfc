"""The moments of a window that may be a fall: its peaks, each with nine seconds around it.

What is judged is cut around the peak and nothing else is known of the recording, so a peak
gets the same score in a whole day's recording and in the twelve seconds a device sent.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from detectors.acceleration import GRID_HZ, Floats

CANDIDATE_G = 1.4
"""No fall onto a floor stays below it at 32 samples a second, but for a few in
SmartFallMM that were cut out of their recordings without the impact."""
BEFORE_S, AFTER_S = 5.0, 4.0
"""A fall can be judged `AFTER_S` after its impact."""
SAMPLES = int((BEFORE_S + AFTER_S) * GRID_HZ)
PEAK = int(BEFORE_S * GRID_HZ)
"""Where the peak stands in a cut."""
_APART = int(1.0 * GRID_HZ)

Singles = NDArray[np.float32]
Indices = NDArray[np.intp]


def peaks(magnitude: Floats) -> Indices:
    """Samples of at least `CANDIDATE_G` that nothing within a second exceeds, in order."""
    if len(magnitude) == 0:
        return np.empty(0, dtype=np.intp)
    padded = np.pad(magnitude, _APART, constant_values=-np.inf)
    high = np.flatnonzero(magnitude >= CANDIDATE_G)
    around = np.lib.stride_tricks.sliding_window_view(padded, 2 * _APART + 1)[high]
    # Of equal neighbours (a sensor at its limit) the first counts: strictly above the past.
    first = magnitude[high] > around[:, :_APART].max(axis=1)
    highest = magnitude[high] >= around[:, _APART + 1 :].max(axis=1)
    found: Indices = high[first & highest]
    return found


def cuts(g: Floats, at: Indices) -> Singles:
    """(len(at), SAMPLES, 3) in g: the seconds around each peak, mirrored where the recording
    has ended, so that its length says nothing.
    """
    index = at[:, None] + np.arange(-PEAK, SAMPLES - PEAK)
    last = len(g) - 1
    if last == 0:
        index = np.zeros_like(index)
    else:
        index = np.abs((index + last) % (2 * last) - last)
        index = last - np.abs(last - index)
    cut: Singles = g[index].astype(np.float32)
    return cut
