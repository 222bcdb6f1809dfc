"""unknown_device."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import telecare.store.types

revision = "0020"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "unknown_device",
        sa.Column("org", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("home", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("maker", sa.Text(), nullable=False),
        sa.Column("first_at", telecare.store.types.UtcTime(), nullable=False),
        sa.Column("last_at", telecare.store.types.UtcTime(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("org", "device", "id"),
    )
    with op.batch_alter_table("unknown_device", schema=None) as batch_op:
        batch_op.create_index("unknown_device_newest", ["org", "last_at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("unknown_device", schema=None) as batch_op:
        batch_op.drop_index("unknown_device_newest")

    op.drop_table("unknown_device")
