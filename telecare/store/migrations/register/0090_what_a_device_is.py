"""what a device is: its room, serial number and SIM."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0090"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("device", schema=None) as batch_op:
        batch_op.add_column(sa.Column("room", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("serial", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("sim", sa.Text(), nullable=True))
        batch_op.create_index("device_serial", ["org", "serial"], unique=True)
        batch_op.create_index("device_sim", ["org", "sim"], unique=True)


def downgrade() -> None:
    with op.batch_alter_table("device", schema=None) as batch_op:
        batch_op.drop_index("device_sim")
        batch_op.drop_index("device_serial")
        batch_op.drop_column("sim")
        batch_op.drop_column("serial")
        batch_op.drop_column("room")
