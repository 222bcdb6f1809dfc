"""A hub keeps what it has to say until it is surely heard."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from simulators.acceleration import Movement
from simulators.devices import Hub, Order, Upward
from simulators.homes import make_home
from simulators.pendants import movement, press
from simulators.residents import firing

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
HOME = make_home(1, 1)


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


def kitchen(minute: int) -> Any:
    return firing(HOME, "motion-kitchen", NOON + timedelta(minutes=minute))


def body(message: Upward) -> dict[str, Any]:
    return dict(msgspec.json.decode(message.payload))


def test_a_press_is_repeated_ever_more_slowly_until_its_receipt() -> None:
    hub = Hub(1, heartbeat_s=None)
    message = hub.happened(press(HOME, NOON))
    said = [s for s in range(200) if hub.due(NOON + seconds(s))]
    assert said == [0, 5, 15, 35, 75, 135, 195]
    assert hub.repeated == 6
    hub.received(message.id)
    assert hub.unheard_alarms == 0
    assert not hub.due(NOON + seconds(1000))


def test_a_puback_does_not_release_an_alarm() -> None:
    hub = Hub(1, heartbeat_s=None)
    message = hub.happened(press(HOME, NOON))
    hub.due(NOON)
    hub.acknowledged(message.id)
    assert [m.id for m in hub.due(NOON + seconds(5))] == [message.id]


def test_a_repeat_is_the_very_same_message() -> None:
    hub = Hub(1, heartbeat_s=None)
    hub.happened(press(HOME, NOON))
    assert hub.due(NOON) == hub.due(NOON + seconds(5))


def test_readings_cut_off_in_flight_go_first_and_in_order_next_time() -> None:
    hub = Hub(1, heartbeat_s=None)
    ids = [hub.happened(kitchen(minute)).id for minute in range(6)]
    assert [m.id for m in hub.next_readings(4)] == ids[:4]
    hub.acknowledged(ids[0])
    hub.disconnected(NOON)
    assert [m.id for m in hub.next_readings(10)] == ids[1:]
    assert hub.repeated == 3


def test_a_full_buffer_loses_the_oldest_reading_and_never_an_alarm() -> None:
    hub = Hub(1, heartbeat_s=None, capacity=3)
    alarm = hub.happened(press(HOME, NOON))
    ids = [hub.happened(kitchen(minute)).id for minute in range(5)]
    assert hub.evicted == 2
    assert [m.id for m in hub.next_readings(10)] == ids[2:]
    assert [m.id for m in hub.due(NOON)] == [alarm.id]


def test_a_movement_that_may_be_a_fall_overtakes_the_stored_past() -> None:
    hub = Hub(1, heartbeat_s=None)
    past = [hub.happened(kitchen(minute)).id for minute in range(3)]
    fall = hub.happened(movement(HOME, NOON + seconds(600), Movement.FALL))
    assert [m.id for m in hub.next_readings(10)] == [fall.id, *past]
    assert hub.backlog == 4


def test_it_beats_at_once_and_then_a_little_early_each_time() -> None:
    hub = Hub(1, heartbeat_s=300)
    hub.power_on(NOON)
    beats = [s for s in range(3600) if hub.due(NOON + seconds(s))]
    pauses = [after - before for before, after in itertools.pairwise(beats)]
    assert beats[0] == 0
    assert all(269 <= pause <= 301 for pause in pauses)
    assert len(set(pauses)) > 1


def test_a_heartbeat_cut_off_in_flight_is_said_again_and_leaves_no_gap() -> None:
    hub = Hub(1, heartbeat_s=300)
    hub.power_on(NOON)
    (beat,) = hub.due(NOON)
    hub.disconnected(NOON)
    assert hub.next_readings(10) == [beat]
    hub.acknowledged(beat.id)
    hub.disconnected(NOON)
    assert hub.next_readings(10) == []


@pytest.mark.parametrize("error", [timedelta(hours=1), timedelta(days=-20_000)])
def test_a_wrong_clock_is_stated_and_the_id_stays_true(error: timedelta) -> None:
    message = Hub(1, clock_error=error).happened(kitchen(0))
    assert datetime.fromisoformat(body(message)["at"]) == NOON + error
    assert message.id == kitchen(0).id


def test_boot_and_sequence_tell_a_gap_from_a_restart() -> None:
    hub, again = Hub(1, boot=1), Hub(1, boot=2)
    first, second = (body(hub.happened(kitchen(minute))) for minute in range(2))
    assert (first["boot"], first["seq"], second["seq"]) == (1, 1, 2)
    assert body(again.happened(kitchen(3)))["boot"] == 2


def test_it_speaks_the_native_contract() -> None:
    said = body(Hub(1).happened(kitchen(0)))
    assert said["type"] == "motion"
    assert said["room"] == "kitchen"
    assert said["value"] is True
    assert "unit" not in said


def test_asked_again_it_says_what_it_still_has_once_and_answers_each_time() -> None:
    hub = Hub(1, heartbeat_s=None, boot=3)
    said = [hub.happened(kitchen(minute)) for minute in range(4)]
    for message in hub.next_readings(10):
        hub.acknowledged(message.id)
    order = Order(id="resend-1", name="resend", body={"boot": "3", "seq": [2, 3, 99]})
    hub.told(order, NOON)
    *again, answer = hub.next_readings(10)
    assert again == said[1:3]
    assert (body(answer)["command"], body(answer)["value"]) == ("resend-1", True)
    hub.told(order, NOON + seconds(60))
    assert [body(each)["type"] for each in hub.next_readings(10)] == ["command"]
    hub.told(Order(id="o-2", name="resend", body={"boot": "2", "seq": [2]}), NOON)
    (refusal,) = hub.next_readings(10)
    assert body(refusal)["value"] is False, "what it said before its last start is gone"
