"""Whose account is whose on file: a responder's is one member of a team, a family's are contacts
of homes. Tied by hand, never by a likeness of names or addresses.
"""

from __future__ import annotations

from sqlalchemy import Connection, Table, delete, insert, select

from telecare.errors import InvalidInput, NotFound
from telecare.register import tables
from telecare.register.ground import COMMAND_LINE, Ground
from telecare.vocabulary import Role


class Accounts:
    """Ties of all organisations; every question names the organisation."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def tie_member(self, org: str, person: str, member: str, by: str = COMMAND_LINE) -> None:
        """From now on a responder's account is this member of a team, and no other.

        Raises `NotFound`, `InvalidInput` for an account of another role, and `AlreadyExists`
        when the member has an account.
        """
        with self._ground.change(f"{member} has an account already; part it first.") as connection:
            _require(connection, org, person, Role.RESPONDER)
            _known(connection, tables.member, org, member)
            mine = tables.member_account
            connection.execute(delete(mine).where(mine.c.org == org, mine.c.person == person))
            connection.execute(insert(mine).values(org=org, person=person, member=member))
            self._ground.deed(connection, org, by, "account_tied", person=person, member=member)

    def tie_contact(self, org: str, person: str, contact: str, by: str = COMMAND_LINE) -> None:
        """From now on a family's account is this contact too, beside those it is already.

        Raises as `tie_member`.
        """
        with self._ground.change(f"{contact} has an account already; part it first.") as connection:
            _require(connection, org, person, Role.FAMILY)
            _known(connection, tables.contact, org, contact)
            connection.execute(
                insert(tables.contact_account).values(org=org, contact=contact, person=person)
            )
            self._ground.deed(connection, org, by, "account_tied", person=person, contact=contact)

    def part(self, org: str, person: str, by: str = COMMAND_LINE) -> None:
        """This account is nobody on file any more; again changes nothing."""
        gone = 0
        with self._ground.change("") as connection:
            for table in (tables.member_account, tables.contact_account):
                mine = (table.c.org == org) & (table.c.person == person)
                gone += connection.execute(delete(table).where(mine)).rowcount
            if gone:
                self._ground.deed(connection, org, by, "account_parted", person=person)

    def member(self, org: str, person: str) -> str | None:
        """The member of a team this account is; None when it is none, or they have left."""
        query = (
            select(tables.member_account.c.member)
            .join_from(
                tables.member_account,
                tables.member,
                (tables.member_account.c.org == tables.member.c.org)
                & (tables.member_account.c.member == tables.member.c.member),
            )
            .where(
                tables.member_account.c.org == org,
                tables.member_account.c.person == person,
                tables.member.c.left_at.is_(None),
            )
        )
        with self._ground.read() as connection:
            found: str | None = connection.execute(query).scalar()
        return found

    def contacts(self, org: str, person: str) -> dict[str, str]:
        """The contacts this account is, by home."""
        query = (
            select(tables.contact.c.home, tables.contact.c.contact)
            .join_from(
                tables.contact_account,
                tables.contact,
                (tables.contact_account.c.org == tables.contact.c.org)
                & (tables.contact_account.c.contact == tables.contact.c.contact),
            )
            .where(tables.contact_account.c.org == org, tables.contact_account.c.person == person)
            .order_by(tables.contact.c.home)
        )
        with self._ground.read() as connection:
            return {row.home: row.contact for row in connection.execute(query)}


def _require(connection: Connection, org: str, person: str, role: Role) -> None:
    account = tables.person
    query = select(account.c.role).where(
        account.c.org == org, account.c.person == person, account.c.left_at.is_(None)
    )
    found = connection.execute(query).scalar()
    if found is None:
        raise NotFound(f"There is nobody {person} in {org}.")
    if found != role.value:
        raise InvalidInput(f"{person} is {found}; only an account with the role {role} is tied so.")


def _known(connection: Connection, table: Table, org: str, ident: str) -> None:
    query = select(table.c.org).where(table.c.org == org, table.c[table.name] == ident)
    if connection.execute(query).first() is None:
        raise NotFound(f"There is no {table.name} {ident} in {org}.")
