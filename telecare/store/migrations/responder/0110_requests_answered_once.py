"""requests answered once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import telecare.store.types

revision = "0110"
down_revision = "0101"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "answered_request",
        sa.Column("org", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("begun_at", telecare.store.types.UtcTime(), nullable=False),
        sa.Column("acted", sa.Boolean(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("media_type", sa.Text(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("org", "actor", "key"),
    )
    op.create_index("answered_request_begun", "answered_request", ["org", "begun_at"], unique=False)


def downgrade() -> None:
    op.drop_index("answered_request_begun", table_name="answered_request")
    op.drop_table("answered_request")
