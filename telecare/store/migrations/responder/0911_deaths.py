"""how many processes died with an alert in hand."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0911"
down_revision = "0910"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("alert", sa.Column("deaths", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    op.drop_column("alert", "deaths")
