"""No silence of a hub is taken for the silence of a person, and none hides it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from detectors.home import Home
from detectors.inactivity import Inactivity
from telecare.messages import Signal
from telecare.vocabulary import ReadingKind, SignalKind
from tests.harness.diary import Diary, kinds, local, tell, watched
from tests.harness.still import TODAY, home_after, morning


def test_after_a_pause_with_a_silent_hub_in_it_the_next_teaches_again() -> None:
    diary = Diary()
    home = home_after(20, diary, hubs={diary.hub: 5400.0})
    for n in range(16):  # the hub is silent before breakfast; after it they sit for three hours
        day = TODAY + timedelta(days=n)
        for clock in ("06:00", "08:00"):
            tell(home, [diary.beat(local(day, clock))])
        tell(home, [diary.moves(local(day, "08:10"), "kitchen")])
        beats = [diary.beat(local(day, f"{hour:02d}:00")) for hour in (9, 10, 11)]
        tell(home, [*beats, diary.moves(local(day, "11:20"), "lounge")])
    last = TODAY + timedelta(days=16)
    tell(home, [diary.beat(local(last, "08:00")), diary.moves(local(last, "08:10"), "kitchen")])
    beats = [diary.beat(local(last, f"{hour:02d}:00")) for hour in (9, 10, 11)]
    assert tell(home, beats) + home.tick(local(last, "11:30")) == []


def test_a_dark_home_is_not_a_still_home() -> None:
    diary = Diary()
    home = home_after(20, diary, hubs={diary.hub: 2700.0})
    tell(home, morning(diary))
    # The hub says nothing from 09:12 on: somebody else's matter.
    assert home.tick(local(TODAY, "20:00")) == []


def test_a_will_is_no_proof_that_the_home_was_watched() -> None:
    diary = Diary()
    home = home_after(20, diary, hubs={diary.hub: 2700.0})
    tell(home, morning(diary))
    wills = [
        diary.note(local(TODAY, clock), "status", kind=ReadingKind.STATUS, data={"will": True})
        for clock in ("09:30", "10:10", "10:50", "11:30", "11:50")
    ]
    assert tell(home, wills) == []
    assert home.tick(local(TODAY, "20:00")) == []
    assert home.refusals["inactivity.hub_silent"] == 1


def test_a_flat_pendant_does_not_hide_the_home_that_hub_and_sensors_see() -> None:
    diary = Diary()
    promised = {diary.hub: 2700.0, "pendant": 90_000.0}
    home = home_after(20, diary, hubs=promised, checking_in=frozenset({"pendant"}))
    week_ago = local(TODAY - timedelta(days=7), "05:00")
    tell(home, [replace(diary.beat(week_ago), device="pendant"), *morning(diary)])
    beats = [diary.beat(local(TODAY, "09:15") + timedelta(minutes=15 * n)) for n in range(20)]
    assert kinds(tell(home, beats)) == [SignalKind.INACTIVITY]


def test_when_the_hub_is_back_watching_begins_anew() -> None:
    diary = Diary()
    home = home_after(20, diary, hubs={diary.hub: 2700.0})
    tell(home, morning(diary))
    back = local(TODAY, "14:00")
    beats = [diary.beat(back + timedelta(minutes=15 * i)) for i in range(25)]
    signals = tell(home, beats)
    (still,) = signals
    assert still.kind is SignalKind.INACTIVITY
    assert still.occurred_at - back >= timedelta(hours=2)
    assert "since 14:00 when we could see again" in still.why


def test_what_a_hub_remembered_is_heard_out_before_silence_is_judged() -> None:
    diary = Diary()
    home = home_after(20, diary, hubs={diary.hub: 2700.0})
    told = local(TODAY, "18:00")
    remembered = [
        diary.moves(
            local(TODAY, "06:30") + timedelta(minutes=20 * i),
            "lounge",
            received_at=told + timedelta(seconds=i),
        )
        for i in range(30)
    ]
    assert tell(home, remembered) == []
    assert home.tick(told + timedelta(minutes=2)) == []


def test_after_the_memory_is_empty_real_silence_is_found() -> None:
    diary = Diary()
    home = home_after(20, diary, hubs={diary.hub: 2700.0})
    told = local(TODAY, "18:00")
    tell(home, [diary.moves(local(TODAY, "09:12"), "lounge", received_at=told)])
    (still,) = home.tick(told + timedelta(minutes=5))
    assert still.occurred_at == told + timedelta(minutes=2)


def test_a_pause_counts_only_as_far_as_the_hub_was_heard() -> None:
    # Power fails in the street at 11:30, before the pause since 09:12 is long enough.
    diary = Diary()
    home = home_after(20, diary, hubs={diary.hub: 2700.0})
    tell(home, [diary.beat(local(TODAY, "07:00"))])
    tell(home, morning(diary))
    tell(home, [diary.beat(local(TODAY, c)) for c in ("09:30", "10:00", "10:30", "11:00", "11:30")])
    assert home.tick(local(TODAY, "20:00")) == []
    assert home.refusals["inactivity.hub_silent"] == 1


def test_the_word_it_waited_for_lets_it_judge() -> None:
    diary = Diary()
    home = home_after(20, diary, hubs={diary.hub: 5400.0})
    tell(home, morning(diary))
    beats = [diary.beat(local(TODAY, c)) for c in ("10:00", "11:00", "11:30")]
    assert tell(home, beats) == []
    assert home.tick(local(TODAY, "11:59")) == []
    assert tell(home, [diary.beat(local(TODAY, "12:00"))]) == []
    (still,) = home.tick(local(TODAY, "12:01"))
    assert still.occurred_at == local(TODAY, "12:00")


def test_while_nobody_in_the_county_is_heard_nobody_is_still() -> None:
    diary = Diary()
    home = home_after(20, diary)
    tell(home, morning(diary))
    home.blind(local(TODAY, "09:20"), local(TODAY, "13:00"))
    assert home.tick(local(TODAY, "13:00")) == []
    home.blind(local(TODAY, "09:20"), local(TODAY, "17:00"))
    assert home.tick(local(TODAY, "17:00")) == []
    assert home.refusals["inactivity.blackout"] == 1
    # Seen again, the silence is watched anew.
    (still,) = home.tick(local(TODAY, "20:30"))
    assert "since 17:00 when we could see again" in still.why


@pytest.mark.parametrize(
    "known", [False, True], ids=["by a new one", "by one that was there all along"]
)
def test_where_a_dark_hub_is_replaced_nobody_stays_unjudged(known: bool) -> None:
    diary, other = Diary(), "home-1-other-hub"
    promises = {diary.hub: 2700.0} | ({other: 2700.0} if known else {})
    home = home_after(20, diary, hubs=promises)
    tell(home, morning(diary))

    def beats(since: str, until: str) -> list[Signal]:
        at, end, said = local(TODAY, since), local(TODAY, until), list[Signal]()
        while at < end:
            said += tell(home, [replace(diary.beat(at), device=other)])
            at += timedelta(minutes=15)
        return said

    assert beats("09:15", "14:00") == [] if known else home.tick(local(TODAY, "14:00")) == []
    assert home.refusals["inactivity.hub_silent"] == 1
    profile = diary.profile(hubs={other: 2700.0})
    snapshot = home.snapshot()
    home = watched(Inactivity(profile), profile)
    home.restore(snapshot)
    (still,) = beats("14:00", "18:00")
    assert still.kind is SignalKind.INACTIVITY
    assert "since 14:00 when we could see again" in still.why


def with_hubs(home: Home, diary: Diary, here: dict[str, float], **gone: float) -> Home:
    """The same home with other hubs, `gone` withdrawn."""
    profile = diary.profile(hubs=here, gone={name.replace("_", "-"): s for name, s in gone.items()})
    changed = watched(Inactivity(profile), profile)
    changed.restore(home.snapshot())
    return changed


def test_where_the_hub_that_is_to_follow_has_not_spoken_nobody_is_called_still() -> None:
    diary, other = Diary(), Diary(hub="other-hub")
    home = home_after(20, diary, hubs={diary.hub: 2700.0})
    tell(home, morning(diary))
    home = with_hubs(home, diary, {other.hub: 2700.0}, home_1_hub=2700.0)
    assert home.tick(local(TODAY, "20:00")) == [], "nobody has seen the home since 09:12"
    assert home.refusals["inactivity.hub_silent"] == 1


def test_what_nobody_saw_before_the_next_hub_spoke_is_no_stillness() -> None:
    diary, other = Diary(), Diary(hub="other-hub")
    home = home_after(20, diary, hubs={diary.hub: 2700.0})
    tell(home, morning(diary))
    home = with_hubs(home, diary, {other.hub: 2700.0}, home_1_hub=2700.0)
    first = local(TODAY, "11:00")  # before the pause since 09:12 is long enough
    beats = [other.beat(first + timedelta(minutes=15 * n)) for n in range(16)]
    (still,) = tell(home, beats)
    assert still.why.startswith(
        "Nobody has moved for 2 h 30 min, since 11:00 when we could see again"
    )


def test_where_sensors_of_their_own_follow_the_last_hub_who_lies_still_is_judged() -> None:
    diary, pir = Diary(), Diary(hub="pir-1")
    home = home_after(20, diary, hubs={diary.hub: 2700.0})
    tell(home, morning(diary))

    def with_sensors(home: Home, **more: object) -> Home:
        gone, alone = {diary.hub: 2700.0}, frozenset({pir.hub})
        profile = diary.profile(gone=gone, alone=alone, **more)
        changed = watched(Inactivity(profile), profile)
        changed.restore(home.snapshot())
        return changed

    home = with_sensors(home)
    assert tell(home, [pir.beat(local(TODAY, "11:00"))]) == []
    assert tell(home, [pir.moves(local(TODAY, "11:30"), "kitchen")]) == []
    (still,) = home.tick(local(TODAY, "17:00"))
    assert still.why.startswith("Nobody has moved for 2 h 30 min, since 11:30")
    tell(home, [pir.moves(local(TODAY, "17:10"), "kitchen")])
    home = with_sensors(home, hubs={"new-hub": 900.0})
    assert kinds(home.tick(local(TODAY, "22:00"))) == [SignalKind.INACTIVITY], (
        "a hub that is not yet there leaves nobody unseen"
    )
