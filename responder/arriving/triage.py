"""How soon must somebody act on this signal, and to which alert does it belong?

Pure. The default order is that of a large monitoring centre's published work priorities
(several presses or no response first, then a fall still on the floor, then fire and gas,
then everything else); `rank` orders within a priority, lower first.

An alert gathers the signals of one home on one *track*. Care, equipment and the duty's own
arrangements are three tracks: closing a press must not close a dead hub, and a press must
never be absorbed by a technician's open job, so a signal of one track never joins an alert
of another.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from telecare.messages import Signal
from telecare.vocabulary import AlarmType, Priority, SignalKind

REPEAT_WINDOW = timedelta(minutes=15)
"""A second explicit alarm within this time counts as insisting."""


BABBLING = 20
"""So many alarms of one device within the repeat window are more than a hand can press."""


class Track(StrEnum):
    """Who works on it."""

    CARE = "care"
    """Operators: a person may need somebody."""
    EQUIPMENT = "equipment"
    """The TEC team: the home's equipment needs somebody."""
    DUTY = "duty"
    """Supervisors: the platform's own arrangements for this home, or for all, have a fault."""


class Judgement(msgspec.Struct, frozen=True):
    """How urgent something is, and why in words that follow "emergency: "."""

    priority: Priority
    rank: int
    reason: str

    @property
    def order(self) -> tuple[int, int]:
        """Sorts the most urgent first."""
        return self.priority.rank, self.rank


class Joined(msgspec.Struct, frozen=True):
    """What a signal does to the home's open alert, or to a new one."""

    judgement: Judgement
    """Of the alert after the signal; never less urgent than before."""
    raised: bool
    """The alert's priority rose by it (or the alert is new)."""
    leads: bool
    """The signal is now what the alert is about: its sentence is shown first."""


class Standing(msgspec.Struct, frozen=True):
    """What triage must know of the open alert a signal may join."""

    judgement: Judgement
    answered: bool
    """Somebody has claimed it at some time, or is on the way."""
    signals: Sequence[Signal]
    """Those it already has."""


REASSURING = frozenset({
    SignalKind.RETURNED, SignalKind.ACTIVITY_RESUMED, SignalKind.HUB_BACK,
    SignalKind.SERVICE_BACK, SignalKind.WHEREABOUTS,
})  # fmt: skip
"""Good news, and news of where somebody is: told on the alert it belongs to, opens none,
closes none."""

_MULTIPLE, _SILENT_CALL, _FALL, _FIRE_MULTIPLE, _FIRE, _OTHER = 10, 20, 30, 35, 40, 50

_FIRE_TYPES = frozenset({AlarmType.SMOKE, AlarmType.HEAT, AlarmType.CARBON_MONOXIDE, AlarmType.GAS})

_ALARMS: dict[str, Judgement] = {
    AlarmType.PENDANT: Judgement(Priority.EMERGENCY, _SILENT_CALL, "the pendant was pressed"),
    AlarmType.PULL_CORD: Judgement(Priority.EMERGENCY, _SILENT_CALL, "a pull cord was pulled"),
    AlarmType.PANIC: Judgement(Priority.EMERGENCY, _SILENT_CALL, "the panic button was pressed"),
    AlarmType.FALL: Judgement(Priority.EMERGENCY, _FALL, "a fall detector went off"),
    AlarmType.SMOKE: Judgement(Priority.EMERGENCY, _FIRE, "smoke was detected"),
    AlarmType.HEAT: Judgement(Priority.EMERGENCY, _FIRE, "heat was detected"),
    AlarmType.CARBON_MONOXIDE: Judgement(Priority.EMERGENCY, _FIRE, "carbon monoxide was detected"),
    AlarmType.GAS: Judgement(Priority.EMERGENCY, _FIRE, "gas was detected"),
    AlarmType.BOGUS_CALLER: Judgement(Priority.URGENT, 10, "somebody unwanted is at the door"),
    AlarmType.DOOR_EXIT: Judgement(Priority.URGENT, 20, "a watched door was opened"),
    AlarmType.BED_EXIT: Judgement(Priority.URGENT, 30, "out of bed for longer than agreed"),
    AlarmType.FLOOD: Judgement(Priority.URGENT, 40, "water was detected"),
    AlarmType.LOW_TEMPERATURE: Judgement(Priority.URGENT, _OTHER, "the home is too cold"),
    AlarmType.MEDICATION_MISSED: Judgement(Priority.SOON, 10, "medication was not taken"),
    AlarmType.CANCEL: Judgement(Priority.SOON, 20, "an alarm was withdrawn that we never received"),
}

