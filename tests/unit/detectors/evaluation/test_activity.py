"""The protocols, on homes made up here, and on the recording where it is present."""

from __future__ import annotations

import math
import os
import random
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from detectors.agitation import RestlessDay
from detectors.evaluation import activity, agitation
from detectors.evaluation.agitation import evenings, home_days
from detectors.evaluation.long_lies import long_lies_table
from detectors.evaluation.outage import TECHNICAL, said_during
from detectors.evaluation.plants import doubled_bathroom, halved_kitchen, night_exit
from detectors.evaluation.report import Report, Request
from detectors.evaluation.tihm import Event, Recording, day_number, reading, recording
from detectors.local_time import DAY_S
from telecare.errors import InvalidInput
from telecare.vocabulary import SignalKind

DATA = Path(os.environ.get("TELECARE_TEST_RECORDINGS", "../shared/data")) / "tihm"
FIRST = 18_000
OURS = {"restlessness (ours)": agitation.ours}
ROOMS = ("kitchen", "lounge", "hallway", "bedroom", "bathroom")

absent = pytest.mark.skipif(
    not (DATA / "activity.parquet").exists(),
    reason=f"recordings are absent: put TIHM's activity.parquet into {DATA}",
)


def lived(home: str, days: int, restless: frozenset[int] = frozenset()) -> list[Event]:
    chance = random.Random(home)
    events = []
    for day in range(FIRST, FIRST + days):
        signs = 400 if day in restless else 60
        seconds = sorted(chance.randrange(7 * 3600, 22 * 3600) for _ in range(signs))
        events += [Event(day * DAY_S + s, chance.choice(ROOMS)) for s in seconds]
        for hour in (1, 4):
            events.append(Event((day + 1) * DAY_S + hour * 3600, "bathroom"))
    return sorted(events, key=lambda e: e.second)


def at(second: int) -> str:
    """Civil time as TIHM writes it."""
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%d %H:%M:%S")


def made_up(folder: Path, homes: int = 6, days: int = 60) -> Path:
    """A recording in the format of TIHM in which restless days are the agitated ones."""
    labels, rows = ["patient_id,date,type"], ["patient_id,location,ts"]
    for number in range(homes):
        home = f"home-{number}"
        restless = frozenset(range(FIRST + 20 + number, FIRST + days, 9))
        rows += [f"{home},{e.room},{at(e.second)}" for e in lived(home, days, restless)]
        labels += [f"{home},{at(day * DAY_S)},Agitation" for day in sorted(restless)]
    (folder / "rows.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    duckdb.connect().execute(
        "copy (select * from read_csv(?)) to ? (format parquet)",
        [str(folder / "rows.csv"), str(folder / "activity.parquet")],
    )
    (folder / "labels.csv").write_text("\n".join(labels) + "\n", encoding="utf-8")
    return folder


def recorded(
    folder: Path, activity: str, labels: str = "patient_id,date,type\n", only: str = "true"
) -> Path:
    """Columns of those rows of a made-up recording of one home."""
    made_up(folder, homes=1, days=4)
    duckdb.connect().execute(
        f"copy (select {activity} from read_csv(?) where {only}) to ? (format parquet)",
        [str(folder / "rows.csv"), str(folder / "activity.parquet")],
    )
    (folder / "labels.csv").write_text(labels, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("activity", "labels", "says"),
    [
        ("patient_id, ts", "", "needs the columns patient_id, location and ts"),
        ("patient_id, location, 'noon' as ts", "", "needs the columns patient_id, location and ts"),
        ("null as patient_id, location, ts", "", "have no patient_id or no ts"),
        ("patient_id, location, null as ts", "", "have no patient_id or no ts"),
        ("patient_id, 'x7' as location, ts", "", "no room of .* is known .* call them kitchen"),
        ("*", "patient,day\nhome-0,2019-04-05\n", "needs the columns patient_id, date"),
        ("*", "patient_id,date,type\nhome-0,Friday,Agitation\n", "needs the columns patient_id"),
    ],
)
def test_what_is_no_recording_is_refused_in_words(
    tmp_path: Path, activity: str, labels: str, says: str
) -> None:
    with pytest.raises(InvalidInput, match=says):
        recording(recorded(tmp_path, activity, labels))


def test_a_broken_file_and_an_empty_one_are_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="holds no events"):
        recording(recorded(tmp_path, "*", only="false"))
    (tmp_path / "activity.parquet").write_bytes(b"no parquet")
    with pytest.raises(InvalidInput, match="cannot be read as a recording"):
        recording(tmp_path)


def test_rooms_and_numbers_of_others_are_read_as_the_homes_would_tell_them(tmp_path: Path) -> None:
    numbered = "7 as patient_id, upper(replace(location, '-', '_')) as location, ts::varchar as ts"
    (home,) = recording(recorded(tmp_path, numbered)).homes.items()
    assert home[0] == "7"
    assert {event.room for event in home[1]} == set(ROOMS)


@pytest.mark.parametrize(
    ("protocol", "homes", "days", "says"),
    [
        ("lopo", 1, 60, "homes are judged by what was learnt in others"),
        ("p1", 1, 60, "homes are judged by what was learnt in others"),
        ("injected", 1, 60, "other half of the homes"),
    ],
)
def test_too_few_people_or_days_are_said(
    tmp_path: Path, protocol: str, homes: int, days: int, says: str
) -> None:
    with pytest.raises(InvalidInput, match=says):
        activity.evaluate(Request(protocol=protocol, data=made_up(tmp_path, homes, days)))


