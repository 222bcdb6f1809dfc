"""The trained judges of a fall, their average, and how sure it makes us: one file.

A model file is compressed MessagePack: numbers and shapes, nothing that could run. It says
what it was trained on; `digest` names it.
"""

from __future__ import annotations

import hashlib
import zlib
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from detectors.acceleration import Floats
from detectors.fall_features import NUMBERS, features
from detectors.fall_moments import Singles
from detectors.fall_network import FallNetwork
from detectors.fall_rocket import Rocket
from detectors.fall_trees import Trees
from telecare.errors import InvalidInput

_FORMAT = 1
_JUDGES = 3
_LONGEST = 20_000_000
"""Bytes a model file may have when unpacked."""


class Calibration(msgspec.Struct, frozen=True):
    """From three unlike margins to one probability."""

    centre: tuple[float, ...]
    scale: tuple[float, ...]
    """Of each judge's margins for people it had not seen."""
    weight: tuple[float, ...]
    """How much each judge is trusted; their sum is one."""
    slope: float
    offset: float
    """Log odds of a fall are `slope * mean + offset`, fitted on people not seen."""

    def log_odds(self, margins: Floats) -> Floats:
        """Of (n, judges) margins."""
        standard = (margins - np.array(self.centre)) / np.array(self.scale)
        mean = (standard * np.array(self.weight)).sum(axis=1)
        odds: Floats = self.slope * mean + self.offset
        return odds


class Provenance(msgspec.Struct, frozen=True):
    """What a model was made of, for whoever must answer for it."""

    made_from: str
    licence: str
    people: int
    falls: int
    trials: int
    seed: int


class FallModel(msgspec.Struct, frozen=True):
    """Judges nine seconds around a peak."""

    trees: Trees
    rocket: Rocket
    network: FallNetwork
    calibration: Calibration
    provenance: Provenance

    def margins(self, windows: Singles) -> Floats:
        """(n, 3): what each judge says of each of (n, 288, 3) cuts."""
        return np.stack(
            [
                self.trees.margins(features(windows)),
                self.rocket.margins(windows),
                self.network.margins(windows).astype(np.float64),
            ],
            axis=1,
        )

    def log_odds(self, windows: Singles) -> Floats:
        """Log odds of a fall at each cut's peak, calibrated on the people of `provenance`."""
        if not len(windows):
            return np.empty(0)
        return self.calibration.log_odds(self.margins(windows))


def probability(log_odds: float) -> float:
    """0 to 1."""
    return 1 / (1 + float(np.exp(-np.clip(log_odds, -30.0, 30.0))))


def dump(model: FallModel) -> bytes:
    """The model file."""
    content = {
        "format": _FORMAT,
        "trees": {name: _packed(getattr(model.trees, name)) for name in Trees.__struct_fields__},
        "biases": _packed(model.rocket.biases),
        "weights": _packed(model.rocket.weights),
        "bias": model.rocket.bias,
        "network": model.network.dump(),
        "calibration": msgspec.to_builtins(model.calibration),
        "provenance": msgspec.to_builtins(model.provenance),
    }
    return zlib.compress(msgspec.msgpack.encode(content), 9)


def load(content: bytes, name: str) -> FallModel:
    """The model in a file's `content`; raises `InvalidInput` naming the file if it is none."""
    try:
        unpacker = zlib.decompressobj()
        found = msgspec.msgpack.decode(unpacker.decompress(content, _LONGEST))
        if found["format"] != _FORMAT:
            raise ValueError(f"format {found['format']}, not {_FORMAT}")  # noqa: TRY301
        return _checked(
            FallModel(
                trees=Trees(*(_unpacked(found["trees"][each]) for each in Trees.__struct_fields__)),
                rocket=Rocket(
                    _unpacked(found["biases"]), _unpacked(found["weights"]), float(found["bias"])
                ),
                network=FallNetwork.load(found["network"]),
                calibration=msgspec.convert(found["calibration"], Calibration),
                provenance=msgspec.convert(found["provenance"], Provenance),
            )
        )
    except (
        zlib.error,
        msgspec.DecodeError,
        ValueError,
        KeyError,
        TypeError,
        InvalidInput,
    ) as wrong:
        raise InvalidInput(
            f"{name} is no model of falls; make one with `telecare train falls`"
        ) from wrong


def _checked(model: FallModel) -> FallModel:
    model.trees.check(NUMBERS)
    model.rocket.check()
    of_judges = (model.calibration.centre, model.calibration.scale, model.calibration.weight)
    if {len(each) for each in of_judges} != {_JUDGES} or 0 in model.calibration.scale:
        raise ValueError("a calibration of other judges")
    return model


def read(path: Path) -> FallModel:
    """The model an owner has trained; raises `InvalidInput` saying what to do."""
    try:
        content = path.read_bytes()
    except OSError as wrong:
        raise InvalidInput(
            f"the model of falls {path} cannot be read ({wrong.strerror}); make one with "
            "`telecare train falls`, or unset TELECARE_FALL_MODEL to use the shipped one"
        ) from wrong
    return load(content, str(path))


def digest(content: bytes) -> str:
    """What names a model in logs and in the model card."""
    return hashlib.sha256(content).hexdigest()


def _packed(array: NDArray[Any]) -> dict[str, Any]:
    return {"type": array.dtype.str, "shape": array.shape, "bytes": array.tobytes()}


def _unpacked(found: dict[str, Any]) -> NDArray[Any]:
    kind = np.dtype(found["type"])
    if kind.kind not in "iuf":
        raise ValueError(f"an array of {kind}")
    array: NDArray[Any] = np.frombuffer(found["bytes"], dtype=kind).reshape(found["shape"])
    return array
