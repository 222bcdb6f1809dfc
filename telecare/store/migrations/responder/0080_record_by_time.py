"""the record by time."""

from __future__ import annotations

from alembic import op

revision = "0080"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("record_entry_at", "record_entry", ["org", "at"], unique=False)


def downgrade() -> None:
    op.drop_index("record_entry_at", table_name="record_entry")
