"""The protocols on simulated people; no recordings are needed."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import pytest
from typer.testing import CliRunner

from detectors import fall_model, fall_shipped
from detectors.commands_train import app
from detectors.evaluation import fall_abroad, fall_protocols
from detectors.evaluation.fall_figures import Judged
from detectors.evaluation.fall_training import (
    Trainer,
    calibrated,
    moments_of,
    of_trial,
    platt,
    stacked,
)
from detectors.evaluation.falls import evaluate
from detectors.evaluation.report import Report, Request
from detectors.evaluation.trials import load
from detectors.fall_moment import most_fall_like
from detectors.fall_rocket import Rocket
from detectors.fall_trees import Trees
from telecare.errors import InvalidInput
from tests.harness.recordings import write_recordings

SET = "wedafall_dev"
SHORT = msgspec.structs.replace(fall_protocols.QUICK, views=("axes",), epochs=2)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Six simulated people; networks train for a moment only."""
    # One shape of batches for all folds: what takes long here is compiling, not learning.
    monkeypatch.setattr("detectors.evaluation.fall_network_training._BATCH", 16)
    monkeypatch.setattr(fall_protocols, "QUICK", SHORT)
    monkeypatch.setattr(fall_protocols, "NETWORK_FOLDS", 2)
    monkeypatch.setattr(fall_abroad, "RECIPE", SHORT)
    monkeypatch.setattr(fall_protocols, "FOLDS", 2)
    monkeypatch.setattr(fall_abroad, "FOLDS", 2)
    monkeypatch.setattr("detectors.evaluation.fall_training._TREES", 20)
    return write_recordings(tmp_path / "people")


def ask(protocol: str = "loso", **where: Path) -> Report:
    return evaluate(Request(protocol=protocol, **where))  # type: ignore[arg-type]


def only(data: Path, kept: Callable[[dict[str, str]], bool]) -> Path:
    """The recordings of which `kept` is true, in a folder of their own."""
    with (data / f"{SET}_trials.csv").open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    with np.load(data / f"{SET}.npz") as archive:
        offset, acceleration, stamps = archive["offset"], archive["acc_mg"], archive["t_ms"]
    parts = [slice(*offset[i : i + 2]) for i, row in enumerate(rows) if kept(row)]
    few = data / "few"
    few.mkdir()
    np.savez(
        few / f"{SET}.npz",
        acc_mg=np.concatenate([acceleration[part] for part in parts]),
        t_ms=np.concatenate([stamps[part] for part in parts]),
        offset=np.cumsum([0, *(part.stop - part.start for part in parts)]),
    )
    with (few / f"{SET}_trials.csv").open("w", newline="") as out:
        table = csv.DictWriter(out, list(rows[0]))
        table.writeheader()
        table.writerows(row for row in rows if kept(row))
    return few


def test_people_left_out_are_told_apart(data: Path) -> None:
    report = ask(data=data)
    assert report.figures["auc"] is not None
    assert report.figures["auc"] > 0.95
    assert report.figures["elder_specificity"] == 1.0
    (table,) = report.tables
    assert [row.name for row in table.rows][:3] == [
        fall_protocols.NAIVE, fall_protocols.BASELINE, fall_protocols.OURS,
    ]  # fmt: skip


def test_the_same_seed_gives_the_same_numbers(data: Path, tmp_path: Path) -> None:
    few = write_recordings(tmp_path / "few", people=("U01", "U02", "U03"))
    first, again = (json.dumps(ask(data=few).for_machines()) for _ in range(2))
    assert first == again


def test_other_people_are_judged_by_what_was_trained_and_thresholded_here(
    data: Path, tmp_path: Path
) -> None:
    others = write_recordings(tmp_path / "held", people=("U11", "U12", "U13"), seed=2)
    report = ask(train=data, test=others)
    assert "3 people, 8 falls" in report.tables[0].title
    assert report.figures["auc"] is not None


def test_halves_say_what_the_other_people_cost(data: Path) -> None:
    report = ask("halves", data=data)
    assert report.figures["lost"] is not None
    assert report.figures["lost"] >= 0, "hindsight is never worse"
    assert report.tables[0].rows[-2].name == "ours, best threshold on them"


def test_the_shipped_model_judges_another_set_without_refitting(data: Path) -> None:
    report = ask("cross", data=data)
    assert report.figures["sensitivity"] == 1.0
    assert [row.name for row in report.tables[0].rows] == ["ours", "tried, whole set"]


