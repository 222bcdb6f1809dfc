"""How well does the fall score tell falls, one person left out at a time?

`python -m detectors.evaluation.falls DIR` reads UMAFall in the format of its developers'
part and prints the figures and the weights that `fall_score` ships.
"""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from detectors.acceleration import Floats, window_of
from detectors.fall_score import candidates, features
from telecare.errors import InvalidInput

_RIDGE = 1.0
_ROUNDS = 3
_NEWTON_STEPS = 30


class Trial(msgspec.Struct, frozen=True):
    """One recording at one position, as features of its candidate peaks."""

    subject: str
    position: str
    fell: bool
    peaks: Floats


class Model(msgspec.Struct, frozen=True):
    """A standardised logistic model: log odds = bias + weights . (x - centre) / scale."""

    centre: Floats
    scale: Floats
    weights: Floats
    bias: float

    def score(self, trial: Trial) -> float:
        """The trial's highest log odds; very low if it has no candidate peak."""
        if not len(trial.peaks):
            return -20.0
        return float(self.odds(trial.peaks).max())

    def odds(self, peaks: Floats) -> Floats:
        """Log odds of each peak."""
        odds: Floats = ((peaks - self.centre) / self.scale) @ self.weights + self.bias
        return odds


def load(folder: Path, positions: tuple[str, ...]) -> list[Trial]:
    """The trials at `positions`; ones too short or too sparse to be a window are left out."""
    arrays = dict(np.load(folder / "umafall_dev.npz"))
    offset = arrays["offset"]
    trials = []
    with (folder / "umafall_dev_trials.csv").open() as rows:
        for i, row in enumerate(csv.DictReader(rows)):
            if row["position"] not in positions:
                continue
            part = slice(offset[i], offset[i + 1])
            data = {
                "xyz_mg": arrays["acc_mg"][part],
                "t_ms": arrays["t_ms"][part].tolist(),
                "hz": float(row["native_hz"]),
            }
            try:
                window = window_of(data)
            except InvalidInput:
                continue
            size = window.magnitude
            peaks = np.array([features(window.g, size, p) for p in candidates(size)])
            trials.append(Trial(row["subject"], row["position"], row["is_fall"] == "1", peaks))
    return trials


def fit(trials: list[Trial]) -> Model:
    """A model of `trials`: of a fall's peaks only its best counts as one (which that is, is
    found in a few rounds, the highest first); of other trials all count as none.
    """
    with_peaks = [t for t in trials if len(t.peaks)]
    every = np.concatenate([t.peaks for t in with_peaks])
    centre, scale = every.mean(axis=0), every.std(axis=0) + 1e-9
    chosen = [0] * len(with_peaks)
    model = Model(centre, scale, np.zeros(every.shape[1]), 0.0)
    for _ in range(_ROUNDS):
        rows: list[Floats] = []
        falls: list[bool] = []
        for trial, best in zip(with_peaks, chosen, strict=True):
            used = trial.peaks[best : best + 1] if trial.fell else trial.peaks
            rows.append((used - centre) / scale)
            falls += [trial.fell] * len(used)
        beta = _logistic(np.concatenate(rows), np.array(falls, dtype=np.float64))
        model = Model(centre, scale, beta[1:], float(beta[0]))
        chosen = [int(model.odds(t.peaks).argmax()) for t in with_peaks]
    return model


def leave_one_out(trials: list[Trial]) -> NDArray[np.float64]:
    """Every trial's log odds by a model that has not seen its person."""
    scores = np.zeros(len(trials))
    for subject in sorted({t.subject for t in trials}):
        model = fit([t for t in trials if t.subject != subject])
        for i, trial in enumerate(trials):
            if trial.subject == subject:
                scores[i] = model.score(trial)
    return scores


def figures(scores: Floats, fell: NDArray[np.bool_], threshold: float = 0.0) -> dict[str, float]:
    """Sensitivity, specificity, F1 at log odds of `threshold`, and the area under the curve."""
    said = scores >= threshold
    hits = int((said & fell).sum())
    ranks = scores.argsort().argsort()
    falls = int(fell.sum())
    area = (ranks[fell].sum() - falls * (falls - 1) / 2) / (falls * (len(fell) - falls))
    return {
        "sensitivity": hits / falls,
        "specificity": float((~said & ~fell).sum() / (~fell).sum()),
        "f1": 2 * hits / (int(said.sum()) + falls),
        "auc": float(area),
    }


def _logistic(x: Floats, y: Floats) -> Floats:
    """Ridge logistic regression by Newton's steps; the first weight is the bias."""
    x = np.column_stack([np.ones(len(x)), x])
    ridge = _RIDGE * np.eye(x.shape[1])
    ridge[0, 0] = 0.0
    beta: Floats = np.zeros(x.shape[1])
    for _ in range(_NEWTON_STEPS):
        p = 1 / (1 + np.exp(-x @ beta))
        slope = x.T @ (p - y) + ridge @ beta
        curve = (x * (p * (1 - p))[:, None]).T @ x + ridge
        beta = beta - np.linalg.solve(curve, slope)
    return beta


def main(folder: Path) -> None:
    """Write the figures by position, then the weights of a model of all people."""
    trials = load(folder, ("WRIST", "WAIST"))
    scores = leave_one_out(trials)
    fell = np.array([t.fell for t in trials])
    lines: list[dict[str, object]] = []
    for position in ("WRIST", "WAIST"):
        here = np.array([t.position == position for t in trials])
        rounded = {k: round(v, 4) for k, v in figures(scores[here], fell[here]).items()}
        lines.append({"position": position, **rounded})
    model = fit(trials)
    lines += [
        {name: [round(float(v), 4) for v in getattr(model, name)]}
        for name in ("centre", "scale", "weights")
    ]
    lines.append({"bias": round(model.bias, 4)})
    sys.stdout.writelines(json.dumps(line) + "\n" for line in lines)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