_KINDS: dict[SignalKind, Judgement] = {
    SignalKind.UNREADABLE_ALARM: Judgement(
        Priority.EMERGENCY, _SILENT_CALL, "an alarm arrived that could not be read"
    ),
    SignalKind.FALL: Judgement(
        Priority.EMERGENCY, _FALL, "a worn device's movement looks like a fall"
    ),
    SignalKind.WANDERING: Judgement(
        Priority.URGENT, 10, "somebody may have left home and not come back"
    ),
    SignalKind.INACTIVITY: Judgement(
        Priority.URGENT, 20, "no sign of life for longer than is usual"
    ),
    SignalKind.OUT_OF_TOUCH: Judgement(
        Priority.SOON, 5, "somebody is out and their locating device is silent or soon will be"
    ),
    SignalKind.LONE_WORKER: Judgement(
        Priority.EMERGENCY, 5, "a responder has not said that they are safe"
    ),
    SignalKind.ROUTINE: Judgement(Priority.ROUTINE, 10, "the days have changed"),
    SignalKind.HUB_SILENT: Judgement(Priority.TECHNICAL, 10, "the home's hub is silent"),
    SignalKind.EQUIPMENT: Judgement(Priority.TECHNICAL, 20, "a device reports trouble with itself"),
    SignalKind.INCIDENT: Judgement(Priority.URGENT, 60, "many homes fell silent together"),
    SignalKind.EXPECTATION: Judgement(Priority.URGENT, 30, "something expected did not happen"),
    SignalKind.SERVICE_DOWN: Judgement(Priority.URGENT, 5, "a service of the platform is down"),
    SignalKind.UNJUDGED: Judgement(
        Priority.TECHNICAL, 20, "we saw too little to judge what we promised to"
    ),
    SignalKind.DUTY: Judgement(Priority.TECHNICAL, 20, "an arrangement of ours has a fault"),
}

_TYPES: dict[tuple[SignalKind, str], Judgement] = {
    (SignalKind.INACTIVITY, "bathroom"): Judgement(
        Priority.URGENT, 5, "somebody may be lying in the bathroom"
    ),
    (SignalKind.INACTIVITY, "night_visit"): Judgement(
        Priority.URGENT, 6, "somebody got up at night and may be lying somewhere"
    ),
    (SignalKind.LONE_WORKER, "help"): Judgement(Priority.EMERGENCY, 4, "a responder asks for help"),
    (SignalKind.LONE_WORKER, "locked_out"): Judgement(
        Priority.EMERGENCY, 6, "a responder cannot get to whom they were sent to"
    ),
    (SignalKind.EXPECTATION, "not_up"): Judgement(Priority.URGENT, 25, "not up at the usual time"),
    (SignalKind.EXPECTATION, "carer_visit"): Judgement(
        Priority.URGENT, 26, "the carer did not arrive"
    ),
    (SignalKind.EXPECTATION, "im_ok"): Judgement(Priority.URGENT, 27, "the daily check was missed"),
    (SignalKind.EXPECTATION, "medication"): Judgement(
        Priority.SOON, 10, "the medication prompt was not answered"
    ),
    (SignalKind.EXPECTATION, "follow_up"): Judgement(
        Priority.SOON, 12, "somebody we rang needs to be seen to"
    ),
    (SignalKind.EXPECTATION, "call"): Judgement(Priority.SOON, 14, "a promised call was not made"),
    (SignalKind.EXPECTATION, "visit"): Judgement(
        Priority.SOON, 16, "a visit by video did not take place"
    ),
    (SignalKind.EXPECTATION, "package_end"): Judgement(
        Priority.SOON, 18, "a package ends and nobody has decided what follows"
    ),
    (SignalKind.EXPECTATION, "review"): Judgement(
        Priority.ROUTINE, 20, "a package was not reviewed"
    ),
    (SignalKind.DUTY, "stuck"): Judgement(Priority.URGENT, 5, "something of ours is stuck"),
    (SignalKind.DUTY, "clock"): Judgement(Priority.URGENT, 6, "the clock jumped"),
}
"""Kinds whose type decides how soon somebody must act."""

_TRACKS = {
    SignalKind.HUB_SILENT: Track.EQUIPMENT,
    SignalKind.HUB_BACK: Track.EQUIPMENT,
    SignalKind.EQUIPMENT: Track.EQUIPMENT,
    SignalKind.UNJUDGED: Track.EQUIPMENT,
    SignalKind.INCIDENT: Track.EQUIPMENT,
    SignalKind.SERVICE_DOWN: Track.EQUIPMENT,
    SignalKind.SERVICE_BACK: Track.EQUIPMENT,
    SignalKind.DUTY: Track.DUTY,
}