def test_what_was_recorded_at_the_waist_is_judged_by_the_model_of_the_waist(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged_by, models = fall_protocols.judged_by, list[fall_model.FallModel]()

    def heard(model: fall_model.FallModel, people: fall_protocols.People) -> Judged:
        models.append(model)
        return judged_by(model, people)

    monkeypatch.setattr(fall_protocols, "judged_by", heard)
    table = data / f"{SET}_trials.csv"
    table.write_text(table.read_text().replace("fall_start_s", "began"))  # as of SisFall
    evaluate(Request(protocol="cross", data=data, only="sisfall waist"))
    (used,) = models
    assert used is fall_shipped.models(fall_shipped.Placement.WAIST)


@pytest.mark.parametrize(
    ("kept", "says"),
    [
        (lambda row: row["subject"] == "U01", "these recordings have 1 and 1"),
        (lambda row: row["is_fall"] == "0", "these recordings have 0 and 6"),
        (lambda row: row["is_fall"] == "1", "these recordings have 5 and 0"),
    ],
)
def test_too_few_people_to_learn_from_are_said_and_counted(
    data: Path, kept: Callable[[dict[str, str]], bool], says: str
) -> None:
    few = only(data, kept)
    with pytest.raises(InvalidInput, match=says):
        ask(data=few)
    with pytest.raises(InvalidInput, match=says):
        ask(train=few, test=data)


def test_recordings_without_a_peak_are_asked_for_their_unit(data: Path) -> None:
    with np.load(data / f"{SET}.npz") as archive:
        arrays = dict(archive)
    arrays["acc_mg"] = arrays["acc_mg"] // 1000
    np.savez(data / f"{SET}.npz", **arrays)
    with pytest.raises(InvalidInput, match="thousandths of g"):
        ask(data=data)


def test_a_protocol_asked_of_no_set_says_what_it_is_for(data: Path, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="--data DIR"):
        ask()
    with pytest.raises(InvalidInput, match="no set of falls named"):
        evaluate(Request(protocol="loso", data=data, only="umafall"))


def test_an_owner_trains_a_model_that_the_service_loads(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fall_shipped, "_own", {})
    out = tmp_path / "own.model"
    args = ["train", "falls", "--data", str(data), "--out", str(out), "--licence", "our own"]
    told = CliRunner().invoke(app, args)
    assert told.exit_code == 0, told.output
    assert "sha256" in told.output
    model = fall_shipped.use(out)
    assert model.provenance.licence == "our own"
    assert model.provenance.people == 6
    assert fall_shipped.models(fall_shipped.Placement.WRIST) is model
    first = out.read_bytes()
    assert CliRunner().invoke(app, args).exit_code == 0
    assert fall_model.digest(out.read_bytes()) == fall_model.digest(first)


def test_what_is_evaluated_is_what_runs_in_homes(data: Path) -> None:
    (trials,) = load(data).values()
    people = fall_protocols.People(trials)
    model, _ = fall_protocols.trained_on(people, 1, lambda _: None)
    at_once = fall_protocols.judged_by(model, people).scores
    for trial, score in zip(trials, at_once, strict=True):
        assert trial.window is not None
        moment = most_fall_like(trial.window, model)
        alone = 0.0 if moment is None else moment.probability
        assert alone == pytest.approx(fall_model.probability(float(score)), abs=1e-6)


def test_nobody_is_judged_by_who_has_seen_them(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (trials,) = load(data).values()
    moments = moments_of(trials)
    lied = msgspec.structs.replace(moments, fell=moments.fell ^ (moments.people == "wedafall U01"))
    mine = moments.person == "wedafall U01"
    (truth, lie) = (Trainer(each, 1, recipe=SHORT).plain_on(~mine) for each in (moments, lied))
    other = Trainer(lied, 1, recipe=SHORT).plain_on(mine | (moments.person == "wedafall U02"))
    for judge in (0, 1):
        assert numbers_of(truth[judge]) == numbers_of(lie[judge])
        assert numbers_of(truth[judge]) != numbers_of(other[judge])


def numbers_of(judge: Trees | Rocket) -> list[bytes]:
    return [np.asarray(getattr(judge, name)).tobytes() for name in judge.__struct_fields__]


def test_doubtful_judges_are_trusted_less() -> None:
    rng = np.random.default_rng(4)
    fell = rng.random(500) < 0.3
    good = np.where(fell, 1.5, -0.5) + rng.normal(0, 0.5, 500)
    noise = rng.normal(0, 1, (500, 2))
    weight = stacked(np.column_stack([good, noise]), fell)
    assert weight[0] > 0.7
    assert weight.min() >= 0
    assert weight.sum() == pytest.approx(1)


def test_said_probabilities_happen_as_often_as_said() -> None:
    rng = np.random.default_rng(4)
    odds = rng.normal(-1, 2, 4000)
    fell = rng.random(4000) < 1 / (1 + np.exp(-odds))
    slope, offset = platt(odds * 3 + 5, fell)
    assert slope == pytest.approx(1 / 3, abs=0.05)
    assert offset == pytest.approx(-5 / 3, abs=0.2)


def test_a_trial_without_a_peak_is_no_fall(data: Path) -> None:
    (trials,) = load(data).values()
    silent = [msgspec.structs.replace(trials[0], window=None), *trials[1:]]
    moments = moments_of(silent)
    margins = np.random.default_rng(1).normal(0, 1, (len(moments.trial), 3))
    scores = of_trial(calibrated(margins, moments).log_odds(margins), moments)
    assert scores[0] < -100
