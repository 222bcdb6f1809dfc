"""broker_session."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import telecare.store.types

revision = "0150"
down_revision = "0140"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "broker_session",
        sa.Column("org", sa.Text(), nullable=False),
        sa.Column("broker", sa.Text(), nullable=False),
        sa.Column("since", telecare.store.types.UtcTime(), nullable=False),
        sa.Column("lost_at", telecare.store.types.UtcTime(), nullable=True),
        sa.Column("dropped", telecare.store.types.Json(), nullable=False),
        sa.PrimaryKeyConstraint("org", "broker"),
    )


def downgrade() -> None:
    op.drop_table("broker_session")
