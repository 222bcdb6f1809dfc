"""The file that holds a model: whole, small, and refused in words when it is none."""

from __future__ import annotations

import zlib
from pathlib import Path

import msgspec
import numpy as np
import pytest

from detectors import fall_shipped
from detectors.acceleration import window_of
from detectors.fall_model import digest, dump, load, probability, read
from detectors.fall_moments import cuts, peaks
from detectors.fall_shipped import Placement, models, shipped, shipped_bytes, use
from telecare.errors import InvalidInput
from tests.harness.windows import fall_window, walking_window

WINDOW = window_of({"hz": 50, "xyz_mg": fall_window()})
CUTS = cuts(WINDOW.g, peaks(WINDOW.magnitude))
WALK = window_of({"hz": 50, "xyz_mg": walking_window()})
MANY = np.concatenate([CUTS, cuts(WALK.g, peaks(WALK.magnitude))])


@pytest.mark.parametrize("placement", list(Placement))
def test_the_shipped_model_is_small_says_what_it_is_made_of_and_knows_a_fall(
    placement: Placement,
) -> None:
    assert len(shipped_bytes(placement)) < 1_000_000
    model = shipped(placement)
    *sources, simulated = model.provenance.made_from.split(", ")
    assert all(each.startswith("umafall ") for each in sources), "licensed recordings only"
    assert simulated.endswith("invented trials")
    assert model.provenance.people > 10
    assert max(probability(odds) for odds in model.log_odds(CUTS)) > 0.8


@pytest.mark.parametrize("placement", list(Placement))
def test_the_model_card_names_the_shipped_file(placement: Placement) -> None:
    card = Path(__file__).parents[3] / "docs" / "judgement-falls.md"
    assert digest(shipped_bytes(placement)) in card.read_text()


def test_a_moment_is_judged_the_same_alone_and_among_others() -> None:
    model = shipped(Placement.WRIST)
    together = model.log_odds(MANY)
    alone = [float(model.log_odds(each[None])[0]) for each in MANY]
    assert np.allclose(together, alone, rtol=0, atol=1e-5)


def test_nothing_to_judge_is_judged_at_once() -> None:
    assert len(shipped(Placement.WRIST).log_odds(MANY[:0])) == 0


def test_a_model_survives_its_file() -> None:
    model = shipped(Placement.WRIST)
    again = load(dump(model), "again")
    assert np.array_equal(model.log_odds(CUTS), again.log_odds(CUTS))
    assert dump(again) == dump(model)


def test_the_owners_model_stands_before_the_shipped_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fall_shipped, "_own", {})
    own = tmp_path / "own.model"
    own.write_bytes(shipped_bytes(Placement.WAIST))
    assert use(own) is models(Placement.WRIST)
    assert models(Placement.WAIST) is shipped(Placement.WAIST)


def spoilt(**changes: object) -> bytes:
    content = msgspec.msgpack.decode(zlib.decompress(shipped_bytes(Placement.WRIST)))
    return zlib.compress(msgspec.msgpack.encode(content | changes))


def looping() -> bytes:
    content = msgspec.msgpack.decode(zlib.decompress(shipped_bytes(Placement.WRIST)))
    left = content["trees"]["left"]
    left["bytes"] = bytes(len(left["bytes"]))
    return zlib.compress(msgspec.msgpack.encode(content))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"what is this",
        zlib.compress(b"x"),
        shipped_bytes(Placement.WRIST)[:5000],
        spoilt(format=9),
        spoilt(weights={"type": "|O", "shape": [1], "bytes": b"12345678"}),
        spoilt(weights={"type": "<f4", "shape": [3], "bytes": b"123456789012"}),
        spoilt(calibration={}),
        looping(),
    ],
    ids=[
        "empty", "text", "not packed", "cut off", "another format", "objects", "too few weights",
        "no calibration", "trees that never end",
    ],
)  # fmt: skip
def test_what_is_no_model_is_refused_in_words(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "some.model"
    file.write_bytes(content)
    with pytest.raises(InvalidInput, match=r"some\.model is no model of falls; make one with"):
        read(file)


def test_a_file_that_is_not_there_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="unset TELECARE_FALL_MODEL"):
        read(tmp_path / "absent.model")
