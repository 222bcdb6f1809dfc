"""filed lanes: on SQLite the rows of a lane are filed, not indexed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import telecare.store.types

revision = "0200"
down_revision = "0170"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "lane_once",
        sa.Column("org", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("org", "device", "id", "record"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "lane_home",
        sa.Column("org", sa.Text(), nullable=False),
        sa.Column("home", sa.Text(), nullable=False),
        sa.Column("received_at", telecare.store.types.UtcTime(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("offset", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("org", "home", "received_at", "lane", "offset"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "lane_mark",
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("lane"),
    )
    if op.get_bind().dialect.name != "sqlite":
        return
    # What is there is filed now, by way of the indexes that stand in the files' own order.
    op.execute(
        'INSERT INTO lane_once SELECT org, device, id, record, lane, "offset" FROM lane_record '
        "WHERE record <> 'erased' ORDER BY org, device, id, record"
    )
    op.execute(
        'INSERT INTO lane_home SELECT org, home, received_at, lane, "offset" FROM lane_record '
        "WHERE record <> 'erased' ORDER BY org, home, received_at"
    )
    op.execute('INSERT INTO lane_mark SELECT lane, max("offset") FROM lane_record GROUP BY lane')
    op.drop_index("lane_record_home", "lane_record")
    op.drop_index("lane_record_once", "lane_record")


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.create_index("lane_record_home", "lane_record", ["org", "home", "received_at"])
        op.create_index(
            "lane_record_once", "lane_record", ["org", "device", "id", "record"], unique=True
        )
    for table in ("lane_mark", "lane_home", "lane_once"):
        op.drop_table(table)
