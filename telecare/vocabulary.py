"""The field's own words, each member a sentence of what holds when it is used."""

from __future__ import annotations

from enum import StrEnum

PLATFORM_HOME = "_platform"
"""Stands for the home where something concerns the platform's own services and their neighbours."""


class ReadingKind(StrEnum):
    """The last level of a device's upward topic."""

    ALARM = "alarm"
    """A person or a device asks for help now. It never waits for a model."""
    READING = "reading"
    """A sensor states a fact: a door opened, somebody moved, the kettle drew power."""
    HEARTBEAT = "heartbeat"
    """The hub is alive and connected; it says nothing about the person."""
    ACCELERATION = "acceleration"
    """A window of acceleration from a worn device, to be judged for a fall."""
    LOCATION = "location"
    """Where a device believes it is, with an accuracy in metres."""
    STATUS = "status"
    """The device about itself: battery, mains, signal, firmware."""


CREDENTIAL_SHOWN = "credential"
"""Type of a status: the device came in with a new credential; `data.credential` is its mark."""
RECEIPT_SEEN = "receipt"
"""Type of a status: the device has the receipt of `data.receipt`, stored at `data.stored_at`."""
COMMAND_ANSWERED = "command"
"""Type of a status: the answer to command `data.command`; `value` is whether it was done."""
COMMAND_TAKEN = "taken"
"""Or this `value`: the device has it, and the protocol does not say whether it was done."""
AVAILABILITY = "availability"
"""Type of a status: whether a device is there; false is somebody else's word about it."""
RESEND = "resend"
"""Name of a command: say again what has the numbers `seq` of your `boot`."""
GAP = "gap"
"""Type of an `equipment` signal: numbers of a device never came; they are the evidence."""
CONFIG_REPORTED = "config"
"""Type of a status: the device runs configuration `data.version`, which is `data.config`."""
WILL = "will"
"""`data.will` is true of what a door said for a device that had vanished from it."""


class AlarmType(StrEnum):
    """What kind of help an explicit alarm asks for. Unknown types are kept and shown."""

    PENDANT = "pendant"
    PULL_CORD = "pull_cord"
    FALL = "fall"
    SMOKE = "smoke"
    HEAT = "heat"
    CARBON_MONOXIDE = "carbon_monoxide"
    GAS = "gas"
    FLOOD = "flood"
    LOW_TEMPERATURE = "low_temperature"
    BED_EXIT = "bed_exit"
    DOOR_EXIT = "door_exit"
    PANIC = "panic"
    BOGUS_CALLER = "bogus_caller"
    MEDICATION_MISSED = "medication_missed"
    CANCEL = "cancel"
    """The person withdraws an alarm. It joins the alert; it never closes it."""


class SignalKind(StrEnum):
    """A reason for concern. Explicit alarms keep their own type after `alarm.`."""

    ALARM = "alarm"
    """A device asked for help; `Signal.type` says which kind. Written by the gateway only."""
    UNREADABLE_ALARM = "unreadable_alarm"
    """Something arrived on an alarm topic that could not be read. Somebody must ask."""
    FALL = "fall"
    """A worn device's movement looks like a fall, judged from acceleration."""
    WANDERING = "wandering"
    """An outer door opened at an unusual hour and nobody has moved indoors since, or a
    locating device shows its carrier out at an odd hour, walking as if lost, or across a
    line people have drawn."""
    WHEREABOUTS = "whereabouts"
    """Where a locating device was last seen, for those who search. No concern by itself."""
    OUT_OF_TOUCH = "out_of_touch"
    """A locating device has fallen silent, or soon will, while its carrier is out."""
    RETURNED = "returned"
    """Movement indoors, or the locating device at home, after a wandering signal: the
    person is probably back."""
    ROUTINE = "routine"
    """A day or a night differs from this person's own last weeks."""
    INACTIVITY = "inactivity"
    """Nothing moved for longer than is usual for this person at this time of day."""
    ACTIVITY_RESUMED = "activity_resumed"
    """Movement after an inactivity signal."""
    UNJUDGED = "unjudged"
    """A judgement was due and refused, for we saw too little. Says nothing of the person."""
    HUB_SILENT = "hub_silent"
    """A hub's heartbeat is missing: the home is dark to us. Says nothing of the person."""
    HUB_BACK = "hub_back"
    """The hub speaks again after a `hub_silent` signal."""
    EQUIPMENT = "equipment"
    """A device reports trouble with itself; `Signal.type` says which."""
    EXPECTATION = "expectation"
    """Something that was to happen did not; `Signal.type` says what. Raised by the responder."""
    INCIDENT = "incident"
    """Many homes of one area fell silent within minutes. Raised by the responder."""
    DUTY = "duty"
    """The duty's own arrangements have a fault: a plan or rota that reaches nobody, a step
    that is stuck, a clock that jumped. Raised by the responder about itself."""
    LONE_WORKER = "lone_worker"
    """A responder at a home asked for help, or did not say that they are safe. Raised by the
    responder."""
    SERVICE_DOWN = "service_down"
    """A service of the platform itself does not work or lags: every home is affected."""
    SERVICE_BACK = "service_back"
    """It works again after a `service_down` signal."""


class Priority(StrEnum):
    """How soon a person must act, most urgent first."""

    EMERGENCY = "emergency"
    """Life may be at risk now."""
    URGENT = "urgent"
    """A person needs someone soon."""
    SOON = "soon"
    """Within the hour."""
    ROUTINE = "routine"
    """Today."""
    TECHNICAL = "technical"
    """Equipment: for the TEC team, unless it silences a home."""

    @property
    def rank(self) -> int:
        """0 for the most urgent; sorts ascending."""
        return _PRIORITY_RANK[self]


