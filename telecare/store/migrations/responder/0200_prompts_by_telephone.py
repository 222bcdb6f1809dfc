"""prompts by telephone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import telecare.store.types

revision = "0200"
down_revision = "0130"
branch_labels = None
depends_on = None

_READY = sa.text("state = 'ready'")


def upgrade() -> None:
    _outbox(alert_is_needed=False)
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.add_column(sa.Column("home", sa.Text(), nullable=True))
    with op.batch_alter_table("expectation", schema=None) as batch_op:
        batch_op.add_column(sa.Column("ring_at", telecare.store.types.UtcTime(), nullable=True))
        batch_op.create_index("expectation_ring", ["ring_at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("expectation", schema=None) as batch_op:
        batch_op.drop_index("expectation_ring")
        batch_op.drop_column("ring_at")
    op.execute("DELETE FROM outbox WHERE alert IS NULL")
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_column("home")
    _outbox(alert_is_needed=True)


def _outbox(*, alert_is_needed: bool) -> None:
    """A message may be about something expected. SQLite builds the table anew for it; its
    indexes are said again, because a partial one would not be carried over as it is.
    """
    op.drop_index("outbox_ready", table_name="outbox")
    op.drop_index("outbox_alert", table_name="outbox")
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.alter_column("alert", existing_type=sa.Text(), nullable=not alert_is_needed)
    op.create_index("outbox_alert", "outbox", ["org", "alert"], unique=False)
    op.create_index(
        "outbox_ready", "outbox", ["urgency", "next_try_at"], unique=False,
        sqlite_where=_READY, postgresql_where=_READY,
    )  # fmt: skip
