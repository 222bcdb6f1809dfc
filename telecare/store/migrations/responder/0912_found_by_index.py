"""texts, links and a home's past are found by an index."""

from __future__ import annotations

from alembic import op

revision = "0912"
down_revision = "0911"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("wording_alert", "wording", ["org", "alert"])
    op.create_index("link_alert", "link", ["org", "alert"])
    op.create_index("alert_home", "alert", ["org", "home", "resolved_at"])


def downgrade() -> None:
    op.drop_index("alert_home", table_name="alert")
    op.drop_index("link_alert", table_name="link")
    op.drop_index("wording_alert", table_name="wording")
