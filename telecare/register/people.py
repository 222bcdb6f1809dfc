"""The people who work here: who they are, their passwords and API tokens."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from functools import cache

import msgspec
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import RowMapping, delete, insert, select, update

from telecare.errors import InvalidInput, NotFound
from telecare.register import reach, tables
from telecare.register.ground import COMMAND_LINE, Ground
from telecare.register.names import plain_id
from telecare.register.passwords import Passwords
from telecare.register.secrets import new_id, new_secret
from telecare.tenancy import Actor
from telecare.vocabulary import Role

_HASH = PasswordHash((Argon2Hasher(),))


@cache
def _nobodys_password() -> str:
    """Checked when there is no such account, so that it takes as long. Made at the first sign-in:
    whoever opens a register for anything else need not wait for it.
    """
    return _HASH.hash(new_secret())


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who works here."""

    org: str
    person: str
    username: str
    name: str
    role: Role
    email: str | None = None

    def actor(self) -> Actor:
        """This person acting in their organisation."""
        return Actor(org=self.org, id=self.person, role=self.role, name=self.name)


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """An API token as it may be shown: without its secret, which nobody has but its holder."""

    org: str
    token: str
    name: str
    role: Role
    scopes: list[str]
    issued_at: datetime
    revoked_at: datetime | None = None


