"""A sensor that repeats itself has not been touched."""

from __future__ import annotations

from gateway.decoders.native import Statement
from gateway.decoders.said import Said
from gateway.edges import Edges
from telecare.vocabulary import ReadingKind


def said(type_: str, value: object, sensor: str = "front", kind: str = "reading") -> Said:
    statement = Statement("1", type_, None, None, sensor, value, None, None, {})  # type: ignore[arg-type]
    return Said(ReadingKind(kind), statement)


def kinds(edges: Edges, *many: Said) -> list[str]:
    return [edges.sort("oak", "hub-7", each).kind.value for each in many]


def test_closed_once_more_is_no_hand_on_the_door() -> None:
    opened, closed = said("door", value=True), said("door", value=False)
    assert kinds(Edges(), closed, opened, opened, closed, closed) == [
        "status", "reading", "status", "reading", "status",
    ]  # fmt: skip


def test_after_a_start_open_counts_as_a_change() -> None:
    assert kinds(Edges(), said("door", value=True)) == ["reading"]


def test_each_sensor_for_itself() -> None:
    edges = Edges()
    assert kinds(edges, said("door", value=True), said("door", value=True, sensor="back")) == [
        "reading", "reading",
    ]  # fmt: skip
    assert edges.sort("elm", "hub-7", said("door", value=True)).kind is ReadingKind.READING


def test_motion_and_numbers_are_facts_each_time() -> None:
    assert kinds(Edges(), said("motion", value=True), said("motion", value=True)) == [
        "reading", "reading",
    ]  # fmt: skip


def test_smoke_is_smoke_as_long_as_it_is_said() -> None:
    edges = Edges()
    alarm = said("smoke", value=True, kind="alarm")
    assert kinds(edges, alarm, alarm, said("smoke", value=False), alarm) == [
        "alarm", "alarm", "reading", "alarm",
    ]  # fmt: skip


def test_memory_is_bounded() -> None:
    edges = Edges(limit=10)
    for number in range(100):
        edges.sort("oak", "hub-7", said("door", value=True, sensor=str(number)))
    assert len(edges._last) == 10
