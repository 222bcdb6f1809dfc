"""Figures of a judgement, trial by trial."""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray

from detectors.acceleration import Floats
from detectors.evaluation.report import Curve

Flags = NDArray[np.bool_]
COLUMNS = (
    "sensitivity", "specificity", "elder_specificity", "f1", "auc", "average_precision",
)  # fmt: skip


class Judged(msgspec.Struct, frozen=True):
    """What one method said of each trial, and how sure it was."""

    scores: Floats
    said: Flags


def figures(judged: Judged, fell: Flags, elder: Flags) -> dict[str, float | None]:
    """By the keys of `COLUMNS`; None where there is nobody to say it of."""
    said, hits = judged.said, int((judged.said & fell).sum())
    old = elder & ~fell
    return {
        "sensitivity": _share(hits, int(fell.sum())),
        "specificity": _share(int((~said & ~fell).sum()), int((~fell).sum())),
        "elder_specificity": _share(int((~said & old).sum()), int(old.sum())),
        "f1": _share(2 * hits, int(said.sum()) + int(fell.sum())),
        "auc": area(judged.scores, fell),
        "average_precision": average_precision(judged.scores, fell),
    }


def area(scores: Floats, fell: Flags) -> float | None:
    """Under the ROC curve: the share of pairs in the right order, ties counting half."""
    falls, others = np.sort(scores[fell]), scores[~fell]
    if not len(falls) or not len(others):
        return None
    below = np.searchsorted(falls, others, side="left")
    upto = np.searchsorted(falls, others, side="right")
    return float(1 - (below + upto).sum() / (2 * len(falls) * len(others)))


def average_precision(scores: Floats, fell: Flags) -> float | None:
    """Mean precision over the falls, worst order within ties."""
    if not fell.any():
        return None
    order = np.lexsort((fell, -scores))
    hits = fell[order].cumsum()
    precision = hits / np.arange(1, len(fell) + 1)
    return float(precision[fell[order]].mean())


def best_f1(scores: Floats, fell: Flags) -> float:
    """The threshold with the highest F1: halfway between the last fall said and the next."""
    order = np.argsort(-scores, kind="stable")
    ranked = scores[order]
    f1 = 2 * fell[order].cumsum() / (np.arange(1, len(fell) + 1) + fell.sum())
    best = int(f1.argmax())
    below = ranked[best + 1] if best + 1 < len(ranked) else ranked[best] - 1
    return float((ranked[best] + below) / 2)


def roc(name: str, scores: Floats, fell: Flags) -> Curve:
    """Sensitivity over the share of false alarms."""
    order = np.argsort(-scores, kind="stable")
    hits, false = fell[order].cumsum(), (~fell[order]).cumsum()
    x = np.concatenate([[0.0], false / max(1, int((~fell).sum()))])
    y = np.concatenate([[0.0], hits / max(1, int(fell.sum()))])
    return Curve(name=name, x=x.round(5).tolist(), y=y.round(5).tolist())


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
