"""Everybody silent at once."""

from __future__ import annotations

from detectors.blackout import Chorus

HOUR = 3600.0


def chorus(homes: int, until: float = 2 * HOUR, every: float = 10.0) -> Chorus:
    """So many homes that speak in turn, one every `every` seconds."""
    heard = Chorus()
    for i in range(int(until / every)):
        assert heard.hear(("county", f"home-{i % homes}"), 1e6 + i * every) is None
    return heard


def test_a_county_that_falls_silent_is_a_blackout_within_minutes() -> None:
    heard = chorus(40)
    end = 1e6 + 2 * HOUR - 10
    assert heard.dark_at(end + 120) is None
    dark = heard.dark_at(end + 600)
    assert dark is not None
    assert (dark.since, dark.until) == (end, end + 600)


def test_the_first_word_after_it_says_how_long_it_was_and_ends_it() -> None:
    heard = chorus(40)
    end = 1e6 + 2 * HOUR - 10
    dark = heard.hear(("county", "home-3"), end + HOUR)
    assert dark is not None
    assert dark.until - dark.since == HOUR
    assert heard.hear(("county", "home-4"), end + HOUR + 10) is None
    assert heard.dark_at(end + HOUR + 60) is None


def test_a_quiet_night_is_none() -> None:
    heard = Chorus()
    now = 1e6
    for i in range(2000):
        # From a word every ten seconds to one every four minutes, as a county falls asleep.
        now += 10 + min(i / 4, 230)
        assert heard.hear(("county", f"home-{i % 40}"), now) is None


def test_three_homes_may_well_be_silent_together() -> None:
    assert chorus(3).dark_at(1e6 + 10 * HOUR) is None


def test_who_has_just_begun_to_listen_cannot_tell() -> None:
    assert chorus(40, until=HOUR / 2).dark_at(1e6 + 3 * HOUR) is None


def test_old_words_heard_again_change_nothing() -> None:
    heard = chorus(40)
    for i in range(1000):
        assert heard.hear(("county", f"home-{i % 40}"), 1e6) is None
    assert heard.dark_at(1e6 + 2 * HOUR + 120) is None


def test_in_an_unusual_hush_stillness_is_judged_up_to_the_last_word_only() -> None:
    heard = chorus(40)
    end = 1e6 + 2 * HOUR - 10
    assert heard.judged_until(end + 60) == end + 60, "a minute's pause is nothing here"
    assert heard.judged_until(end + 100) == end
    assert heard.judged_until(end + 290) == end
    assert heard.judged_until(end + 400) == end + 400, "now it is a blackout, and refused as one"


def test_no_judgement_waits_longer_than_ten_minutes_for_a_hush_to_end() -> None:
    # Twelve homes at night, a word every two minutes: an hour would have to pass.
    heard = chorus(12, every=120)
    end = 1e6 + 2 * HOUR - 120
    assert heard.dark_at(end + 1800) is None
    assert heard.judged_until(end + 1800) == end + 1200


def test_few_homes_are_judged_by_themselves() -> None:
    assert chorus(3).judged_until(1e6 + 4 * HOUR) == 1e6 + 4 * HOUR


def test_a_clock_that_was_set_back_makes_it_learn_anew() -> None:
    chorus = Chorus()
    ahead = 365 * 86400.0
    assert chorus.hear(("oak", "home-0"), ahead) is None
    for second in range(2 * 3600):
        chorus.hear(("oak", f"home-{second % 20}"), float(second + 1))
    assert chorus.dark_at(2 * 3600.0 + 600.0) is not None
