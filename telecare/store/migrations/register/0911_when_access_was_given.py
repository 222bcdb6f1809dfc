"""when access was given."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0911"
down_revision = "0910"
branch_labels = None
depends_on = None

_USED = """
SELECT min(used_at) FROM claim WHERE claim.org = credential.org AND claim.device = credential.device
"""
_ADDED = """
SELECT added_at FROM device WHERE device.org = credential.org AND device.device = credential.device
"""


def upgrade() -> None:
    with op.batch_alter_table("credential", schema=None) as batch_op:
        batch_op.add_column(sa.Column("given_at", sa.BigInteger(), nullable=True))
    op.execute(f"UPDATE credential SET given_at = coalesce(({_USED}), ({_ADDED}))")


def downgrade() -> None:
    with op.batch_alter_table("credential", schema=None) as batch_op:
        batch_op.drop_column("given_at")