def test_what_cannot_be_said_is_no_figure() -> None:
    report = Report(title="none", tables=[], figures={"auc": math.nan})
    assert report.for_machines()["auc"] is None


def test_restless_days_are_found_in_made_up_homes_one_left_out(tmp_path: Path) -> None:
    report = agitation.evaluate(Request(protocol="lopo", data=made_up(tmp_path)), OURS)
    assert report.figures["auc"] == pytest.approx(1.0)
    assert report.figures["within_patient_auc"] == pytest.approx(1.0)
    assert any("no detection of agitation" in remark for remark in report.remarks)


def test_other_people_s_homes_are_judged_with_what_was_learnt_here(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    request = Request(protocol="lopo", train=made_up(here), test=made_up(there, homes=3))
    assert agitation.evaluate(request, OURS).figures["sensitivity"] == pytest.approx(1.0)


def test_a_folder_without_the_set_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"there is no activity\.parquet"):
        activity.evaluate(Request(protocol="p1", data=tmp_path))


def test_the_score_that_is_evaluated_is_the_one_that_runs() -> None:
    events = lived("home-1", 5)
    day = RestlessDay()
    for event in events:
        if event.second < (FIRST + 2) * DAY_S + 20 * 3600:
            day.add(event.second, event.room)
    assert evenings(events)[FIRST + 2] == day.features()


def test_changes_planted_in_made_up_homes_are_found(tmp_path: Path) -> None:
    report = activity.evaluate(Request(protocol="injected", data=made_up(tmp_path, 2)))
    bathroom, kitchen, leaving, together = report.tables[0].rows
    assert bathroom.figures["changes"] == kitchen.figures["changes"] == 12
    assert (kitchen.figures["recall_in_budget"] or 0) >= 0.25
    assert report.plots[0].curves[1].y[-1] == 1.0
    assert leaving.figures["recall"] == 1.0
    assert together.figures["false_alerts_per_home_week"] == 0.0


def test_doubled_visits_are_doubled_and_nothing_else_is_touched() -> None:
    before = lived("home-1", 10)
    after = doubled_bathroom(before, FIRST + 3, 3, random.Random(1))
    assert set(before) <= set(after)
    added = [e for e in after if e not in before]
    assert sorted(e.room for e in added) == ["bathroom"] * 6 + ["bedroom"] * 6


def test_halved_visits_are_about_half_and_only_in_the_kitchen() -> None:
    before = lived("home-1", 40)
    after = halved_kitchen(before, FIRST, 40, random.Random(1))
    gone = [e for e in before if e not in after]
    assert {e.room for e in gone} == {"kitchen"}
    assert len(gone) == pytest.approx(sum(e.room == "kitchen" for e in before) / 2, rel=0.15)


def test_whoever_leaves_at_night_is_silent_for_an_hour() -> None:
    second, after = night_exit(lived("home-1", 3), FIRST, random.Random(1))
    assert [e for e in after if second <= e.second <= second + 3600] == [Event(second, "back-door")]


def test_whoever_lies_in_the_bathroom_of_a_made_up_home_is_told_of() -> None:
    events = [
        Event((FIRST + day) * DAY_S + 9 * 3600 + 1200 * half + 300 * after, room)
        for day in range(17)
        for half in range(36)
        for after, room in enumerate(("bathroom", "hallway"))
    ]
    bathroom, night = long_lies_table([("home-1", events)], 1).rows
    assert bathroom.figures == {
        "recall": 1.0, "false_alerts_per_home_week": 0.0, "after_a_fortnight": 0.0
    }  # fmt: skip
    assert night.figures["recall"] is None


def test_a_gap_of_the_platform_is_nobody_s_day() -> None:
    gap = day_number(reading("a", Event(0, "kitchen"), 0).occurred_at.date())
    whole = Recording({"a": lived("a", 3)}, set())
    assert gap == 0 or len(home_days(whole)) == 4


@pytest.mark.parametrize("beats", [False, True])
def test_a_silent_county_raises_technical_signals_only(beats: bool) -> None:
    homes = {f"home-{i}": lived(f"home-{i}", 17) for i in range(12)}
    end = (FIRST + 16) * DAY_S + 13 * 3600
    cut = {home: [e for e in events if e.second < end] for home, events in homes.items()}
    said = said_during(Recording(cut, set()), beats=beats)
    assert set(said) <= TECHNICAL
    assert bool(said) == beats


@absent
def test_the_real_platform_outage_raises_technical_signals_only() -> None:
    whole = recording(DATA)
    some = whole.only(set(sorted(whole.homes)[:12]))
    # In one home a visit to the bathroom, in another a door, minutes before the end.
    assert set(said_during(some, beats=True, days_before=2)) == {SignalKind.HUB_SILENT}


@absent
def test_agitation_on_the_real_homes_reaches_its_goals(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = recording(DATA)
    days = home_days(whole)
    monkeypatch.setattr(agitation, "recording", lambda _: whole)
    monkeypatch.setattr(agitation, "home_days", lambda _: days)
    assert sum(d.agitated for d in days) == 74
    report = agitation.evaluate(Request(protocol="lopo", data=DATA), OURS)
    assert report.tables[0].rows[-1].reached
    assert (report.figures["auc"] or 0) >= 0.94
    weeks = agitation.evaluate(Request(protocol="p1", data=DATA), OURS)
    assert weeks.tables[0].rows[1].reached
