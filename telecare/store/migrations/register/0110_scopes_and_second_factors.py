"""scopes of tokens, second factors, identities elsewhere."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import telecare.store.types

revision = "0110"
down_revision = "0100"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("token", schema=None) as batch_op:
        batch_op.add_column(sa.Column("name", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(
            sa.Column("scopes", telecare.store.types.Json(), server_default="[]", nullable=False)
        )
        batch_op.create_index("token_org", ["org", "token"], unique=True)
    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("proved", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
    op.create_table(
        "second_factor",
        sa.Column("org", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("since", telecare.store.types.UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(["org", "person"], ["person.org", "person.person"]),
        sa.PrimaryKeyConstraint("org", "person"),
    )
    op.create_table(
        "recovery_code",
        sa.Column("org", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["org", "person"], ["second_factor.org", "second_factor.person"]),
        sa.PrimaryKeyConstraint("org", "person", "digest"),
    )
    op.create_table(
        "identity",
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("org", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("linked_at", telecare.store.types.UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["org", "person"], ["person.org", "person.person"]),
        sa.PrimaryKeyConstraint("issuer", "subject"),
    )
    op.create_index("identity_person", "identity", ["org", "person"], unique=False)


def downgrade() -> None:
    op.drop_index("identity_person", table_name="identity")
    op.drop_table("identity")
    op.drop_table("recovery_code")
    op.drop_table("second_factor")
    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.drop_column("proved")
    with op.batch_alter_table("token", schema=None) as batch_op:
        batch_op.drop_index("token_org")
        batch_op.drop_column("scopes")
        batch_op.drop_column("name")