class People:
    """Accounts and tokens."""

    def __init__(self, ground: Ground, passwords: Passwords | None = None) -> None:
        self._ground = ground
        self._passwords = passwords or Passwords()

    def add(self, person: Person, password: str, by: str = COMMAND_LINE) -> Person:
        """Raises `AlreadyExists`, or `InvalidInput` for a poor password, an id that is not plain or
        an address no mail server takes.
        """
        plain_id(person.person, "A person's id")
        reach.mail(person.email)
        self._require_good(password, person)
        values = msgspec.structs.asdict(person) | {
            "role": person.role.value,
            "password": _HASH.hash(password),
        }
        with self._ground.change(f"There already is an account {person.username}.") as connection:
            connection.execute(insert(tables.person).values(values))
            self._ground.deed(
                connection, person.org, by, "person_added", person=person.person,
                role=person.role.value,
            )  # fmt: skip
        return person

    def change_password(
        self, person: Person, password: str, *, keep: str = "", by: str = COMMAND_LINE
    ) -> None:
        """Their old password opens nothing any more, and every session of theirs but `keep` ends.

        Raises `InvalidInput` for a poor one.
        """
        self._require_good(password, person)
        theirs, sessions = tables.person.c, tables.session.c
        with self._ground.change("") as connection:
            connection.execute(
                update(tables.person)
                .where(theirs.org == person.org, theirs.person == person.person)
                .values(password=_HASH.hash(password))
            )
            connection.execute(
                delete(tables.session).where(
                    sessions.org == person.org, sessions.person == person.person,
                    sessions.digest != self._ground.key.digest(keep),
                )
            )  # fmt: skip
            self._ground.deed(connection, person.org, by, "password_changed", person=person.person)

    def _require_good(self, password: str, person: Person) -> None:
        about = (person.username, person.name, person.email or "", person.org)
        self._passwords.require_good(password, *about)

    def leave(self, org: str, person: str, by: str = COMMAND_LINE) -> None:
        """They work here no more: their sessions end, and nothing opens their account; its name
        stays taken. Raises `NotFound`.
        """
        self.person(org, person)
        mine = (tables.person.c.org == org) & (tables.person.c.person == person)
        with self._ground.change("") as connection:
            connection.execute(
                update(tables.person).where(mine).values(left_at=self._ground.clock.now())
            )
            for table in (tables.session, tables.pin, tables.identity, tables.known_browser,
                          tables.member_account, tables.contact_account):  # fmt: skip
                theirs = (table.c.org == org) & (table.c.person == person)
                connection.execute(delete(table).where(theirs))
            self._ground.deed(connection, org, by, "person_left", person=person)

    def people(self, org: str) -> list[Person]:
        """Everybody who works in `org` now."""
        query = select(tables.person).where(
            tables.person.c.org == org, tables.person.c.left_at.is_(None)
        )
        with self._ground.read() as connection:
            return [person_of(row) for row in connection.execute(query).mappings()]

    def person(self, org: str, person: str) -> Person:
        """Raises `NotFound`, also for somebody of another organisation or who has left."""
        for each in self.people(org):
            if each.person == person:
                return each
        raise NotFound(f"There is nobody {person} in {org}.")

    def by_password(self, username: str, password: str) -> Person | None:
        """Whose account this is, if the password is right; takes as long either way."""
        query = select(tables.person).where(
            tables.person.c.username == username, tables.person.c.left_at.is_(None)
        )
        with self._ground.read() as connection:
            row = connection.execute(query).mappings().first()
        nobodys = _nobodys_password()
        right = _HASH.verify(password, row["password"] if row else nobodys)
        return person_of(row) if row is not None and right else None

    def by_username(self, username: str) -> Person | None:
        """Whose account this is; None for nobody's, or somebody's who has left."""
        query = select(tables.person).where(
            tables.person.c.username == username, tables.person.c.left_at.is_(None)
        )
        with self._ground.read() as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else person_of(row)

    def issue_token(
        self,
        org: str,
        role: Role,
        *,
        name: str = "API",
        scopes: Collection[str] = (),
        by: str = COMMAND_LINE,
    ) -> tuple[str, str]:
        """A token's id and its secret, shown once. An integration has scopes, and only it.

        Raises `InvalidInput`.
        """
        if (role is Role.INTEGRATION) != bool(scopes):
            raise InvalidInput(
                "An integration needs at least one scope; name what it may do."
                if role is Role.INTEGRATION
                else "Only an integration has scopes; another role says by itself what it may do."
            )
        token, secret = new_id("token"), new_secret()
        with self._ground.change("") as connection:
            connection.execute(
                insert(tables.token).values(
                    digest=self._ground.key.digest(secret),
                    org=org,
                    token=token,
                    role=role.value,
                    issued_at=self._ground.clock.now(),
                    name=name,
                    scopes=sorted(set(scopes)),
                )
            )
            self._ground.deed(
                connection, org, by, "token_issued", token=token, role=role.value,
                scopes=" ".join(sorted(set(scopes))) or None,
            )  # fmt: skip
        return token, secret

    def tokens(self, org: str) -> list[Token]:
        """All that were ever issued in `org`, the oldest first."""
        query = select(tables.token).where(tables.token.c.org == org)
        with self._ground.read() as connection:
            rows = connection.execute(query.order_by(tables.token.c.issued_at)).mappings().all()
        return [
            msgspec.convert({key: row[key] for key in Token.__struct_fields__}, Token)
            for row in rows
        ]

    def revoke_token(self, org: str, token: str, by: str = COMMAND_LINE) -> None:
        """From now on it opens nothing; again changes nothing. Raises `NotFound`."""
        mine = (tables.token.c.org == org) & (tables.token.c.token == token)
        known = select(tables.token.c.token).where(mine)
        with self._ground.change("") as connection:
            if connection.execute(known).first() is None:
                raise NotFound(f"There is no token {token} in {org}.")
            ended = connection.execute(
                update(tables.token)
                .where(mine, tables.token.c.revoked_at.is_(None))
                .values(revoked_at=self._ground.clock.now())
            )
            if ended.rowcount:
                self._ground.deed(connection, org, by, "token_revoked", token=token)

    def token_actor(self, secret: str) -> Actor | None:
        """Who acts with this API token, if it holds."""
        query = select(tables.token).where(
            tables.token.c.digest == self._ground.key.digest(secret),
            tables.token.c.revoked_at.is_(None),
        )
        with self._ground.read() as connection:
            row = connection.execute(query).first()
        if row is None:
            return None
        return Actor(
            org=row.org, id=row.token, role=Role(row.role), name=row.name or "API",
            scopes=tuple(row.scopes),
        )  # fmt: skip


def person_of(row: RowMapping) -> Person:
    """The person a row of theirs tells of."""
    shown = ("org", "person", "username", "name", "role", "email")
    return msgspec.convert({key: row[key] for key in shown}, Person)
