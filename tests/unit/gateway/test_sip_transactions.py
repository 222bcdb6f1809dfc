"""SIP transactions on a clock told by hand."""

from __future__ import annotations

from gateway.sources.sip_transactions import ANSWER_BYTES, LIFETIME, Answered, Asking


def test_what_was_asked_before_is_answered_as_before() -> None:
    answered = Answered()
    key = b"one"
    answered.remember(key, b"200", 0.0)
    assert answered.again(key, 31.9) == b"200"
    assert answered.again(b"another", 1.0) is None
    assert answered.again(key, LIFETIME) is None


def test_answers_are_forgotten_in_time_and_in_a_flood() -> None:
    answered = Answered(limit=10)
    for number in range(1000):
        answered.remember(b"%d" % number, b"200", 0.0)
    assert len(answered) == 10
    answered.remember(b"new", b"200", LIFETIME + 1)
    assert len(answered) == 1


def test_strangers_with_long_headers_fill_no_memory() -> None:
    """20,000 answers of 16 kB were 317 MB, for anybody who reaches the port."""
    answered = Answered()
    for number in range(4000):
        for _ in range(2):  # the same once more takes no more room
            answered.remember(b"%d" % number, b"%16000d" % number, 0.0)
    assert len(answered) == ANSWER_BYTES // 16_000
    assert answered.again(b"3999", 1.0), "the newest is known"
    assert answered.again(b"0", 1.0) is None
    answered.remember(b"new", b"200", LIFETIME + 1)
    assert len(answered) == 1


def test_over_udp_we_ask_again_ever_more_slowly_and_then_give_up() -> None:
    asking: Asking[int] = Asking()
    asking.ask("b", b"mrs", 1, 0.0, reliable=False)
    sent_at = [tick / 10 for tick in range(400) if asking.due(tick / 10)]
    assert sent_at == [0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]
    assert not asking
    assert asking.unanswered == 1


def test_an_answer_ends_it_and_a_provisional_one_does_not() -> None:
    asking: Asking[int] = Asking()
    asking.ask("b", b"mrs", 1, 0.0, reliable=False)
    assert not asking.answered("b", 100)
    assert asking
    assert asking.answered("b", 200)
    assert not asking.answered("b", 200), "only once"
    assert asking.due(60.0) == []


def test_over_tcp_nothing_is_sent_twice() -> None:
    asking: Asking[int] = Asking()
    asking.ask("b", b"mrs", 1, 0.0, reliable=True)
    assert [asking.due(second) for second in range(30)] == [[]] * 30


def test_our_questions_are_bounded() -> None:
    asking: Asking[int] = Asking(limit=10)
    for number in range(100):
        asking.ask(str(number), b"mrs", number, 0.0, reliable=False)
    assert len(asking.due(1.0)) == 10
    asking.forget(99)
    assert len(asking.due(5.0)) == 9
