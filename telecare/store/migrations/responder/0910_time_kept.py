"""time kept beside the places in lanes, and no more among them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import telecare.store.types

revision = "0910"
down_revision = "0200"
branch_labels = None
depends_on = None

_PLACE = "(SELECT \"offset\" * 1000000 FROM lane_position WHERE lane = '{}')"
_NOTED, _SINCE, _UNTIL = "time", "time:lost-since", "time:lost-until"


def upgrade() -> None:
    op.create_table(
        "time_kept",
        sa.Column("one", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("noted_at", telecare.store.types.UtcTime(), nullable=False),
        sa.Column("lost_since", telecare.store.types.UtcTime(), nullable=True),
        sa.Column("lost_until", telecare.store.types.UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("one"),
    )
    op.execute(
        f"INSERT INTO time_kept SELECT 1, {_PLACE.format(_NOTED)}, {_PLACE.format(_SINCE)}, "
        f"{_PLACE.format(_UNTIL)} FROM lane_position WHERE lane = '{_NOTED}'"
    )
    op.execute(f"DELETE FROM lane_position WHERE lane IN ('{_NOTED}', '{_SINCE}', '{_UNTIL}')")


def downgrade() -> None:
    for place, column in ((_NOTED, "noted_at"), (_SINCE, "lost_since"), (_UNTIL, "lost_until")):
        op.execute(
            f"INSERT INTO lane_position SELECT '{place}', {column} / 1000000 FROM time_kept "
            f"WHERE {column} IS NOT NULL"
        )
    op.drop_table("time_kept")
