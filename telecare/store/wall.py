"""The second wall between organisations: on PostgreSQL the database itself keeps them apart.

The first wall is that every query names its organisation. While somebody acts for one, each
transaction also says which (`telecare.org`), and a policy on every table with an `org` shows and
takes rows of that one alone: a query that forgot to ask is answered with nothing of a neighbour.
What the platform does by itself for all of them says nothing, and is held by the first wall only.

Policies hold for roles that neither own the tables nor are superusers; see
docs/decisions/0013-the-second-wall.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from sqlalchemy import Connection, MetaData, text

acting_for: ContextVar[str] = ContextVar("acting_for", default="")
"""The organisation for which somebody acts in this task or thread; empty: the platform itself."""

POLICY = "one_organisation"
_SAID = "(SELECT coalesce(current_setting('telecare.org', true), ''))"
"""Asked once for a statement and not for each row."""


@contextmanager
def walled(org: str) -> Iterator[None]:
    """Within it, the transactions of this task see `org` alone."""
    before = acting_for.set(org)
    try:
        yield
    finally:
        acting_for.reset(before)


def say(connection: Connection) -> None:
    """Tell the transaction under way for whom it is; it forgets at its end."""
    if org := acting_for.get():
        connection.execute(_SAY, {"org": org})


@contextmanager
def opened(connection: Connection) -> Iterator[None]:
    """Within it, this one transaction sees all: for what is numbered over all organisations."""
    walled_in = connection.dialect.name != "sqlite" and acting_for.get() != ""
    if walled_in:
        connection.execute(_SAY, {"org": ""})
    yield
    if walled_in:
        say(connection)


_SAY = text("SELECT set_config('telecare.org', :org, true)")


def build(connection: Connection, metadata: MetaData, owner: str) -> None:
    """See that every table with an organisation has its policy. Doing it again changes nothing."""
    for table in missing(connection, metadata, owner):
        connection.exec_driver_sql(f'ALTER TABLE "{owner}"."{table}" ENABLE ROW LEVEL SECURITY')
        connection.exec_driver_sql(f'DROP POLICY IF EXISTS {POLICY} ON "{owner}"."{table}"')
        connection.exec_driver_sql(
            f'CREATE POLICY {POLICY} ON "{owner}"."{table}" USING ({_SAID} IN (\'\', org))'
        )


def missing(connection: Connection, metadata: MetaData, owner: str) -> list[str]:
    """Tables with an organisation and without the policy, or where it is switched off."""
    standing = connection.execute(_STANDING, {"owner": owner, "policy": POLICY}).scalars()
    wanted = {table.name for table in metadata.tables.values() if "org" in table.c}
    return sorted(wanted - set(standing))


_STANDING = text("""
SELECT relname FROM pg_class
JOIN pg_policy ON polrelid = pg_class.oid AND polname = :policy
WHERE relnamespace = to_regnamespace(:owner) AND relrowsecurity
""")


def goes_past(connection: Connection, owner: str) -> bool:
    """Whether no policy holds the role that asks: it owns tables, or stands above all."""
    return bool(connection.execute(_PAST, {"owner": owner}).scalar())


_PAST = text("""
SELECT rolsuper OR rolbypassrls OR EXISTS (
  SELECT FROM pg_class
  WHERE relnamespace = to_regnamespace(:owner) AND relkind = 'r' AND pg_has_role(relowner, 'USAGE')
) FROM pg_roles WHERE rolname = current_user
""")