_PRIORITY_RANK = {priority: rank for rank, priority in enumerate(Priority)}


class AlertState(StrEnum):
    """Where an alert stands. Every open one has an owner or a next step with its time."""

    WAITING = "waiting"
    """Nobody has it; `next_due_at` says when it rises or is announced again."""
    CLAIMED = "claimed"
    """Exactly one operator has it."""
    ATTENDING = "attending"
    """Somebody is on the way or with the person."""
    WATCHING = "watching"
    """A timer runs: call back or check again at `next_due_at`."""
    RESOLVED = "resolved"
    """Closed by a person with an outcome, or expired with its reason on record."""


class Outcome(StrEnum):
    """How an alert ended. A false alarm also says why: `FalseAlarmCause`."""

    HELPED_BY_TALKING = "helped_by_talking"
    KEYHOLDER_ATTENDED = "keyholder_attended"
    """Family or a keyholder went."""
    RESPONDER_ATTENDED = "responder_attended"
    AMBULANCE = "ambulance"
    FIRE = "fire"
    POLICE = "police"
    GP_OR_111 = "gp_or_111"
    FOUND_SAFE = "found_safe"
    TEST_CALL = "test_call"
    FALSE_ALARM = "false_alarm"
    EQUIPMENT_FAULT = "equipment_fault"
    CANCELLED_BY_PERSON = "cancelled_by_person"
    NO_ONE_FOUND = "no_one_found"
    """Nobody was found; the alert was escalated further before it was closed."""


class FalseAlarmCause(StrEnum):
    """Why an alarm was false: the detectors learn from it."""

    SENSOR = "sensor"
    USER = "user"
    PET = "pet"
    VISITOR = "visitor"
    CARER = "carer"
    INSTALLATION = "installation"


class Truth(StrEnum):
    """What a signal proved to be, once its alert was closed."""

    REAL = "real"
    """There was reason for concern."""
    FALSE = "false"
    """There was none; the cause of the false alarm says why."""
    TEST = "test"
    """It was a test: it counts neither way."""
    UNKNOWN = "unknown"
    """The outcome does not tell; it is shown and counts neither way."""


class TuningState(StrEnum):
    """Where a change of a home's detector settings stands. None is ever applied in silence."""

    ASKED = "asked"
    """Somebody asked what it would have done; the detectors have not answered yet."""
    PROPOSED = "proposed"
    """Its rehearsal can be read, and it waits for a person's decision."""
    ACCEPTED = "accepted"
    """A person decided for it; the home's settings follow, at the latest in a few seconds."""
    DECLINED = "declined"
    """A person decided against it; nothing changes."""
    REFUSED = "refused"
    """It could not be rehearsed; its fault says why, and it cannot be accepted."""


class CallState(StrEnum):
    """Where we stand with one contact on one alert."""

    NOT_TRIED = "not_tried"
    RINGING = "ringing"
    """A message or call left us; no answer yet."""
    ANSWERED = "answered"
    DECLINED = "declined"
    """The contact said: I cannot."""
    NO_ANSWER = "no_answer"
    """The answer did not come by the step's deadline."""
    ON_THE_WAY = "on_the_way"
    """The contact said: I am going."""
    ARRIVED = "arrived"


class Role(StrEnum):
    """What a signed-in person or a token may do. Deny is the default."""

    OPERATOR = "operator"
    """Works alerts of the organisation, sees residents, reveals keysafes on record."""
    SUPERVISOR = "supervisor"
    """An operator who is also told when alerts wait too long."""
    TEC = "tec"
    """Onboards and maintains devices; sees no resident details."""
    RESPONDER = "responder"
    """Goes to the door; a job's link carries what it needs, the account its own sign-in."""
    FAMILY = "family"
    """A resident's family; asked and answering by links, the account its own sign-in."""
    MANAGER = "manager"
    """Reads figures; opens no resident's record."""
    AUDITOR = "auditor"
    """Reads the record."""
    INTEGRATION = "integration"
    """A program: may do what the scopes of its token say, and nothing else."""


class DeviceKind(StrEnum):
    """What a device is to the home."""

    HUB = "hub"
    """Local unit and controller: beats, and speaks for its sensors."""
    PENDANT = "pendant"
    WEARABLE = "wearable"
    """Worn; sends acceleration windows."""
    SENSOR = "sensor"


class CredentialKind(StrEnum):
    """What a device proves itself by."""

    PASSWORD = "password"  # noqa: S105 - its name
    CERTIFICATE = "certificate"
    """From a key the device made itself and never shows."""


class QuarantineReason(StrEnum):
    """Why a message was set aside with its bytes. It was acknowledged all the same."""

    NOT_JSON = "not_json"
    WRONG_TYPE = "wrong_type"
    """A field has the wrong type, is missing, or a number is not finite."""
    TOO_LARGE = "too_large"
    RETAINED_EVENT = "retained_event"
    """A retained message is a state, never a new alarm."""
    UNKNOWN_KIND = "unknown_kind"
    DECODER_FAILED = "decoder_failed"
    """Our own decoder raised: a fault of ours, kept for the engineer."""


class ClaimOfTime(StrEnum):
    """What the gateway thinks of the time a device stated."""

    TRUSTED = "trusted"
    """Within tolerance of the time of receipt; `occurred_at` is the device's time."""
    LATE = "late"
    """Older than tolerance but plausible: stored by the device and sent later."""
    WRONG = "wrong"
    """In the future or implausibly old; `occurred_at` is the time of receipt."""
    ABSENT = "absent"
    """The device stated no time; `occurred_at` is the time of receipt."""
