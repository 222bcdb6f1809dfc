"""sheaves: on SQLite a commit of many readings is one row, until there is time for rows."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import telecare.store.types

revision = "0400"
down_revision = "0200"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "lane_sheaf",
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("last", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("oldest", telecare.store.types.UtcTime(), nullable=False),
        sa.Column("newest", telecare.store.types.UtcTime(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("lane", "last"),
    )
    if op.get_bind().dialect.name == "sqlite":
        # From here on a lane is known by its mark: its first writer makes one.
        op.execute("INSERT OR IGNORE INTO lane_mark SELECT DISTINCT lane, 0 FROM lane_record")


def downgrade() -> None:
    if op.get_bind().execute(sa.text("SELECT 1 FROM lane_sheaf LIMIT 1")).first() is not None:
        raise RuntimeError("There are sheaves still: let the gateway run in peace for a minute.")
    op.drop_table("lane_sheaf")