_UNKNOWN_ALARM = Judgement(Priority.EMERGENCY, _SILENT_CALL, "an alarm of a kind we do not know")
_TOLD = Judgement(Priority.ROUTINE, 90, "told afterwards")

_ORDINALS = {2: "second", 3: "third", 4: "fourth", 5: "fifth"}


def track_of(signal: Signal) -> Track:
    """Whose work a signal is. Explicit alarms are care, whatever they report."""
    if signal.explicit:
        return Track.CARE
    return _TRACKS.get(signal.kind, Track.CARE)


def label_of(signal: Signal) -> str:
    """The signal's kind as shown: `alarm.pendant`, `routine.bathroom_night`, `fall`."""
    return f"{signal.kind.value}.{signal.type}" if signal.type else signal.kind.value


def opens(signal: Signal) -> bool:
    """Whether a signal opens an alert where its home has none open on its track."""
    return signal.kind not in REASSURING


def judge(signal: Signal) -> Judgement:
    """How urgent a signal is by itself. An explicit alarm we do not know is an emergency."""
    if signal.kind in REASSURING:
        return _TOLD
    if signal.kind is SignalKind.ALARM:
        return _ALARMS.get(signal.type, _UNKNOWN_ALARM)
    return _TYPES.get((signal.kind, signal.type)) or _KINDS[signal.kind]


def first(signal: Signal) -> Joined:
    """What a signal makes of an alert that begins with it."""
    return Joined(judge(signal), raised=True, leads=True)


def join(standing: Standing, signal: Signal) -> Joined:
    """What a further signal makes of an open alert of its home and track.

    Never less urgent than before: a withdrawal or good news is told and changes nothing.
    """
    before = standing.judgement
    if signal.kind in REASSURING or signal.type == AlarmType.CANCEL:
        return Joined(before, raised=False, leads=False)
    if _agrees(standing, signal):
        reason = f"{before.reason}, and {_KINDS[SignalKind.FALL].reason}"
        return Joined(msgspec.structs.replace(before, reason=reason), raised=False, leads=False)
    insisting = _insisting(standing, signal)
    judged = insisting or judge(signal)
    if judged.order < before.order or (insisting and judged.order == before.order):
        return Joined(judged, raised=judged.priority.rank < before.priority.rank, leads=True)
    return Joined(before, raised=False, leads=False)


def _agrees(standing: Standing, signal: Signal) -> bool:
    """Whether a judged fall is the first to stand beside a device's own fall alarm: the
    second opinion is told in the reason, and its absence would have changed nothing.
    """
    return (
        signal.kind is SignalKind.FALL
        and not any(each.kind is SignalKind.FALL for each in standing.signals)
        and any(
            each.explicit
            and each.type == AlarmType.FALL
            and abs(signal.occurred_at - each.occurred_at) <= REPEAT_WINDOW
            for each in standing.signals
        )
    )


def _insisting(standing: Standing, signal: Signal) -> Judgement | None:
    """A repeated explicit alarm, or None. Several heads of smoke stay behind the presses."""
    if not signal.explicit:
        return None
    recent = [
        earlier.occurred_at
        for earlier in standing.signals
        if earlier.explicit
        and earlier.type != AlarmType.CANCEL
        and abs(signal.occurred_at - earlier.occurred_at) <= REPEAT_WINDOW
    ]
    if not recent:
        return None
    count = _ORDINALS.get(len(recent) + 1, f"{len(recent) + 1}th")
    fire = signal.type in _FIRE_TYPES
    noun = "press" if signal.type in (AlarmType.PENDANT, AlarmType.PULL_CORD) else "alarm"
    reason = f"{count} {noun} in {_minutes(recent, signal.occurred_at)}"
    if not standing.answered:
        reason += ", no answer to the first"
    if _babbles(signal, standing.signals):
        reason = f"device babbling: {reason}"
    return Judgement(Priority.EMERGENCY, _FIRE_MULTIPLE if fire else _MULTIPLE, reason)


def _babbles(signal: Signal, earlier: Sequence[Signal]) -> bool:
    same = [
        each
        for each in earlier
        if (each.device, each.type) == (signal.device, signal.type)
        and abs(signal.occurred_at - each.occurred_at) <= REPEAT_WINDOW
    ]
    return len(same) + 1 >= BABBLING


def _minutes(earlier: Sequence[datetime], at: datetime) -> str:
    spread = max([*earlier, at]) - min([*earlier, at])
    minutes = max(1, round(spread.total_seconds() / 60))
    return "1 minute" if minutes == 1 else f"{minutes} minutes"
