"""Many small fixed filters over eight views of a moment, and one weight for each answer.

After MiniRocket (Dempster, Schmidt, Webb 2021): 84 kernels of length nine with weights -1
and 2, here with the share of positive answers counted apart before, at and after the impact.
"""

from __future__ import annotations

from itertools import combinations

import msgspec
import numpy as np

from detectors.acceleration import Floats
from detectors.fall_moments import PEAK, SAMPLES, Singles

_LENGTH = 9
KERNELS = np.array(
    [[2.0 if i in three else -1.0 for i in range(_LENGTH)] for three in combinations(range(9), 3)],
    dtype=np.float32,
)
DILATIONS = (1, 2, 4, 8, 16)
_BESIDE = _LENGTH // 2
"""Weights on either side of the middle one."""
_PIECES = 18
"""Of half a second each."""
_STAGE_PIECES = (0, 8, 12)
"""Where before, impact (a second around the peak on either side) and after begin."""
_STAGE_SAMPLES = np.array([128, 64, 96], dtype=np.float32)
"""Their lengths; each less than 256."""
VIEWS = 8


def views(windows: Singles) -> Singles:
    """(n, 288, 8): |a|, the parts along gravity before and after, the step of |a|, the log of
    unrest, and the three axes; each in about the same range.
    """
    g = windows.astype(np.float32)
    size = np.sqrt(np.einsum("nij,nij->ni", g, g))
    step = np.diff(size, axis=1, prepend=size[:, :1])
    unrest = np.log(np.abs(size - 1) + np.float32(0.02)) / 2
    along = [
        np.einsum("nij,nj->ni", g, _down(g, PEAK - 128, PEAK - 32)),
        np.einsum("nij,nj->ni", g, _down(g, PEAK + 32, PEAK + 128)),
    ]
    stacked: Singles = np.stack([size, *along, step, unrest, *np.moveaxis(g, 2, 0)], axis=2)
    return stacked


def answers(views: Singles, biases: Singles) -> Singles:
    """(n, dilations * 3 * kernels * views) shares of each stage in which a filter's answer
    exceeds its bias, 0 to 1. A window's answers do not depend on its neighbours.
    """
    counts = np.empty((len(views), len(DILATIONS), len(_STAGE_PIECES), len(KERNELS)), np.uint64)
    room = np.empty((_PIECES, len(KERNELS), SAMPLES // _PIECES * VIEWS), np.float32)
    above = np.empty(room.shape, bool)
    repeated = np.tile(biases, SAMPLES // _PIECES)
    for view, of_window in zip(views, counts, strict=True):
        for dilation, bias, count in zip(DILATIONS, repeated, of_window, strict=True):
            np.greater(_products(view, dilation, room), bias, out=above)
            # Eight views are the eight bytes of a machine word; no stage is long enough to carry.
            by_piece = np.einsum("pkw->pk", above.view(np.uint64))
            np.add.reduceat(by_piece, _STAGE_PIECES, axis=0, out=count)
    bytewise = counts.view(np.uint8).reshape(*counts.shape[:3], -1).astype(np.float32)
    bytewise /= _STAGE_SAMPLES[:, None]
    return bytewise.reshape(len(views), -1)


def shifted(view: Singles, dilation: int) -> Singles:
    """(9, 288 * 8): the window as each of a kernel's nine weights sees it; the ends go on."""
    beside = _BESIDE * dilation
    longer = np.concatenate([view[:1].repeat(beside, 0), view, view[-1:].repeat(beside, 0)])
    step, number = longer.strides
    return np.lib.stride_tricks.as_strided(
        longer, (_LENGTH, view.size), (dilation * step, number), writeable=False
    )


def _products(view: Singles, dilation: int, room: Singles) -> Singles:
    """The kernels' answers of every half second in `room`, (18, 84, 16 * 8), which is taken once
    for all: asking for three quarters of a megabyte takes as long as filling it.

    In pieces of half a second: OpenBLAS shares out larger products among threads, and on a
    busy machine waiting for them takes thirty times as long as the work.
    """
    pieces = np.ascontiguousarray(
        shifted(view, dilation).reshape(_LENGTH, _PIECES, -1).swapaxes(0, 1)
    )
    return np.matmul(KERNELS, pieces, out=room)


class Rocket(msgspec.Struct, frozen=True):
    """The fixed filters' answers, weighed: about -1 for daily life, 1 for a fall."""

    biases: Singles
    weights: Singles
    bias: float

    def check(self) -> None:
        """Raises `ValueError` unless there is a weight for each answer."""
        if self.biases.shape != (len(DILATIONS), len(KERNELS), VIEWS):
            raise ValueError("biases of other filters")
        if self.weights.shape != (self.biases.size * len(_STAGE_PIECES),):
            raise ValueError("weights of other filters")
        if not (np.isfinite(self.biases).all() and np.isfinite(self.weights).all()):
            raise ValueError("weights that are no numbers")

    def margins(self, windows: Singles) -> Floats:
        """The weighed sum of each window, the same whichever others are asked with it."""
        return self.weigh(answers(views(windows), self.biases))

    def weigh(self, given: Singles) -> Floats:
        """The margins of answers that are known already."""
        total: Floats = np.einsum("ij,j->i", given, self.weights, dtype=np.float64)
        return total + self.bias


def _down(g: Singles, begin: int, end: int) -> Singles:
    mean = g[:, begin:end].mean(axis=1)
    unit: Singles = mean / (np.linalg.norm(mean, axis=1, keepdims=True) + np.float32(1e-6))
    return unit
