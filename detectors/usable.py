"""What of a home's profile can be used: a wrong setting costs itself and nothing else."""

from __future__ import annotations

from msgspec.structs import replace

from detectors.absences import Absences
from detectors.base import HomeProfile
from detectors.local_time import local_time
from detectors.registry import DETECTORS
from telecare.errors import InvalidInput


def usable(profile: HomeProfile) -> HomeProfile:
    """The profile without the settings of detectors that refuse theirs, without pauses that
    cannot be read, and in the usual time zone if its own is none.
    """
    plain = replace(profile, settings={}, pauses=())
    if not _has_zone(plain):
        # Any zone is better than nobody watching.
        plain = replace(plain, timezone=HomeProfile(org="", home="").timezone)
    return replace(
        plain,
        settings={
            name: given
            for name, given in profile.settings.items()
            if name in DETECTORS and _takes(replace(plain, settings={name: given}), name)
        },
        pauses=tuple(
            pause for pause in profile.pauses if _can_be_read(replace(plain, pauses=(pause,)))
        ),
    )


def _has_zone(profile: HomeProfile) -> bool:
    try:
        local_time(profile.timezone)
    except InvalidInput:
        return False
    return True


def _takes(profile: HomeProfile, detector: str) -> bool:
    try:
        DETECTORS[detector](profile)
    except InvalidInput:
        return False
    return True


def _can_be_read(profile: HomeProfile) -> bool:
    try:
        Absences(profile)
    except InvalidInput:
        return False
    return True
