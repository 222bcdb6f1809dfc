"""Ridge regression of many answers on few moments, solved in the moments' space."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from detectors.acceleration import Floats
from detectors.fall_moments import Singles

Chosen = NDArray[np.intp]


class Ridge:
    """Keeps the products of all rows, so that leaving people out costs little.

    `strength` is relative to the mean squared length of a weighted row.
    """

    def __init__(self, rows: Singles, strength: float) -> None:
        self._rows = rows
        self._products: Floats = (rows @ rows.T).astype(np.float64)
        self._strength = strength

    def fit(self, chosen: Chosen, fell: NDArray[np.bool_], weight: Floats) -> tuple[Singles, float]:
        """Weights and bias from the `chosen` rows, whose target is 1 where `fell`, else -1.
        Falls and daily life weigh the same as a whole.
        """
        share = weight.astype(np.float64).copy()
        share[fell] *= 0.5 / share[fell].sum()
        share[~fell] *= 0.5 / share[~fell].sum()
        gram = self._products[np.ix_(chosen, chosen)]
        mean = gram @ share
        gram = gram - mean[:, None] - mean[None, :] + share @ mean
        root = np.sqrt(share)
        gram = gram * root[:, None] * root[None, :]
        gram[np.diag_indices_from(gram)] += self._strength * np.trace(gram) / len(gram)
        # Both classes weigh one half, so the targets' mean is zero.
        dual = root * np.linalg.solve(gram, root * np.where(fell, 1.0, -1.0))
        dual -= share * dual.sum()
        weights = dual.astype(np.float32) @ self._rows[chosen]
        centre = share.astype(np.float32) @ self._rows[chosen]
        return weights, -float(centre.astype(np.float64) @ weights)
