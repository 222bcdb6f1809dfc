"""What is said with QoS 2 is taken once, and what a session keeps is on disk before its promise."""

from __future__ import annotations

from gateway.sessions.notes import Found, Held, KeptSession, Received, Released, SessionKey
from gateway.sources.mqtt_endpoint.actions import Keep, Take
from gateway.sources.mqtt_endpoint.keeping import CHANGES
from gateway.sources.mqtt_endpoint.packets import Reason
from gateway.sources.mqtt_endpoint.session import Session
from gateway.sources.mqtt_endpoint.welcome import RECEIVE_MAXIMUM, Visit
from tests.harness.mqtt import connect, field, packet, publish, subscribe
from tests.harness.mqtt_session import DOWN, HUB, MINE, NOW, PUBREL, admitted, kept, refusal, sent


def test_pubrec_and_pubcomp_wait_for_the_disk_each() -> None:
    session = kept()
    (take,) = session.receive(publish(MINE, b"{}", 5, version=5, qos=2))
    assert isinstance(take, Take)
    assert isinstance(take.note, Received)
    again = publish(MINE, b"{}", 5, version=5, qos=2, dup=True)
    assert session.receive(again) == [], "nothing is promised twice that is not true once"
    assert session.stored(take.token) == b"\x50\x02\x00\x05"
    assert sent(session.receive(again)) == b"\x50\x02\x00\x05"
    (keep,) = session.receive(PUBREL)
    assert isinstance(keep, Keep)
    assert isinstance(keep.note, Released)
    assert session.stored(keep.token) == b"\x70\x02\x00\x05"
    (take,) = session.receive(publish(MINE, b"{}", 5, version=5, qos=2))
    assert isinstance(take, Take)


def test_a_session_that_ends_with_its_connection_needs_no_notes() -> None:
    session = admitted()
    (take,) = session.receive(publish(MINE, b"{}", 5, qos=2))
    assert isinstance(take, Take)
    assert take.note is None
    session.stored(take.token)
    assert sent(session.receive(PUBREL)) == b"\x70\x02\x00\x05"
    assert sent(session.receive(PUBREL)) == b"\x70\x02\x00\x05", "it may ask twice"


def test_a_release_that_comes_too_early_promises_nothing_and_costs_no_later_press() -> None:
    session = admitted()
    (take,) = session.receive(publish(MINE, b"{}", 5, qos=2))
    assert isinstance(take, Take)
    assert session.receive(PUBREL * 2) == []
    assert session.stored(take.token) == b"\x50\x02\x00\x05\x70\x02\x00\x05"
    (another,) = session.receive(publish(MINE, b"{}", 5, qos=2))
    assert isinstance(another, Take), "it is not taken for the one before"


def test_what_gave_way_to_others_is_taken_when_it_is_said_again() -> None:
    """A device that says too much at once repeats it on the same connection (3.1.1)."""
    session = admitted()
    (take,) = session.receive(publish(MINE, b"{}", 5, qos=2))
    assert isinstance(take, Take)
    session.dropped(take.token)
    (again,) = session.receive(publish(MINE, b"{}", 5, qos=2, dup=True))
    assert isinstance(again, Take)
    assert session.stored(again.token) == b"\x50\x02\x00\x05"
    assert session.in_flight == 0


def test_what_is_not_released_counts_against_the_limit() -> None:
    session = admitted(5)
    for number in range(1, RECEIVE_MAXIMUM + 1):
        (take,) = session.receive(publish(MINE, b"", number, version=5, qos=2))
        assert isinstance(take, Take)
        session.stored(take.token)
    assert session.in_flight == 0
    assert sent(session.receive(publish(MINE, b"", 999, version=5))) == b"\xe0\x01\x93"


def test_subscriptions_are_granted_when_they_would_survive_us() -> None:
    session = kept()
    (keep,) = session.receive(subscribe(DOWN + "#", 2, version=5))
    assert isinstance(keep, Keep)
    assert isinstance(keep.note, Held)
    assert keep.note.session.filters == ((DOWN + "#", 1),)
    assert session.stored(keep.token) == b"\x90\x04\x00\x02\x00\x01"


def test_a_device_that_asks_for_the_same_in_a_circle_holds_nobody_up() -> None:
    session = kept()
    (keep,) = session.receive(subscribe(DOWN + "#", 2, version=5))
    assert isinstance(keep, Keep)
    session.stored(keep.token)
    again = session.receive(subscribe(DOWN + "#", 3, version=5) * 500)
    assert len(sent(again)) == 500 * 6, "answered"
    assert not any(isinstance(each, Keep) for each in again), "and nothing new for the disk"


def test_a_device_that_changes_its_wishes_faster_than_the_disk_is_cut_off() -> None:
    session = kept()
    whim = subscribe(DOWN + "a", 2, version=5) + packet(0xA2, b"\x00\x03\x00" + field(DOWN + "a"))
    actions = session.receive(whim * CHANGES)
    assert sum(isinstance(each, Keep) for each in actions) == CHANGES
    assert refusal(actions) is Reason.QUOTA_EXCEEDED


def test_a_release_is_kept_once_and_that_of_an_unknown_number_not_at_all() -> None:
    session = kept()
    (take,) = session.receive(publish(MINE, b"{}", 5, version=5, qos=2))
    assert isinstance(take, Take)
    session.stored(take.token)
    (keep,) = session.receive(PUBREL * 500)
    assert isinstance(keep, Keep), "it is answered once, after the commit"
    session.stored(keep.token)
    assert sent(session.receive(PUBREL * 500)) == b"\x70\x02\x00\x05" * 500


def test_a_number_from_before_is_released_on_disk() -> None:
    session = Session(10_000)
    session.receive(connect("u", "p", version=5, client_id="c", clean=False, expiry=60))
    before = KeptSession(SessionKey("oak", "hub-7", "c"), "earlier", 60)
    session.admitted(HUB, Visit(NOW, "given", Found(before, (), (5,))))
    session.opened()
    (keep,) = session.receive(PUBREL)
    assert isinstance(keep, Keep)
    assert isinstance(keep.note, Released)
    assert session.stored(keep.token) == b"\x70\x02\x00\x05"
