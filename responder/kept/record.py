"""The audit record: one append-only chain of hashes per organisation.

Each entry's hash covers all its fields and the hash of the entry before, so that a
changed, removed, inserted or reordered entry shows. Entries hold references and numbers;
texts and names stand in their own tables under a digest, so that erasing a person's data
leaves the chain whole.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum

import msgspec

Detail = dict[str, str | int | float | bool | None]

GENESIS = "0" * 64
"""What the first entry of an organisation follows."""


class Act(StrEnum):
    """What was done. Each is a sentence about the alert it belongs to."""

    OPENED = "opened"
    """A signal opened the alert."""
    JOINED = "joined"
    """A further signal joined it."""
    TOLD = "told"
    """Good news or a withdrawal came for a home with no open alert: kept, nothing opened."""
    RAISED = "raised"
    """Its priority rose."""
    OVERDUE = "overdue"
    """Nobody claimed it in 60 s."""
    ANNOUNCED = "announced"
    """It was called out on the desk."""
    LADDER_STARTED = "ladder_started"
    """Nobody claimed it in 180 s: the contacts are asked in turn."""
    NOBODY_REACHED = "nobody_reached"
    """Every contact was asked as often as the ladder says, and nobody goes."""
    NO_TARGET = "no_target"
    """A step of the plan had nobody to ask; the next was taken at once."""
    TAKEN_OVER = "taken_over"
    """The staff on site did not accept it: the monitoring centre has it."""
    HELD_BACK = "held_back"
    """A window kept a signal from opening an alert; it is looked at again when it ends."""
    SET_ASIDE = "set_aside"
    """A window covers an alert nobody had taken: it waits until the window ends."""
    WINDOW_OPENED = "window_opened"
    WINDOW_ENDED = "window_ended"
    GATHERED = "gathered"
    """It belongs to an incident of many homes, or it is the incident and has grown."""
    SCATTERED = "scattered"
    """Its incident was closed: it stands by itself again."""
    CHECKED = "checked"
    """A step of the plan was checked off."""
    UNCHECKED = "unchecked"
    PLAN_SAVED = "plan_saved"
    PLAN_ENDED = "plan_ended"
    SHIFT_ADDED = "shift_added"
    SHIFT_ENDED = "shift_ended"
    CONTACT_ADDED = "contact_added"
    CONTACT_CHANGED = "contact_changed"
    """How somebody is reached, or when; `what` names it and does not say it."""
    CONSENT_GIVEN = "consent_given"
    """What a resident lets a contact know was written down anew."""
    MEMBER_CHANGED = "member_changed"
    """As with a contact."""
    MEMBER_LEFT = "member_left"
    ARRANGED = "arranged"
    """A team, an area, a car, a member or a scheme is new."""
    SHARING_AGREED = "sharing_agreed"
    """A resident lets other systems read what is known of them."""
    SHARING_WITHDRAWN = "sharing_withdrawn"
    COVERED = "covered"
    """One turn was given to somebody else, or to nobody."""
    EXPECTED = "expected"
    """Something is expected to happen in a home from now on."""
    EXPECTED_NO_MORE = "expected_no_more"
    CONFIRMED = "confirmed"
    """Somebody said that what was expected has happened."""
    CALLED = "called"
    """An operator rang somebody of the list of calls; the detail says what came of it."""
    PROMPT_RUNG = "prompt_rung"
    """The telephone provider took a call of the platform's to a resident; the detail has its
    reference."""
    PROMPT_UNREACHED = "prompt_unreached"
    """Nobody picked up."""
    PROMPT_ANSWERED = "prompt_answered"
    """A resident pressed a key; the detail says what it means."""
    LEFT_TO_PEOPLE = "left_to_people"
    """The platform rings no more about something: it stands on the list of calls."""
    TELEPHONE_CHANGED = "telephone_changed"
    """A resident's telephone or the language they are spoken to in."""
    ORGANISATION_CHANGED = "organisation_changed"
    """A setting of the organisation; `what` names it and does not say it."""
    HOME_ADDED = "home_added"
    HOME_CHANGED = "home_changed"
    """What is on file about a home; `what` names it and does not say it."""
    RESIDENT_ADDED = "resident_added"
    RESIDENT_CHANGED = "resident_changed"
    """As with a home."""
    PACKAGE_ARRANGED = "package_arranged"
    """A package with a review and an end was arranged for a home, or extended."""
    PACKAGE_DUE = "package_due"
    """Its review or its end came to the list of calls."""
    PACKAGE_OVER = "package_over"
    """Somebody decided that it is over."""
    PLANS_CHECKED = "plans_checked"
    """The nightly check of all arrangements was done."""
    FORGOTTEN = "forgotten"
    """What was kept long enough is gone; the detail counts it by class of data."""
    ERASURE_ASKED = "erasure_asked"
    """Somebody's data are to be erased."""
    ERASED = "erased"
    """They are."""
    LEGAL_HOLD_BEGUN = "legal_hold_begun"
    """Nothing about a home may be erased until this is lifted."""
    LEGAL_HOLD_LIFTED = "legal_hold_lifted"
    EXPORTED = "exported"
    """Everything about one person was handed out."""
    RUNG = "rung"
    """A contact is being asked."""
    DELIVERED = "delivered"
    """The channel took the message to a contact."""
    RECEIVED = "received"
    """The provider says that the message to a contact arrived."""
    UNDELIVERED = "undelivered"
    """The message to a contact will not arrive; the detail says why."""
    NO_ANSWER = "no_answer"
    """A contact did not answer in time."""
    ANSWERED = "answered"
    """A contact answered; the detail says what."""
    CLAIMED = "claimed"
    RELEASED = "released"
    HANDED_OVER = "handed_over"
    REMINDED = "reminded"
    """Its owner has not touched it for a while."""
    FREED = "freed"
    """Its owner did not touch it in spite of reminders: it waits again."""
    NOTED = "noted"
    CALL_NOTED = "call_noted"
    """An operator wrote down by which reference a telephone call is found again."""
    CALL_LISTENED = "call_listened"
    """A supervisor listened to a call that was drawn; the detail has the score sheet."""
    ATTENDING = "attending"
    """Somebody outside the contacts is on the way."""
    WATCHED = "watched"
    """A timer was set."""
    WATCH_ENDED = "watch_ended"
    """The timer ran out: it waits again."""
    LEFT_ALONE = "left_alone"
    """Whoever was on the way cannot come after all: it waits again."""
    DISPATCHED = "dispatched"
    """It was decided to send a responder: the clocks of 45 and 60 minutes run from here."""
    OFFERED = "offered"
    """A responder is asked to take the job."""
    UNMANNED = "unmanned"
    """No crew on duty could go."""
    DISPATCH_LATE = "dispatch_late"
    """One of the clocks is about to be broken, or is; the detail says after how many minutes."""
    SET_OFF = "set_off"
    ARRIVAL_PROVED = "arrival_proved"
    """A press on the resident's unit or the home's code shows that they are really there."""
    NOT_THERE = "not_there"
    """A press was taken for an arrival, and the responder is still on the way. Not written any
    more, for a press is no arrival by itself; older records have it."""
    WRONG_CODE = "wrong_code"
    """The code typed was not the home's."""
    LOCKED_OUT = "locked_out"
    """The responder cannot get in: the desk was called with an alert of their own."""
    ENTERED = "entered"
    """The responder is with the resident."""
    LEFT = "left"
    """The responder has left; the detail says how it ended."""
    CALLED_OFF = "called_off"
    """Nobody needs to go any more."""
    SAFETY_ASKED = "safety_asked"
    """The responder is asked whether they are safe."""
    SAFE = "safe"
    """The responder says that they are safe."""
    SAFETY_SILENT = "safety_silent"
    """They did not answer: the desk was called with an alert of its own."""
    HELP_WANTED = "help_wanted"
    """They asked for help: the desk was called with an alert of its own."""
    RESOLVED = "resolved"
    LOOKED = "looked"
    """Somebody opened the alert and saw the resident's card."""
    KEYSAFE_REVEALED = "keysafe_revealed"
    SIGNED_IN = "signed_in"
    SECOND_FACTOR_SET = "second_factor_set"
    """Somebody's authenticator is asked for from now on when they sign in."""
    SIGNED_OUT = "signed_out"
    LOCKED = "locked"
    """Somebody's session shows nothing until they unlock it."""
    UNLOCKED = "unlocked"
    PIN_SET = "pin_set"
    """Somebody chose what unlocks their desk beside the password."""
    GUESSED_AT = "guessed_at"
    """Wrong passwords for one account came from many places: strangers wait longer now."""
    PERSON_ADDED = "person_added"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - an act, no secret
    """Somebody's old password opens nothing any more, and their other sessions have ended."""
    PERSON_LEFT = "person_left"
    """Nothing opens their account any more."""
    ACCOUNT_TIED = "account_tied"
    """An account is a member of a team, or a contact of a home, from now on."""
    ACCOUNT_PARTED = "account_parted"
    IDENTITY_LINKED = "identity_linked"
    """Somebody may sign in by an identity provider."""
    IDENTITY_UNLINKED = "identity_unlinked"
    SECOND_FACTOR_FORGOTTEN = "second_factor_forgotten"
    TOKEN_ISSUED = "token_issued"  # noqa: S105 - an act, no secret
    TOKEN_REVOKED = "token_revoked"  # noqa: S105 - as above
    TUNING_ASKED = "tuning_asked"
    """Somebody asked what another detector setting would have done in a home."""
    TUNING_PROPOSED = "tuning_proposed"
    """The detectors propose another setting for a home; nothing has changed."""
    TUNING_ACCEPTED = "tuning_accepted"
    """A person decided for it."""
    TUNING_DECLINED = "tuning_declined"
    TUNING_APPLIED = "tuning_applied"
    """The home's settings now carry it."""
    DEVICE_ADDED = "device_added"
    """A device was registered at the machine, with its credential."""
    DEVICE_EXPECTED = "device_expected"
    """A device was registered that comes by its claim."""
    DEVICE_CHANGED = "device_changed"
    """What is on file about a device; `what` names it and does not say it."""
    SENSOR_EXPECTED = "sensor_expected"
    """What a sensor behind a hub promises was written down."""
    BRIDGE_ALLOWED = "bridge_allowed"
    """A device may speak for others, in the dialects that were named."""
    DEVICE_ADOPTED = "device_adopted"
    """A device of the inbox was made this home's."""
    DEVICE_REPLACED = "device_replaced"
    """Another device takes its place, and its history with it."""
    DEVICE_REVOKED = "device_revoked"
    DEVICE_ROTATED = "device_rotated"
    """It was given a successor of its credential; both hold until the new one is seen."""
    CREDENTIAL_PROVED = "credential_proved"
    """It came in with the successor: the credential before has ended."""
    CLAIM_MADE = "claim_made"
    CLAIM_REVOKED = "claim_revoked"
    CLAIM_USED = "claim_used"
    """A device showed its code and its serial number, and was given its credential."""
    CLAIM_REFUSED = "claim_refused"
    """A code was shown that may not be used; the detail says why."""
    RECEIPT_CONFIRMED = "receipt_confirmed"
    """Somebody beside the device says that it has the receipt of its test press."""
    DEVICE_ENROLLED = "device_enrolled"
    """Its test press went all the way round."""
    CARELINE_SET = "careline_set"
    """A careline unit was given its number and a new secret; the old one has ended."""
    CLASS_SET = "class_set"
    """What holds for every device of a model that says nothing itself was written down."""
    CONFIG_SET = "config_set"
    COMMANDED = "commanded"
    COMMAND_ENDED = "command_ended"
    """A device answered, or its time to answer is over."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One act, in its place in the chain."""

    org: str
    sequence: int
    at: datetime
    act: str
    actor: str
    alert: str | None
    detail: Detail
    previous: str
    hash: str


