"""What scenes and mishaps do to an ordinary life."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from simulators.chance import chance
from simulators.homes import FRONT_DOOR, make_home
from simulators.mishaps import fall, mishaps
from simulators.pendants import press
from simulators.residents import habits_of, lived
from simulators.scenarios import scenes
from simulators.stories import Span, Story, told
from telecare.vocabulary import ReadingKind

HOME = make_home(3, 1)
MORNING = datetime(2026, 3, 10, 6, tzinfo=UTC)
DAY = list(lived(HOME, habits_of(HOME), MORNING, MORNING + timedelta(days=1)))


def test_an_ordinary_story_changes_nothing() -> None:
    assert list(told(Story(), DAY)) == DAY


def test_a_still_span_silences_sensors_and_leaves_what_the_story_adds() -> None:
    noon = MORNING + timedelta(hours=6)
    asks = press(HOME, noon + timedelta(minutes=5))
    story = Story(still=(Span(noon, noon + timedelta(hours=2)),), adds=(asks,))
    within = [h for h in told(story, DAY) if noon <= h.at < noon + timedelta(hours=2)]
    assert within == [asks]


def test_a_dark_hub_tells_nothing_at_all() -> None:
    dark = Span(MORNING + timedelta(hours=2), MORNING + timedelta(hours=9))
    story = scenes.hub_goes_dark(HOME, dark).joined(
        scenes.presses(HOME, MORNING + timedelta(hours=3))
    )
    assert not [h for h in told(story, DAY) if dark.holds(h.at)]


def test_what_is_added_stands_in_order_of_time() -> None:
    story = scenes.presses(HOME, MORNING + timedelta(hours=5)).joined(
        scenes.falls(HOME, MORNING + timedelta(hours=4))
    )
    times = [h.at for h in told(story, DAY)]
    assert times == sorted(times)


def test_who_leaves_at_night_is_not_seen_indoors_until_back() -> None:
    left = MORNING - timedelta(hours=2)
    story = scenes.leaves_at_night(HOME, left, timedelta(hours=1))
    habits = habits_of(HOME)
    end = left + timedelta(hours=1)
    night = [h for h in told(story, lived(HOME, habits, left, end)) if left <= h.at < end]
    assert {h.sensor for h in night} == {FRONT_DOOR}
    assert [h.value for h in night] == [True, False]


def test_nobody_moves_after_a_fall_and_not_every_faller_presses() -> None:
    at = MORNING + timedelta(hours=5)
    pressed = 0
    for number in range(100):
        story = fall(HOME, at, chance("test", number))
        assert story.adds[0].kind is ReadingKind.ACCELERATION
        assert story.still[0].holds(at + timedelta(minutes=5))
        pressed += len(story.adds) > 1
    assert 8 <= pressed <= 35


def test_people_press_about_as_often_as_the_field_reports() -> None:
    habits = habits_of(HOME)
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(900)]
    adds = [h for day in days for h in mishaps(HOME, habits, day).adds]
    presses = [h for h in adds if h.kind is ReadingKind.ALARM]
    assert 2 < len(presses) / 30 < 3.6
    assert mishaps(HOME, habits, days[0]) == mishaps(HOME, habits, days[0])
