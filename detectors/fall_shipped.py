"""Which model of falls judges: the shipped ones, or the owner's."""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from importlib import resources
from pathlib import Path

from detectors.fall_model import FallModel, load, read


class Placement(StrEnum):
    """Where the sensor is worn."""

    WRIST = "wrist"
    WAIST = "waist"
    """Or anywhere on the trunk: belt, pocket, chest."""


WORN = {
    "wrist": Placement.WRIST, "watch": Placement.WRIST,
    "waist": Placement.WAIST, "belt": Placement.WAIST, "hip": Placement.WAIST,
    "chest": Placement.WAIST, "pendant": Placement.WAIST, "pocket": Placement.WAIST,
}  # fmt: skip
"""Words of devices, and of recordings, for where they are worn. Nobody wears an alarm at the
ankle."""

_own: dict[Placement, FallModel] = {}


def use(path: Path, placement: Placement = Placement.WRIST) -> FallModel:
    """From now on this process judges by the owner's model. Called once, by the wiring, before
    any home is judged; raises `InvalidInput` if the file is none.
    """
    _own[placement] = read(path)
    return _own[placement]


def models(placement: Placement) -> FallModel:
    """The owner's model where there is one, else the shipped one."""
    return _own.get(placement) or shipped(placement)


def shipped_bytes(placement: Placement) -> bytes:
    """The file that comes with the package; `detectors.fall_model.digest` names it."""
    file = resources.files("detectors").joinpath("models", f"falls_{placement.value}.model")
    return file.read_bytes()


@cache
def shipped(placement: Placement) -> FallModel:
    """The model in `shipped_bytes`, read once."""
    return load(shipped_bytes(placement), f"the shipped model for the {placement.value}")
