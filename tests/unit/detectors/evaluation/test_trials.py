"""Recordings as they lie in folders, and as they were really recorded."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from detectors.acceleration import GRID_HZ
from detectors.evaluation.trials import load, of_young
from telecare.errors import InvalidInput
from tests.harness.recordings import write_recordings


def write(folder: Path, name: str, table: str, **arrays: object) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    np.savez(folder / f"{name}.npz", **arrays)  # type: ignore[arg-type] # numpy takes lists
    (folder / f"{name}_trials.csv").write_text(table)


def test_a_folder_of_sets_and_a_sets_own_folder_read_the_same(tmp_path: Path) -> None:
    write_recordings(tmp_path / "weda")
    (above,), (own,) = load(tmp_path).values(), load(tmp_path / "weda").values()
    assert [t.subject for t in above] == [t.subject for t in own]
    assert {t.body for t in own} == {"wedafall wrist"}
    assert sum(t.fell for t in own) == 20
    assert all(t.fell is False for t in own if t.elder)
    assert not any(t.elder for t in of_young(own))


def test_a_part_held_back_has_another_name_and_is_read_too(tmp_path: Path) -> None:
    table = "activity,subject,trial,is_fall,is_elder,n\nF01,SA01,R01,1,0,500\n"
    still = np.tile([0, 0, 1000], (500, 1))
    write(tmp_path, "sisfall_held", table, acc_mg=still, offset=[0, 500])
    (trial,) = load(tmp_path)["sisfall waist"]
    assert trial.window is not None
    assert len(trial.window.g) == pytest.approx(500 / 50 * GRID_HZ, abs=1)


def test_batches_a_watch_sent_twice_are_dropped(tmp_path: Path) -> None:
    table = (
        "group,device,subject,activity,trial,is_fall,approx_hz,n\n"
        "young,watch,S28,10,1,1,30,400\n"
        "old,meta_wrist,S02,1,1,0,50,100\n"
    )
    once = np.random.default_rng(1).integers(-900, 900, (200, 3))
    sent = np.concatenate([np.concatenate([part, part]) for part in np.split(once, 10)])
    stamps = np.concatenate([np.repeat(np.arange(20) * 297, 20), np.arange(100) * 20])
    write(
        tmp_path, "smartfallmm_x", table,
        acc_mg=np.concatenate([sent, once[:100]]), offset=[0, 400, 500], t_ms=stamps,
    )  # fmt: skip
    bodies = load(tmp_path)
    assert sorted(bodies) == ["smartfallmm watch", "smartfallmm wrist"]
    (watch,), (meta,) = bodies["smartfallmm watch"], bodies["smartfallmm wrist"]
    assert watch.window is not None
    assert len(watch.window.g) == pytest.approx(200 / 33.7 * GRID_HZ, rel=0.05)
    assert meta.elder
    assert watch.subject == "smartfallmm S28"
    assert list(load(tmp_path, "smartfallmm wrist")) == ["smartfallmm wrist"]


def test_a_recording_that_is_over_at_once_stays_in_the_list(tmp_path: Path) -> None:
    table = "activity,subject,trial,age,position,is_fall,native_hz,n\nfall,S1,1,30,WRIST,1,20,5\n"
    write(tmp_path, "uma", table, acc_mg=np.ones((5, 3)), offset=[0, 5], t_ms=np.arange(5) * 50)
    (trial,) = load(tmp_path)["umafall wrist"]
    assert trial.window is None
    assert trial.fell


@pytest.mark.parametrize(
    ("table", "offset", "says"),
    [
        ("activity,subject\n", [0, 5], "has 1 trials, its table 0"),
        ("activity,subject\nx,y\n", [0, 5], "have no 'is_fall'"),
        ("activity,subject,is_fall\nx,y,yes\n", [0, 5], "is_fall of a trial is 'yes'"),
        ("activity,subject,is_fall\nx,y,0\n", [0, 4], "must rise to its 5 samples"),
        ("activity,subject,is_fall\nx,y,0\nx,y,0\n", [5, 0, 5], "must rise to its 5 samples"),
    ],
)
def test_what_is_no_set_is_refused_in_words(
    tmp_path: Path, table: str, offset: list[int], says: str
) -> None:
    write(tmp_path, "set", table, acc_mg=np.ones((5, 3)), offset=offset)
    with pytest.raises(InvalidInput, match=says):
        load(tmp_path)


@pytest.mark.parametrize(
    ("samples", "says"),
    [(np.ones((5, 2)), "three columns"), (np.full((5, 3), np.nan), "what is no number")],
)
def test_samples_that_are_none_are_refused_in_words(
    tmp_path: Path, samples: np.ndarray, says: str
) -> None:
    write(tmp_path, "set", "activity,subject,is_fall\nx,y,0\n", acc_mg=samples, offset=[0, 5])
    with pytest.raises(InvalidInput, match=says):
        load(tmp_path)


@pytest.mark.parametrize("share", [0.0, 0.5])
def test_a_file_that_was_not_copied_to_its_end_is_refused_in_words(
    tmp_path: Path, share: float
) -> None:
    table = "activity,subject,is_fall\nx,y,0\n"
    write(tmp_path, "set", table, acc_mg=np.ones((5, 3)), offset=[0, 5])
    whole = (tmp_path / "set.npz").read_bytes()
    (tmp_path / "set.npz").write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(InvalidInput, match=r"set\.npz and its table cannot be read as recordings"):
        load(tmp_path)


def test_a_folder_without_sets_says_what_it_needs(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"needs NAME\.npz and NAME_trials\.csv"):
        load(tmp_path)
    write_recordings(tmp_path)
    with pytest.raises(InvalidInput, match="no set of falls named umafall"):
        load(tmp_path, "umafall")
