"""A small set of recordings in the format of WEDA-FALL: six people, some fall, some walk."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from simulators.acceleration import HZ, Movement, window

PEOPLE = ("U01", "U02", "U03", "U04", "U05", "U06")


def write_recordings(folder: Path, *, people: tuple[str, ...] = PEOPLE, seed: int = 1) -> Path:
    """`folder/wedafall_dev.npz` and its table: each person falls four times, and walks and sits
    down four times each; the last is old and never falls.
    """
    rng = np.random.default_rng(seed)
    samples: list[np.ndarray] = []
    rows: list[dict[str, object]] = []
    for person in people:
        old = person == people[-1]
        for movement in Movement:
            fell = movement is Movement.FALL
            for trial in range(0 if fell and old else 4):
                samples.append(np.array(_lively(movement, rng)))
                rows.append(
                    {
                        "activity": movement.value, "subject": person, "trial": trial,
                        "is_fall": int(fell), "is_elder": int(old),
                        "fall_start_s": "", "fall_end_s": "", "n": len(samples[-1]),
                    }
                )  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    offset = np.concatenate([[0], np.cumsum([len(each) for each in samples])])
    stamps = np.concatenate([np.arange(len(each)) * 1000 // HZ for each in samples])
    np.savez(
        folder / "wedafall_dev.npz",
        acc_mg=np.concatenate(samples).astype(np.int16),
        offset=offset.astype(np.int64),
        t_ms=stamps.astype(np.int32),
    )
    with (folder / "wedafall_dev_trials.csv").open("w", newline="") as out:
        table = csv.DictWriter(out, list(rows[0]))
        table.writeheader()
        table.writerows(rows)
    return folder


def _lively(movement: Movement, rng: np.random.Generator) -> list[list[int]]:
    """Now and then an arm that swings is worth judging."""
    moved = np.array(window(movement, rng))
    if movement is not Movement.FALL:
        at = int(rng.integers(100, 500))
        moved[at : at + 3] += rng.integers(400, 1500, 3)
    return moved.tolist()  # type: ignore[no-any-return]
