"""F05: hubs whose power returns together do not knock together."""

from __future__ import annotations

from collections import Counter

from simulators.backoff import LONGEST_S, Backoff


def test_waits_grow_to_a_ceiling_and_begin_anew_after_success() -> None:
    backoff = Backoff("hub")
    waits = [backoff.next_wait() for _ in range(60)]
    assert all(wait <= min(LONGEST_S, 2.0**number) for number, wait in enumerate(waits))
    assert max(waits) > LONGEST_S / 2
    backoff.succeeded()
    assert backoff.next_wait() <= 1.0


def test_five_thousand_hubs_spread_evenly_over_their_fifth_wait() -> None:
    fifth = []
    for number in range(5000):
        backoff = Backoff(number)
        fifth.append([backoff.next_wait() for _ in range(5)][-1])
    seconds = Counter(int(wait) for wait in fifth)
    assert set(seconds) == set(range(16))
    assert max(seconds.values()) < 1.4 * 5000 / 16


def test_the_same_hub_waits_the_same_again() -> None:
    once, again = Backoff(9), Backoff(9)
    assert [once.next_wait() for _ in range(9)] == [again.next_wait() for _ in range(9)]
