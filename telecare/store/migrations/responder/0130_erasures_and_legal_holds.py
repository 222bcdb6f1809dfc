"""erasures and legal holds."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import telecare.store.types

revision = "0130"
down_revision = "0120"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name, index, columns in (
        ("erasure", "erasure_due", ["next_due_at"]),
        ("legal_hold", "legal_hold_home", ["org", "home"]),
    ):
        op.create_table(
            name,
            sa.Column("org", sa.Text(), nullable=False),
            sa.Column("id", sa.Text(), nullable=False),
            sa.Column("home", sa.Text(), nullable=False),
            sa.Column("next_due_at", telecare.store.types.UtcTime(), nullable=True),
            sa.Column("body", sa.LargeBinary(), nullable=False),
            sa.PrimaryKeyConstraint("org", "id"),
        )
        op.create_index(index, name, columns, unique=False)


def downgrade() -> None:
    op.drop_index("legal_hold_home", table_name="legal_hold")
    op.drop_table("legal_hold")
    op.drop_index("erasure_due", table_name="erasure")
    op.drop_table("erasure")
