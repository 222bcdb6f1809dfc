"""Four weeks by day and hour: what was noticed, what is usual, what is not known."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec import structs

from responder.seeing.activity import Activity, CellState, activity, begin_of
from responder.web.day_by_hour import legend, shade, shade_limits, told
from telecare.messages import Evidence, Reading, Signal
from telecare.vocabulary import SignalKind
from tests.harness.diary import Diary, local

LONDON = ZoneInfo("Europe/London")
TODAY = date(2026, 3, 10)
NOW = local(TODAY, "14:20")
QUARTER = timedelta(minutes=15)


def weeks(now: datetime = NOW, dark: tuple[datetime, datetime] | None = None) -> list[Reading]:
    """Kitchen at eight and lounge at noon each day; the hub beats every quarter of an hour."""
    diary, told = Diary(), []
    moment = begin_of(now, LONDON)
    while moment < now:
        if dark is None or not dark[0] <= moment < dark[1]:
            told.append(diary.beat(moment))
            clock = moment.astimezone(LONDON)
            if (clock.hour, clock.minute) == (8, 0):
                told += [diary.moves(moment + timedelta(minutes=n), "kitchen") for n in (1, 5)]
            if (clock.hour, clock.minute) == (12, 0):
                told.append(diary.moves(moment + timedelta(minutes=1), "lounge"))
        moment += QUARTER
    return told


def seen(
    told: list[Reading], changes: tuple[Signal, ...] = (), room: str | None = None,
    now: datetime = NOW,
) -> Activity:  # fmt: skip
    return activity(
        told, sorted(r.received_at for r in told), changes, now=now, zone=LONDON, room=room,
        silent_after=timedelta(minutes=45),
    )  # fmt: skip


def hour(shown: Activity, day: date, clock: int) -> tuple[CellState, int]:
    (found,) = [each for each in shown.days if each.date == day]
    cell = found.cells[(clock - 6) % 24]
    return cell.state, cell.count


def test_an_ordinary_home_shows_its_hours_and_its_usual() -> None:
    shown = seen(weeks())
    assert [shown.days[0].date, shown.days[-1].date] == [date(2026, 2, 11), TODAY]
    assert shown.rooms == ["kitchen", "lounge"]
    assert hour(shown, date(2026, 3, 1), 8) == (CellState.KNOWN, 2)
    assert hour(shown, date(2026, 3, 1), 3) == (CellState.KNOWN, 0)
    usual = shown.usual[2]
    assert usual is not None
    assert (usual.middle, usual.low, usual.high) == (2.0, 2, 2)


def test_what_has_not_come_yet_is_no_stillness() -> None:
    shown = seen(weeks())
    assert hour(shown, TODAY, 14)[0] is CellState.KNOWN
    assert hour(shown, TODAY, 15)[0] is CellState.AHEAD


def test_a_dark_hub_is_not_a_quiet_person() -> None:
    dark = (local(date(2026, 3, 5), "07:10"), local(date(2026, 3, 5), "17:30"))
    shown = seen(weeks(dark=dark))
    assert hour(shown, date(2026, 3, 5), 8) == (CellState.SILENT, 0)
    assert hour(shown, date(2026, 3, 5), 7)[0] is CellState.KNOWN, "it was heard until ten past"
    assert hour(shown, date(2026, 3, 5), 17)[0] is CellState.KNOWN
    assert shown.usual[2] is not None
    assert shown.usual[2].low == 2, "what is not known does not lower the usual"


def test_what_the_hub_kept_and_told_later_is_known() -> None:
    dark = (local(date(2026, 3, 5), "07:10"), local(date(2026, 3, 5), "17:30"))
    later = [
        structs.replace(each, received_at=dark[1])
        if dark[0] <= each.occurred_at < dark[1]
        else each
        for each in weeks()
    ]
    shown = seen(later)
    assert hour(shown, date(2026, 3, 5), 8) == (CellState.KNOWN, 2)
    assert hour(shown, date(2026, 3, 5), 10) == (CellState.KNOWN, 0), "its hub beat on"


def test_a_missed_beat_is_no_gap() -> None:
    told = [r for r in weeks() if r.received_at != local(date(2026, 3, 5), "10:15")]
    assert hour(seen(told), date(2026, 3, 5), 10)[0] is CellState.KNOWN


def test_one_room_counts_that_room_only() -> None:
    shown = seen(weeks(), room="lounge")
    assert hour(shown, date(2026, 3, 1), 8) == (CellState.KNOWN, 0)
    assert hour(shown, date(2026, 3, 1), 12) == (CellState.KNOWN, 1)
    assert shown.rooms == ["kitchen", "lounge"], "the others can still be chosen"


def change(days: int = 3) -> Signal:
    at = local(TODAY, "07:00")
    return Signal(
        id="change", org="county", home="home-1", kind=SignalKind.ROUTINE, type="bathroom_night",
        occurred_at=at, raised_at=at, why="Bathroom at night 7 times.", source="routine",
        evidence=Evidence(facts={"days_changed": days}),
    )  # fmt: skip


def test_a_change_marks_the_days_it_was_seen_in_and_leaves_the_usual_alone() -> None:
    shown = seen(weeks(), (change(),))
    marked = [each.date for each in shown.days if each.changed]
    assert marked == [date(2026, 3, 7), date(2026, 3, 8), date(2026, 3, 9)]


def test_the_clocks_go_forward_and_an_hour_is_missing_not_quiet() -> None:
    now = datetime(2026, 4, 2, 12, tzinfo=UTC)
    shown = seen(weeks(now), now=now)
    assert hour(shown, date(2026, 3, 28), 1)[0] is CellState.AHEAD
    assert hour(shown, date(2026, 3, 28), 2)[0] is CellState.KNOWN


def test_the_clocks_go_back_and_no_hour_is_lost() -> None:
    now = datetime(2026, 10, 28, 12, tzinfo=UTC)
    told = weeks(now)
    shown = seen(told, now=now)
    assert sum(c.count for d in shown.days for c in d.cells) == sum(
        r.room is not None for r in told
    )
    assert all(c.state is CellState.KNOWN for c in shown.days[-4].cells)


# ---- the picture


def test_the_picture_says_in_words_what_it_shows() -> None:
    dark = (local(date(2026, 3, 5), "07:10"), local(date(2026, 3, 5), "17:30"))
    said = told(seen(weeks(dark=dark), (change(),)))
    assert "Usually active from 08:00 to 13:00" in said
    assert "Sat 7 Mar, Sun 8 Mar, Mon 9 Mar" in said
    assert "9 hours are not known" in said


def test_each_count_has_the_shade_its_legend_says() -> None:
    limits = [1, 3, 4]
    assert [shade(count, limits) for count in (0, 1, 2, 3, 9)] == [0, 3, 3, 4, 5]
    assert legend(limits) == [(0, "nobody noticed"), (3, "1-2"), (4, "3"), (5, "4 or more")]


def test_shades_rise_and_an_empty_home_has_one() -> None:
    assert shade_limits(seen([])) == [1]
    limits = shade_limits(seen(weeks()))
    assert limits == sorted(set(limits))
