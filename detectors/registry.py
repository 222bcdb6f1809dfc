"""Which detectors there are. A new one is a module and a line here."""

from __future__ import annotations

from collections.abc import Callable

from detectors.base import Detector, HomeProfile
from detectors.device_health import DeviceHealth
from detectors.device_trouble import DeviceTrouble
from detectors.falls import Falls
from detectors.inactivity import Inactivity
from detectors.long_lie import LongLie
from detectors.outing import Outing
from detectors.routine import Routine
from detectors.wandering import Wandering

DETECTORS: dict[str, Callable[[HomeProfile], Detector]] = {
    DeviceHealth.name: DeviceHealth,
    DeviceTrouble.name: DeviceTrouble,
    Falls.name: Falls,
    Wandering.name: Wandering,
    Outing.name: Outing,
    LongLie.name: LongLie,
    Inactivity.name: Inactivity,
    Routine.name: Routine,
}
"""Name -> factory, in the order in which a home's detectors are asked."""
