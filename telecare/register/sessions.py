"""Sessions of people: how long each lasts, and the lock in front of one.

A session ends when nobody used it for twelve hours, and so many hours after it began whatever
happens (`TELECARE_SESSION_HOURS`, by role). At that end it locks for two hours rather than
vanish: a desk goes on sounding its alarms, and shows nobody's data until its owner signs in.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import ColumnElement, delete, insert, select, update

from telecare.errors import InvalidInput, SettingsError
from telecare.register import tables
from telecare.register.ground import Ground
from telecare.register.people import Person, person_of
from telecare.register.secrets import new_secret
from telecare.vocabulary import Role

IDLE = timedelta(hours=12)
"""A shift: nobody who looks now and then is signed out by the clock alone."""
LOCKED_AFTER_END = timedelta(hours=2)
"""So long a session that reached its end still sounds, locked, for its owner to sign in again."""
WRONG_PINS = 5
"""After so many in one session only the password unlocks it."""
_SEEN_EVERY = timedelta(minutes=1)
_SHORTEST, _LONGEST = timedelta(minutes=30), timedelta(days=31)
_PIN_LENGTHS = range(6, 13)
_RUNS = f"{'0123456789' * 3} {'9876543210' * 3}"


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody's session, and how surely it is theirs."""

    person: Person
    proved: bool
    """Signed in with a second factor, or by an identity provider that vouches for it."""
    ends_at: datetime
    """Then it locks, and only signing in again goes on."""
    over: bool = False
    """It is past its end."""
    locked: bool = False
    """Shows nothing until it is unlocked: by its owner's hand, or because it is over."""


class Sessions:
    """All sessions of all people. Thread-safe."""

    def __init__(self, ground: Ground, hours: Mapping[Role, timedelta]) -> None:
        self._ground = ground
        self._hours = hours

    def begin(self, person: Person, *, proved: bool) -> str:
        """The secret of a fresh session."""
        secret, now = new_secret(), self._ground.clock.now()
        with self._ground.database.begin() as connection:
            connection.execute(
                insert(tables.session).values(
                    digest=self._ground.key.digest(secret), org=person.org, person=person.person,
                    signed_in_at=now, seen_at=now, proved=proved,
                )
            )  # fmt: skip
        return secret

    def held(self, secret: str) -> Session | None:
        """Whose session this is, if it lives; looking keeps it from idling."""
        now, speed, kept = self._ground.clock.now(), self._ground.clock.speed, tables.session
        query = (
            select(tables.person, kept.c.signed_in_at, kept.c.seen_at, kept.c.locked_at,
                   kept.c.proved)
            .join_from(
                kept, tables.person,
                (kept.c.org == tables.person.c.org) & (kept.c.person == tables.person.c.person),
            )
            .where(self._mine(secret), tables.person.c.left_at.is_(None))
        )  # fmt: skip
        with self._ground.read() as connection:
            row = connection.execute(query).mappings().first()
        if row is None or now - row["seen_at"] > IDLE * speed:
            return None
        person = person_of(row)
        ends_at = row["signed_in_at"] + self._hours[person.role] * speed
        if now > ends_at + LOCKED_AFTER_END * speed:
            return None
        if now - row["seen_at"] > _SEEN_EVERY * speed:
            self._set(secret, seen_at=now)
        over = now >= ends_at
        return Session(
            person=person, proved=row["proved"], ends_at=ends_at, over=over,
            locked=over or row["locked_at"] is not None,
        )  # fmt: skip

    def prove(self, secret: str) -> None:
        """The holder has shown a second factor since."""
        self._set(secret, proved=True)

    def lock(self, secret: str) -> None:
        """Show nothing until it is unlocked; again changes nothing."""
        self._set(secret, locked_at=self._ground.clock.now())

    def unlock(self, secret: str) -> None:
        """Its owner is back. A session that is over stays locked all the same."""
        self._set(secret, locked_at=None, wrong_pins=0)

    def end(self, secret: str) -> None:
        """It opens nothing from now on; a secret that is none changes nothing."""
        with self._ground.database.begin() as connection:
            connection.execute(delete(tables.session).where(self._mine(secret)))

    def set_pin(self, person: Person, pin: str) -> None:
        """What unlocks their sessions from now on, beside the password; it signs nobody in. On
        record by the register's deeds.

        Raises `InvalidInput` for one that is guessed at once.
        """
        if not (pin.isascii() and pin.isdigit() and len(pin) in _PIN_LENGTHS):
            raise InvalidInput("A PIN is 6 to 12 digits.")
        if len(set(pin)) < 3 or pin in _RUNS or pin[: len(pin) // 2] * 2 == pin:
            raise InvalidInput("This PIN is guessed at once; choose digits without a pattern.")
        mine = (tables.pin.c.org == person.org) & (tables.pin.c.person == person.person)
        with self._ground.change("") as connection:
            connection.execute(delete(tables.pin).where(mine))
            connection.execute(
                insert(tables.pin).values(
                    org=person.org, person=person.person, set_at=self._ground.clock.now(),
                    digest=self._ground.key.digest(_peppered(person, pin)),
                )
            )  # fmt: skip
            self._ground.deed(
                connection, person.org, person.person, "pin_set", person=person.person
            )

    def takes_pin(self, secret: str, person: Person, pin: str) -> bool:
        """Whether this is the PIN of the session's owner; a wrong one counts against the
        session, and after five none is right any more.
        """
        mine = (tables.pin.c.org == person.org) & (tables.pin.c.person == person.person)
        with self._ground.database.begin() as connection:
            # Counted before it is looked at: two tries at once are two.
            tried = connection.execute(
                update(tables.session)
                .where(self._mine(secret), tables.session.c.wrong_pins < WRONG_PINS)
                .values(wrong_pins=tables.session.c.wrong_pins + 1)
            )
            digest = connection.execute(select(tables.pin.c.digest).where(mine)).scalar()
        if digest is None or not tried.rowcount:
            return False
        return self._ground.key.matches(_peppered(person, pin), digest)

    def _set(self, secret: str, **values: datetime | bool | int | None) -> None:
        with self._ground.database.begin() as connection:
            connection.execute(update(tables.session).where(self._mine(secret)).values(values))

    def _mine(self, secret: str) -> ColumnElement[bool]:
        return tables.session.c.digest == self._ground.key.digest(secret)


def hours_named(named: str) -> dict[Role, timedelta]:
    """How long sessions last by role, from words as "12 family=168": hours for everybody, then
    for who differs. Raises `SettingsError`.
    """
    everybody, *others = named.replace(",", " ").split() or [""]
    try:
        lasts = dict.fromkeys(Role, timedelta(hours=float(everybody)))
        for each in others:
            role, _, hours = each.partition("=")
            lasts[Role(role)] = timedelta(hours=float(hours))
    except (ValueError, OverflowError):
        lasts = {}
    if not lasts or not all(_SHORTEST <= each <= _LONGEST for each in lasts.values()):
        raise SettingsError(
            "TELECARE_SESSION_HOURS is written as hours for everybody and then by role, such as "
            f"`12 family=168`, each from 0.5 to 744; roles are: {', '.join(Role)}."
        )
    return lasts


def _peppered(person: Person, pin: str) -> str:
    return f"pin {person.org} {person.person} {pin}"
