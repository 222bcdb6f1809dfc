"""Radar fall sensors: Vayyar's events, and Milesight's trigger reports from its manual."""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness.dialects import facts, read

EVENTS = "/devices/id_MzA6QUU6QTQ6RTQ/events"


def fall(status: str, **more: Any) -> dict[str, Any]:
    return {"type": 1, "payload": {"status": status, "timestamp": 1773111000000} | more}


@pytest.mark.parametrize("status", ["fall_detected", "fall confirmed", "calling", "fall_confirmed"])
def test_a_fall_passes_straight_through(status: str) -> None:
    ((kind, type_, _),) = facts("radar", EVENTS, fall(status))
    assert (kind, type_) == ("alarm", "fall")


def test_one_fall_in_several_states_is_one_alarm() -> None:
    ids = {
        read("radar", EVENTS, fall(status, statusUpdateTimestamp=moment))[0].statement.id
        for moment, status in enumerate(("fall_confirmed", "calling"))
    }
    assert len(ids) == 1
    other = read("radar", EVENTS, fall("fall_confirmed", timestamp=1773111999000))
    assert other[0].statement.id not in ids


@pytest.mark.parametrize("status", ["finished", "fall exit", "canceled"])
def test_its_end_is_a_fact_and_cancels_nothing(status: str) -> None:
    ((kind, type_, _),) = facts("radar", EVENTS, fall(status))
    assert (kind, type_) == ("reading", "fall_over")


def test_a_fall_in_words_nobody_knows_is_still_one() -> None:
    assert facts("radar", EVENTS, {"type": 1, "payload": {}}) == [("alarm", "fall", None)]
    assert facts("radar", EVENTS, fall("collapsed")) == [("alarm", "fall", "collapsed")]


@pytest.mark.parametrize("present", [True, False])
def test_presence(present: bool) -> None:
    event = {"type": 4, "payload": {"presenceDetected": present, "trackerTargets": [
        {"xPosCm": 10, "yPosCm": 150, "zPosCm": 90, "posture": "Standing"}]}}  # fmt: skip
    assert facts("radar", EVENTS, event) == [("reading", "presence", present)]


def test_its_state_is_a_heartbeat() -> None:
    state = {"type": "vayyar", "status": "monitoring"}
    assert facts("radar", "/devices/x/state", state) == [("heartbeat", "heartbeat", None)]


def report(event: int, status: int, **more: Any) -> dict[str, Any]:
    return {
        "device_info": {"device_model": "VS373-915M", "device_sn": "6806E41970333123",
                        "time": "2025-09-06 14:13:28"},
        "trigger_data": {"type": 0, "event": event, "status": status} | more,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (report(4, 1), ("reading", "presence", True)),
        (report(5, 1), ("reading", "presence", False)),
        (report(3, 1, trigger_id=1073, sub_no=3), ("alarm", "bed_exit", None)),
        (report(0, 1, trigger_id=266), ("alarm", "fall", None)),
        (report(0, 2, trigger_id=266), ("reading", "fall_over", 2)),
        (report(8, 1), ("alarm", "lying", None)),
        (report(77, 1), ("alarm", "radar_77", None)),
        ({"device info": {"device sn": "6806E51510750004", "time": "2025-08-18 20:44:34",
                          "trigger data": {"type": 0, "trigger id": 266, "event": 0, "status": 1}}},
         ("alarm", "fall", None)),
    ],
)  # fmt: skip
def test_milesights_reports(message: object, expected: object) -> None:
    assert facts("radar", "anything", message) == [expected]
