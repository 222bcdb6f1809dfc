"""clients."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import telecare.store.types

revision = "0170"
down_revision = "0150"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "mqtt_client",
        sa.Column("org", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("org", "device", "client"),
    )
    op.create_table(
        "mqtt_ousted",
        sa.Column("org", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("at", telecare.store.types.UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("org", "holder"),
    )


def downgrade() -> None:
    op.drop_table("mqtt_ousted")
    op.drop_table("mqtt_client")
