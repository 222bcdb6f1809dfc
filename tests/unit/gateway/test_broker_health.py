"""What a broker's welcome, counters and absences mean."""

from __future__ import annotations

import pytest

from gateway.broker_health import (
    AWAY_SECONDS,
    RIVAL_SECONDS,
    SAY_AGAIN_SECONDS,
    Absence,
    Rise,
    Rivals,
    Session,
    refusal,
    risen,
    session_of,
)


@pytest.mark.parametrize(
    ("present", "promised", "granted", "just_made", "meaning"),
    [
        (True, True, None, False, Session.KEPT),
        (True, False, 3600, False, Session.KEPT),
        (False, False, None, False, Session.NEW),
        (False, True, None, False, Session.LOST),
        (False, False, None, True, Session.NEVER_KEPT),
        (True, True, 0, False, Session.NEVER_KEPT),
        (False, False, 0, False, Session.NEVER_KEPT),
    ],
)
def test_a_welcome(
    present: bool, promised: bool, granted: int | None, just_made: bool, meaning: Session
) -> None:
    said = session_of(
        present=present, promised=promised, granted_seconds=granted, just_made=just_made
    )
    assert said is meaning


def test_only_a_session_that_rests_on_nothing_is_refused() -> None:
    assert refusal(Session.KEPT, "county") == refusal(Session.NEW, "county") == ""
    assert "accept-new-session county" in refusal(Session.LOST, "county")
    assert "keeps no session" in refusal(Session.NEVER_KEPT, "county")


@pytest.mark.parametrize(
    ("before", "now", "rise"),
    [
        (None, 480, None),
        (0, 480, Rise(480, 480)),
        (480, 480, None),
        (480, 481, Rise(1, 481)),
        (480, 3, Rise(3, 3)),
        (480, 0, None),
    ],
    ids=["never asked", "first", "as before", "one more", "restarted", "restarted and well"],
)
def test_a_counter(before: int | None, now: int, rise: Rise | None) -> None:
    assert risen(before, now) == rise


def test_an_absence_is_told_after_a_minute_and_again_while_it_lasts() -> None:
    absence = Absence(100.0)
    assert not absence.must_be_told(100.0 + AWAY_SECONDS - 1)
    assert absence.must_be_told(100.0 + AWAY_SECONDS)
    assert not absence.must_be_told(100.0 + AWAY_SECONDS + SAY_AGAIN_SECONDS - 1)
    assert absence.must_be_told(100.0 + AWAY_SECONDS + SAY_AGAIN_SECONDS)
    absence.began(5000.0)
    assert not absence.must_be_told(5000.0)
    assert not absence.was_told


def test_one_mishap_is_no_rival_and_a_rival_is_told_once() -> None:
    rivals = Rivals()
    assert not rivals.ended(0.0, 500.0, taken_over=True)
    assert not rivals.ended(10.0, 5.0, taken_over=True)
    assert rivals.ended(20.0, 5.0, taken_over=True)
    assert not rivals.ended(30.0, 5.0, taken_over=True)
    spread = Rivals()
    assert not any(spread.ended(each * RIVAL_SECONDS, 5.0, taken_over=True) for each in range(9))


def test_in_3_1_1_connections_that_end_at_once_are_a_rival() -> None:
    rivals = Rivals()
    assert [rivals.ended(float(each), 1.0, taken_over=False) for each in range(5)] == [
        False, False, False, False, True,
    ]  # fmt: skip
    long = Rivals()
    assert not any(long.ended(float(each), 60.0, taken_over=False) for each in range(9))
