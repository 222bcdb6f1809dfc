"""Recordings of falls and daily life, trial by trial, as `shared/data` has them.

A set is any pair `NAME.npz` and `NAME_trials.csv` in a folder. Which set it is, and with it
what must be repaired, shows in the columns of the table.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from zipfile import BadZipFile

import msgspec
import numpy as np
from numpy.typing import NDArray

from detectors.acceleration import Floats, Window, evened
from detectors.acceleration_clock import straightened
from telecare.errors import InvalidInput

_WATCH_HZ, _META_HZ, _TAG_HZ, _PHONE_HZ, _FITBIT_HZ, _SISFALL_HZ = 33.7, 50.0, 20.0, 50.0, 45.0, 50
"""Nominal rates. SmartFallMM's watch was counted out; WEDA-FALL's says 50 and keeps 40 to 50."""
_REPEATED_WITHIN = 24
"""SmartFallMM's watch sends batches again; a row equal to one of the last 24 is such a copy."""


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """One recording of one person at one position."""

    body: str
    """The people and position it belongs to, such as `wedafall wrist`."""
    subject: str
    """Unique over all sets, so that pooled sets can leave a person out."""
    activity: str
    fell: bool
    elder: bool
    window: Window | None
    """None if it is over before anything could be told: such a trial counts as no fall said."""


def load(folder: Path, only: str | None = None) -> dict[str, list[Trial]]:
    """Body -> trials, of every set in `folder` or in the folders right below it.

    `only` names a set (`wedafall`) or a body (`umafall wrist`). Raises `InvalidInput` if
    nothing is left, or a set cannot be read.
    """
    bodies: dict[str, list[Trial]] = {}
    for arrays in _sets(folder):
        for trial in _read(arrays):
            if only is None or only in {trial.body, trial.body.split()[0]}:
                bodies.setdefault(trial.body, []).append(trial)
    if not bodies:
        asked = f" named {only}" if only else ""
        raise InvalidInput(
            f"there is no set of falls{asked} in {folder}: it needs NAME.npz and NAME_trials.csv"
        )
    return bodies


def _sets(folder: Path) -> Iterator[Path]:
    for arrays in sorted([*folder.glob("*.npz"), *folder.glob("*/*.npz")]):
        if _table(arrays).exists():
            yield arrays


def _table(arrays: Path) -> Path:
    return arrays.with_name(f"{arrays.stem}_trials.csv")


def _read(path: Path) -> Iterator[Trial]:
    try:
        with path.open("rb") as file, np.load(file) as archive:
            arrays = {name: archive[name] for name in archive.files}
        with _table(path).open(newline="") as lines:
            rows = list(csv.DictReader(lines))
        offset, acceleration, stamps = arrays["offset"], arrays["acc_mg"], arrays.get("t_ms")
        if len(offset) != len(rows) + 1:
            raise InvalidInput(f"{path} has {len(offset) - 1} trials, its table {len(rows)}")
        if acceleration.ndim != 2 or acceleration.shape[1] != 3:
            raise InvalidInput(f"acc_mg of {path} must have three columns, x, y and z")
        if offset[-1] != len(acceleration) or (np.diff(offset) < 0).any():
            raise InvalidInput(f"offset of {path} must rise to its {len(acceleration)} samples")
        if not np.isfinite(acceleration).all():
            raise InvalidInput(f"acc_mg of {path} holds what is no number; leave such trials out")
        for i, row in enumerate(rows):
            part = slice(int(offset[i]), int(offset[i + 1]))
            own = None if stamps is None else stamps[part].astype(np.float64)
            yield _trial(row, acceleration[part].astype(np.float64), own)
    except KeyError as missing:
        raise InvalidInput(f"{path} and its table have no {missing}; add it") from missing
    except (OSError, EOFError, BadZipFile, ValueError) as wrong:
        raise InvalidInput(f"{path} and its table cannot be read as recordings: {wrong}") from wrong


def _trial(row: Mapping[str, str], samples_mg: Floats, stamps_ms: Floats | None) -> Trial:
    body, hz = _body(row)
    if stamps_ms is None:
        seconds: Floats = np.arange(len(samples_mg)) / hz
    else:
        if body.startswith("smartfallmm"):
            kept = _unrepeated(samples_mg)
            samples_mg, stamps_ms = samples_mg[kept], stamps_ms[kept]
        seconds = straightened(stamps_ms, hz)
    try:
        window: Window | None = evened(samples_mg, seconds)
    except InvalidInput:
        window = None
    return Trial(
        body=body,
        subject=f"{body.split()[0]} {row['subject']}",
        activity=row["activity"],
        fell=_fell(row["is_fall"]),
        elder=row.get("is_elder") == "1" or row.get("group") == "old",
        window=window,
    )


def _fell(word: str) -> bool:
    if word not in {"0", "1"}:
        raise InvalidInput(f"is_fall of a trial is {word!r}; write 1 for a fall, else 0")
    return word == "1"


def _body(row: Mapping[str, str]) -> tuple[str, float]:
    """Where the sensor was, in which set, and its nominal rate in Hz."""
    if "device" in row:
        watch = row["device"] == "watch"
        return ("smartfallmm watch", _WATCH_HZ) if watch else ("smartfallmm wrist", _META_HZ)
    if "position" in row:
        phone = row["position"] == "RIGHTPOCKET"
        name = "pocket" if phone else row["position"].lower()
        return f"umafall {name}", _PHONE_HZ if phone else _TAG_HZ
    if "fall_start_s" in row:
        return "wedafall wrist", _FITBIT_HZ
    return "sisfall waist", float(_SISFALL_HZ)


def _unrepeated(samples: Floats) -> NDArray[np.intp]:
    """The rows that do not equal one of the last kept ones."""
    kept: list[int] = []
    recent: list[tuple[float, ...]] = []
    for i, row in enumerate(map(tuple, samples.tolist())):
        if row not in recent:
            kept.append(i)
            recent = [*recent[1 - _REPEATED_WITHIN :], row]
    return np.array(kept, dtype=np.intp)


def of_young(trials: Sequence[Trial]) -> list[Trial]:
    """Only the people who fell: nobody let the old ones do it."""
    return [trial for trial in trials if not trial.elder]
