"""Many small decision trees, answered all at once without the library that grew them."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from detectors.acceleration import Floats


class Trees(msgspec.Struct, frozen=True):
    """Boosted trees as tables, a row a tree. A node's children are nodes, or, below zero, the
    leaf `-1 - child`; a number up to the threshold goes left.
    """

    feature: NDArray[np.int16]
    threshold: NDArray[np.float32]
    left: NDArray[np.int16]
    right: NDArray[np.int16]
    leaf: NDArray[np.float32]

    def margins(self, numbers: Floats) -> Floats:
        """Log odds of each row of `numbers`, which came from `fall_features.features`."""
        trees, nodes = self.feature.shape
        root = np.arange(trees) * nodes
        row = np.arange(len(numbers))[:, None] * numbers.shape[1]
        node = np.zeros((len(numbers), trees), dtype=np.intp)
        while (inner := node >= 0).any():
            at = root + np.maximum(node, 0)
            goes_left = numbers.take(row + self.feature.take(at)) <= self.threshold.take(at)
            child = np.where(goes_left, self.left.take(at), self.right.take(at))
            node = np.where(inner, child, node)
        leaf = np.arange(trees) * self.leaf.shape[1] - 1 - node
        odds: Floats = self.leaf.take(leaf).sum(axis=1, dtype=np.float64)
        return odds

    def check(self, numbers: int) -> None:
        """Raises `ValueError` unless every walk from the root ends at a leaf, over numbers that
        there are.
        """
        trees, nodes = self.feature.shape
        shapes = {each.shape for each in (self.threshold, self.left, self.right)}
        children = np.stack([self.left, self.right])
        onward = (children < 0) | (children > np.arange(nodes))
        inside = (children < nodes) & (children >= -self.leaf.shape[1])
        known = (self.feature >= 0) & (self.feature < numbers)
        if shapes != {(trees, nodes)} or len(self.leaf) != trees:
            raise ValueError("trees of several sizes")
        if not (onward & inside).all() or not known.all() or not np.isfinite(self.leaf).all():
            raise ValueError("trees that do not end")


def trees_of(model: dict[str, Any]) -> Trees:
    """The tables of a LightGBM model's `dump_model()`; numbers only, none missing."""
    grown = [_rows(each["tree_structure"]) for each in model["tree_info"]]
    nodes = max(len(splits) for splits, _ in grown)
    leaves = max(len(values) for _, values in grown)
    feature = np.zeros((len(grown), nodes), dtype=np.int16)
    threshold = np.zeros((len(grown), nodes), dtype=np.float32)
    left = np.full((len(grown), nodes), -1, dtype=np.int16)
    right = left.copy()
    leaf = np.zeros((len(grown), leaves), dtype=np.float32)
    for i, (splits, values) in enumerate(grown):
        leaf[i, : len(values)] = values
        for j, (which, bound, low, high) in enumerate(splits):
            feature[i, j], threshold[i, j], left[i, j], right[i, j] = which, bound, low, high
    return Trees(feature, threshold, left, right, leaf)


def _rows(root: dict[str, Any]) -> tuple[list[tuple[int, float, int, int]], list[float]]:
    """Splits in order of discovery, the root first, and leaf values."""
    splits: list[tuple[int, float, int, int]] = []
    values: list[float] = []

    def add(node: dict[str, Any]) -> int:
        if "leaf_value" in node:
            values.append(float(node["leaf_value"]))
            return -len(values)
        mine = len(splits)
        splits.append((0, 0.0, 0, 0))
        low, high = add(node["left_child"]), add(node["right_child"])
        splits[mine] = (int(node["split_feature"]), float(node["threshold"]), low, high)
        return mine

    if add(root) < 0:  # a tree that found nothing to split: both sides of a mock split
        splits.append((0, 0.0, -1, -1))
    return splits, values
