"""What a commit writes for the intakes it was given, by kind."""

from __future__ import annotations

from collections.abc import Container, Sequence

from gateway.intake import Intake, Quarantined, Unknown
from telecare.messages import Reading, Signal

NOWHERE, TOLD = -1, -2
"""Places of an intake without a reading, and of a QoS 2 message that was taken before."""


class Batch:
    """What is to be written for some intakes, by table."""

    def __init__(self, intakes: Sequence[Intake], told: Container[int]) -> None:
        """`told`: which notes, by `id()`, say that their message was taken before."""
        self.set_aside: list[Quarantined] = []
        self.unknown: list[Unknown] = []
        self.places: list[int] = []
        """Of each intake: where its reading stands among the records."""
        self.cries: dict[int, int] = {}
        """By intake: where its signal does."""
        readings: list[Reading] = []
        signals: list[Signal] = []
        for index, intake in enumerate(intakes):
            if intake.note is not None and id(intake.note) in told:
                self.places.append(TOLD)
                continue
            self.places.append(NOWHERE if intake.reading is None else len(readings))
            if intake.reading is not None:
                readings.append(intake.reading)
            if intake.signal is not None:
                self.cries[index] = len(signals)
                signals.append(intake.signal)
            if intake.quarantined is not None:
                self.set_aside.append(intake.quarantined)
            if intake.unknown is not None:
                self.unknown.append(intake.unknown)
        self.cries = {index: len(readings) + place for index, place in self.cries.items()}
        self.records: list[Reading | Signal] = [*readings, *signals]
        """The readings first: many together are stored as one."""
