"""when a client came: of two comings the newer counts, whichever was committed first."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import telecare.store.types

revision = "0401"
down_revision = "0400"
branch_labels = None
depends_on = None


def upgrade() -> None:
    at = sa.Column("at", telecare.store.types.UtcTime(), server_default="0", nullable=False)
    with op.batch_alter_table("mqtt_client", schema=None) as batch_op:
        batch_op.add_column(at)


def downgrade() -> None:
    with op.batch_alter_table("mqtt_client", schema=None) as batch_op:
        batch_op.drop_column("at")
