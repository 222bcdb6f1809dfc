"""accounts tied to people on file, and browsers that signed in before."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import telecare.store.types

revision = "0160"
down_revision = "0130"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "member_account",
        sa.Column("org", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("member", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["org", "member"], ["member.org", "member.member"]),
        sa.ForeignKeyConstraint(["org", "person"], ["person.org", "person.person"]),
        sa.PrimaryKeyConstraint("org", "person"),
    )
    op.create_index("member_account_member", "member_account", ["org", "member"], unique=True)
    op.create_table(
        "contact_account",
        sa.Column("org", sa.Text(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["org", "contact"], ["contact.org", "contact.contact"]),
        sa.ForeignKeyConstraint(["org", "person"], ["person.org", "person.person"]),
        sa.PrimaryKeyConstraint("org", "contact"),
    )
    op.create_index("contact_account_person", "contact_account", ["org", "person"])
    op.create_table(
        "known_browser",
        sa.Column("org", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("seen_at", telecare.store.types.UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["org", "person"], ["person.org", "person.person"]),
        sa.PrimaryKeyConstraint("org", "person", "digest"),
    )


def downgrade() -> None:
    op.drop_table("known_browser")
    op.drop_index("contact_account_person", table_name="contact_account")
    op.drop_table("contact_account")
    op.drop_index("member_account_member", table_name="member_account")
    op.drop_table("member_account")
