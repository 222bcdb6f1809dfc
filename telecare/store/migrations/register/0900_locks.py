"""locks of sessions, and the PINs that open them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import telecare.store.types

revision = "0900"
down_revision = "0200"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pin",
        sa.Column("org", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("set_at", telecare.store.types.UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["org", "person"], ["person.org", "person.person"]),
        sa.PrimaryKeyConstraint("org", "person"),
    )
    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.add_column(sa.Column("locked_at", telecare.store.types.UtcTime(), nullable=True))
        batch_op.add_column(
            sa.Column("wrong_pins", sa.Integer(), server_default="0", nullable=False)
        )


def downgrade() -> None:
    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.drop_column("wrong_pins")
        batch_op.drop_column("locked_at")
    op.drop_table("pin")