def digest(text: str) -> str:
    """What stands in the chain for a text kept elsewhere: hex BLAKE2b, 16 bytes."""
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def chain(
    previous: tuple[int, str] | None,
    *,
    org: str,
    at: datetime,
    act: Act,
    actor: str,
    alert: str | None,
    detail: Detail,
) -> Entry:
    """The entry that follows the one with this (sequence, hash), or an organisation's first."""
    sequence, before = previous or (0, GENESIS)
    sequence += 1
    fields = (org, sequence, at, act.value, actor, alert, detail, before)
    return Entry(
        org=org, sequence=sequence, at=at, act=act.value, actor=actor, alert=alert,
        detail=detail, previous=before, hash=_hash(fields),
    )  # fmt: skip


def first_broken(entries: Iterable[Entry], before: tuple[int, str] = (0, GENESIS)) -> int | None:
    """The first sequence that does not follow from the one before; None when all do.

    `before` is the (sequence, hash) the first of `entries` must follow.
    """
    sequence, head = before
    for entry in entries:
        sequence += 1
        fields = (
            entry.org, entry.sequence, entry.at, entry.act, entry.actor, entry.alert,
            entry.detail, entry.previous,
        )  # fmt: skip
        if (entry.sequence, entry.previous, entry.hash) != (sequence, head, _hash(fields)):
            return sequence
        head = entry.hash
    return None


_Fields = tuple[str, int, datetime, str, str, str | None, Detail, str]


def _hash(fields: _Fields) -> str:
    org, sequence, at, *rest = fields
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    canonical = msgspec.json.encode([org, sequence, moment, *rest], order="deterministic")
    return hashlib.sha256(canonical).hexdigest()
