"""who used a claim."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0912"
down_revision = "0911"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("claim", schema=None) as batch_op:
        batch_op.add_column(sa.Column("proof", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("claim", schema=None) as batch_op:
        batch_op.drop_column("proof")
