"""A hub that should beat and does not."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace

from detectors.device_health import DeviceHealth
from detectors.home import Home
from telecare.messages import Reading
from telecare.vocabulary import ReadingKind, SignalKind
from tests.harness.diary import FIRST_DAY, Diary, kinds, local, tell, watched

NOON = local(FIRST_DAY, "12:00")
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
PASSIVE = 25 * 3600.0
"""After so long Zigbee2MQTT itself gives a sensor on a battery up."""


def made(silent_after_s: float | None = 900.0) -> tuple[Diary, Home]:
    diary = Diary()
    hubs = {} if silent_after_s is None else {diary.hub: silent_after_s}
    profile = diary.profile(hubs=hubs)
    return diary, watched(DeviceHealth(profile), profile)


def test_after_a_short_silence_of_its_hub_a_sensor_has_its_whole_time_again() -> None:
    diary = Diary()
    profile = diary.profile(hubs={diary.hub: 900.0}, sensors={f"{diary.hub}/fridge": 3600.0})
    home = watched(DeviceHealth(profile), profile)
    beats = [diary.beat(NOON + minutes * MINUTE) for minutes in (10, 20, 30, 40, 68, 80, 90, 100)]
    said = tell(home, [replace(diary.beat(NOON), sensor="fridge"), *beats])
    assert kinds(said) == [SignalKind.HUB_SILENT, SignalKind.HUB_BACK]
    (missed,) = tell(home, [diary.beat(NOON + minutes * MINUTE) for minutes in (110, 120, 130)])
    assert (missed.type, missed.occurred_at) == ("missed_check_in", NOON + 128 * MINUTE)


def test_nobody_has_to_speak_for_silence_to_be_found() -> None:
    diary, home = made()
    tell(home, [diary.beat(NOON)])
    assert home.tick(NOON + 14 * MINUTE) == []
    (silent,) = home.tick(NOON + 60 * MINUTE)
    assert silent.kind is SignalKind.HUB_SILENT
    assert silent.occurred_at == NOON + 15 * MINUTE
    assert silent.device == diary.hub
    assert silent.why == (
        "Nothing has been heard from this home's hub for 15 minutes, since 12:00; we cannot see "
        "the home."
    )


def test_where_one_of_two_is_silent_the_other_has_the_time_it_promised() -> None:
    diary = Diary()
    profile = diary.profile(hubs={diary.hub: 900.0, "hub-2": 900.0})
    home = watched(DeviceHealth(profile), profile)
    later = replace(diary.beat(NOON + MINUTE / 2), device="hub-2")
    tell(home, [diary.beat(NOON), later])
    silent = home.tick(NOON + 15 * MINUTE)
    assert [each.device for each in silent] == [diary.hub]
    assert tell(home, [replace(diary.beat(NOON + 15.2 * MINUTE), device="hub-2")]) == []


def test_it_is_said_once_and_its_return_ends_it() -> None:
    diary, home = made()
    tell(home, [diary.beat(NOON)])
    (silent,) = home.tick(NOON + 30 * MINUTE)
    assert home.tick(NOON + 90 * MINUTE) == []
    (back,) = tell(home, [diary.moves(NOON + 100 * MINUTE, "lounge")])
    assert back.kind is SignalKind.HUB_BACK
    assert back.evidence.facts["ends"] == silent.id
    assert home.tick(NOON + 114 * MINUTE) == []
    assert kinds(home.tick(NOON + 116 * MINUTE)) == [SignalKind.HUB_SILENT]


def test_any_word_is_a_sign_of_life() -> None:
    diary, home = made()
    words = [
        diary.note(NOON + 10 * i * MINUTE, "x", kind=kind) for i, kind in enumerate(ReadingKind)
    ]
    assert tell(home, words) == []


def test_what_the_door_says_for_a_hub_that_is_gone_is_not_its_return() -> None:
    diary, home = made()
    tell(home, [diary.beat(NOON)])
    assert kinds(home.tick(NOON + 18 * MINUTE)) == [SignalKind.HUB_SILENT]
    status = ReadingKind.STATUS
    will = diary.note(NOON + 19 * MINUTE, "status", kind=status, data={"will": True})
    offline = diary.note(NOON + 20 * MINUTE, "availability", kind=status, value=False)
    assert tell(home, [will, offline]) == []
    online = diary.note(NOON + 30 * MINUTE, "availability", kind=status, value=True)
    assert kinds(tell(home, [online])) == [SignalKind.HUB_BACK]


def test_old_memories_show_that_the_hub_lives_now() -> None:
    diary, home = made()
    tell(home, [diary.beat(NOON)])
    home.tick(NOON + 60 * MINUTE)
    (back,) = tell(
        home, [diary.moves(NOON + 20 * MINUTE, "lounge", received_at=NOON + 90 * MINUTE)]
    )
    assert back.kind is SignalKind.HUB_BACK
    assert back.occurred_at == NOON + 90 * MINUTE


def test_a_hub_waiting_to_be_installed_is_not_silent() -> None:
    _, home = made()
    assert home.due_at is None


def test_a_hub_that_promises_nothing_may_be_quiet() -> None:
    diary, home = made(None)
    tell(home, [diary.beat(NOON)])
    assert home.due_at is None


def test_two_hubs_are_two_matters() -> None:
    diary = Diary()
    garden = Diary(hub="garden-hub")
    profile = diary.profile(hubs={diary.hub: 900.0, garden.hub: 3600.0})
    home = watched(DeviceHealth(profile), profile)
    tell(home, [diary.beat(NOON), garden.beat(NOON)])
    signals = home.tick(NOON + 120 * MINUTE)
    assert [s.device for s in signals] == [diary.hub, garden.hub]
    assert [s.occurred_at for s in signals] == [NOON + 15 * MINUTE, NOON + 60 * MINUTE]


def replaced(
    home: Home, diary: Diary, here: dict[str, float], *gone: str, quiet: tuple[str, ...] = ()
) -> Home:
    """The same home with these hubs, the others withdrawn."""
    profile = diary.profile(hubs=here, gone=dict.fromkeys(gone, 900.0), quiet=frozenset(quiet))
    changed = watched(DeviceHealth(profile), profile)
    changed.restore(home.snapshot())
    return changed


@pytest.mark.parametrize("promise", [900.0, None], ids=["that beats", "that promises nothing"])
def test_what_was_said_of_a_hub_that_was_withdrawn_ends_with_the_word_of_another(
    promise: float | None,
) -> None:
    diary, home = made()
    other = Diary(hub="new-hub")
    tell(home, [diary.beat(NOON)])
    (silent,) = home.tick(NOON + 30 * MINUTE)
    home = replaced(
        home, diary, {other.hub: promise} if promise else {}, diary.hub, quiet=(other.hub,)
    )
    assert home.tick(NOON + 60 * MINUTE) == [], "nobody has spoken in its place"
    (over,) = tell(home, [other.beat(NOON + 61 * MINUTE)])
    assert (over.kind, over.device) == (SignalKind.HUB_BACK, diary.hub)
    assert over.evidence.facts["ends"] == silent.id
    assert (
        over.why == "The silent hub home-1-hub was withdrawn; the home is seen by new-hub instead."
    )
    assert tell(home, [other.beat(NOON + 62 * MINUTE)]) == []


def test_a_hub_that_was_withdrawn_is_missed_until_another_has_spoken() -> None:
    diary, home = made()
    other = Diary(hub="new-hub")
    tell(home, [diary.beat(NOON)])
    home = replaced(home, diary, {other.hub: 900.0}, diary.hub)
    (silent,) = home.tick(NOON + 30 * MINUTE)
    assert (silent.kind, silent.device) == (SignalKind.HUB_SILENT, diary.hub)


def test_a_hub_that_was_withdrawn_is_missed_no_more_after_a_word_of_one_that_promises_none() -> (
    None
):
    diary, home = made()
    other = Diary(hub="new-hub")
    tell(home, [diary.beat(NOON)])
    home = replaced(home, diary, {}, diary.hub, quiet=(other.hub,))
    assert tell(home, [other.beat(NOON + 10 * MINUTE)]) == [], "nothing was said that could end"
    assert home.tick(NOON + 24 * HOUR) == []


def test_a_hub_replaced_a_year_ago_is_not_called_silent_when_its_successor_goes() -> None:
    diary, home = made()
    second = Diary(hub="second-hub")
    tell(home, [diary.beat(NOON)])
    home = replaced(home, diary, {second.hub: 900.0}, diary.hub)
    year = timedelta(days=365)
    tell(home, [second.beat(NOON + MINUTE)])
    home = replaced(home, diary, {second.hub: 900.0}, diary.hub)
    tell(home, [second.beat(NOON + 10 * MINUTE)])
    (dark,) = home.tick(NOON + year)  # nobody tells the story in between
    (back,) = tell(home, [second.beat(NOON + year)])
    assert (dark.device, back.device) == (second.hub, second.hub)
    home = replaced(home, diary, {}, diary.hub, second.hub)
    (silent,) = home.tick(NOON + year + HOUR)
    assert silent.device == second.hub
    assert silent.occurred_at == NOON + year + 15 * MINUTE


def test_a_hub_that_is_given_out_again_begins_anew() -> None:
    diary, home = made()
    other = Diary(hub="other-hub")
    both = diary.profile(hubs={diary.hub: 900.0, other.hub: 900.0})
    home = watched(DeviceHealth(both), both)
    tell(home, [diary.beat(NOON), other.beat(NOON)])
    home = replaced(home, diary, {other.hub: 900.0}, diary.hub)
    tell(home, [other.beat(NOON + 10 * n * MINUTE) for n in range(1, 100)])
    home = replaced(home, diary, {other.hub: 900.0, diary.hub: 900.0})
    assert home.tick(NOON + 991 * MINUTE) == [], "it waits to be installed"


def behind(diary: Diary, sensor: str, at: datetime, *, there: bool | None = None) -> Reading:
    """A sensor's word by its hub, or the hub's word whether it is there."""
    told = diary.moves(at, "lounge") if there is None else diary.note(at, "availability")
    return replace(told, sensor=sensor, value=there if there is not None else True)


def with_sensors(hub_silent_after: float | None = 900.0) -> tuple[Diary, Home]:
    diary = Diary()
    hubs = {diary.hub: hub_silent_after} if hub_silent_after else {}
    profile = diary.profile(hubs=hubs, sensors={f"{diary.hub}/fridge": PASSIVE})
    return diary, watched(DeviceHealth(profile), profile)


def beats(diary: Diary, start: datetime, hours: int) -> list[Reading]:
    return [diary.beat(start + n * 10 * MINUTE) for n in range(hours * 6 + 1)]


def test_a_sensor_that_promised_a_word_is_missed_and_others_are_silent_by_design() -> None:
    diary, home = with_sensors()
    words = [behind(diary, "fridge", NOON), behind(diary, "door", NOON)]
    gone = behind(diary, "fridge", NOON + 24 * HOUR, there=False)
    assert tell(home, [*words, *beats(diary, NOON, 24), gone, diary.beat(NOON + 24 * HOUR)]) == []
    (missed,) = tell(home, beats(diary, NOON + 24 * HOUR, 4))
    assert (missed.kind, missed.type, missed.device) == (
        SignalKind.EQUIPMENT, "missed_check_in", diary.hub,
    )  # fmt: skip
    assert missed.why == (
        "The sensor fridge behind home-1-hub promised to check in and was not heard for 25 hours, "
        "since 12:00."
    )
    (back,) = tell(home, [behind(diary, "fridge", NOON + 28 * HOUR)])
    assert (back.evidence.facts["ends"], back.why) == (
        missed.id, "The sensor fridge behind home-1-hub speaks again after 28 hours of silence.",
    )  # fmt: skip


def test_a_sensor_that_speaks_once_a_day_is_missed_by_the_day() -> None:
    diary = Diary()
    profile = diary.profile(sensors={f"{diary.hub}/loft": 3 * 24 * 3600.0})
    home = watched(DeviceHealth(profile), profile)
    tell(home, [behind(diary, "loft", NOON)])
    (missed,) = home.tick(NOON + 73 * HOUR)
    assert missed.why == (
        "The sensor loft behind home-1-hub promised to check in and was not heard for 3 days, "
        "since Mon 02 Feb 12:00."
    )
    (back,) = tell(home, [behind(diary, "loft", NOON + 240 * HOUR)])
    assert back.why == "The sensor loft behind home-1-hub speaks again after 10 days of silence."


def test_behind_a_dark_hub_no_sensor_is_missed_and_their_time_begins_anew() -> None:
    diary, home = with_sensors()
    tell(home, [diary.beat(NOON), behind(diary, "fridge", NOON)])
    (dark,) = home.tick(NOON + 30 * HOUR)
    assert dark.kind is SignalKind.HUB_SILENT, "one dark hub is one matter"
    assert kinds(tell(home, beats(diary, NOON + 31 * HOUR, 24))) == [SignalKind.HUB_BACK]
    assert [each.type for each in tell(home, beats(diary, NOON + 55 * HOUR, 2))] == [
        "missed_check_in"
    ]


def test_behind_a_bridge_that_promises_nothing_a_sensor_is_missed_by_itself() -> None:
    diary, home = with_sensors(None)
    tell(home, [behind(diary, "fridge", NOON)])
    (missed,) = home.tick(NOON + 26 * HOUR)
    assert missed.type == "missed_check_in"


def test_a_fleets_quiet_night_raises_nothing() -> None:
    """A thousand homes asleep: hubs beat, and of their sensors nobody says a word."""
    said = 0
    for number in range(1000):
        diary = Diary(f"home-{number}", f"hub-{number}")
        fridge = {f"{diary.hub}/fridge": PASSIVE}
        profile = diary.profile(hubs={diary.hub: 5400.0}, sensors=fridge)
        home = watched(DeviceHealth(profile), profile)
        evening = [behind(diary, each, NOON + 9 * HOUR) for each in ("fridge", "door", "hall")]
        night = [diary.beat(NOON + (9 + n) * HOUR) for n in range(11)]
        said += len(tell(home, [*evening, *night])) + len(home.tick(NOON + 20 * HOUR))
    assert said == 0


def test_where_sensors_of_their_own_follow_the_last_hub_the_first_movement_ends_its_silence() -> (
    None
):
    diary, home = made()
    pir, smoke = Diary(hub="pir-1"), Diary(hub="smoke-1")
    tell(home, [diary.beat(NOON)])
    (silent,) = home.tick(NOON + 30 * MINUTE)
    alone = frozenset({pir.hub, smoke.hub})
    profile = diary.profile(
        gone={diary.hub: 900.0},
        alone=alone,
        hubs={smoke.hub: 86_400.0},
        checking_in=frozenset({smoke.hub}),
    )
    changed = watched(DeviceHealth(profile), profile)
    changed.restore(home.snapshot())
    assert tell(changed, [smoke.beat(NOON + HOUR), pir.beat(NOON + HOUR)]) == [], "they see nobody"
    (over,) = tell(changed, [pir.moves(NOON + 2 * HOUR, "hallway")])
    assert (over.kind, over.evidence.facts["ends"]) == (SignalKind.HUB_BACK, silent.id)
    assert over.why.endswith("the home is seen by pir-1 instead.")
    (missed,) = changed.tick(NOON + 30 * HOUR)
    assert (missed.kind, missed.type) == (SignalKind.EQUIPMENT, "missed_check_in")


def test_where_another_hub_is_to_follow_no_sensor_takes_its_place() -> None:
    diary, home = made()
    pir = Diary(hub="pir-1")
    tell(home, [diary.beat(NOON)])
    profile = diary.profile(
        gone={diary.hub: 900.0}, alone=frozenset({pir.hub}), quiet=frozenset({"new-hub"})
    )
    changed = watched(DeviceHealth(profile), profile)
    changed.restore(home.snapshot())
    tell(changed, [pir.moves(NOON + 5 * MINUTE, "hallway")])
    assert kinds(changed.tick(NOON + HOUR)) == [SignalKind.HUB_SILENT]
