"""claims and successors of credentials; classes, configuration and commands of devices."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import telecare.store.types

revision = "0120"
down_revision = "0110"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "device_class",
        sa.Column("org", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("heartbeat_seconds", sa.Integer(), nullable=True),
        sa.Column("silent_after_seconds", sa.Integer(), nullable=True),
        sa.Column("battery_low", sa.Integer(), nullable=True),
        sa.Column("test_days", sa.Integer(), nullable=True),
        sa.Column("supported_until", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["org"],
            ["organisation.org"],
        ),
        sa.PrimaryKeyConstraint("org", "model"),
    )
    op.create_table(
        "claim",
        sa.Column("org", sa.Text(), nullable=False),
        sa.Column("claim", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("batch", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", telecare.store.types.UtcTime(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("expires_at", telecare.store.types.UtcTime(), nullable=False),
        sa.Column("revoked_at", telecare.store.types.UtcTime(), nullable=True),
        sa.Column("used_at", telecare.store.types.UtcTime(), nullable=True),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("presses", telecare.store.types.Json(), nullable=False),
        sa.Column("receipt_at", telecare.store.types.UtcTime(), nullable=True),
        sa.Column("receipt_by", sa.Text(), nullable=True),
        sa.Column("completed_at", telecare.store.types.UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["org", "device"],
            ["device.org", "device.device"],
        ),
        sa.PrimaryKeyConstraint("org", "claim"),
        sa.UniqueConstraint("digest"),
    )
    with op.batch_alter_table("claim", schema=None) as batch_op:
        batch_op.create_index("claim_device", ["org", "device", "made_at"], unique=False)

    op.create_table(
        "command",
        sa.Column("org", sa.Text(), nullable=False),
        sa.Column("command", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("body", telecare.store.types.Json(), nullable=False),
        sa.Column("made_at", telecare.store.types.UtcTime(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("deadline_at", telecare.store.types.UtcTime(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("ended_at", telecare.store.types.UtcTime(), nullable=True),
        sa.Column("answer", telecare.store.types.Json(), nullable=True),
        sa.ForeignKeyConstraint(
            ["org", "device"],
            ["device.org", "device.device"],
        ),
        sa.PrimaryKeyConstraint("org", "command"),
    )
    with op.batch_alter_table("command", schema=None) as batch_op:
        batch_op.create_index("command_device", ["org", "device", "made_at"], unique=False)
        batch_op.create_index("command_waiting", ["state", "deadline_at"], unique=False)

    op.create_table(
        "device_config",
        sa.Column("org", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", telecare.store.types.Json(), nullable=False),
        sa.Column("set_at", telecare.store.types.UtcTime(), nullable=False),
        sa.Column("set_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["org", "device"],
            ["device.org", "device.device"],
        ),
        sa.PrimaryKeyConstraint("org", "device"),
    )
    with op.batch_alter_table("credential", schema=None) as batch_op:
        batch_op.add_column(sa.Column("kind", sa.Text(), server_default="password", nullable=False))
        batch_op.add_column(sa.Column("expires_at", telecare.store.types.UtcTime(), nullable=True))
        batch_op.add_column(sa.Column("next_digest", sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column("next_kind", sa.Text(), nullable=True))
        batch_op.add_column(
            sa.Column("next_issued_at", telecare.store.types.UtcTime(), nullable=True)
        )
        batch_op.add_column(
            sa.Column("next_expires_at", telecare.store.types.UtcTime(), nullable=True)
        )

    with op.batch_alter_table("device", schema=None) as batch_op:
        batch_op.add_column(sa.Column("replaces", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("line", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("exchange", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("network", sa.Text(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("device", schema=None) as batch_op:
        batch_op.drop_column("network")
        batch_op.drop_column("exchange")
        batch_op.drop_column("line")
        batch_op.drop_column("replaces")

    with op.batch_alter_table("credential", schema=None) as batch_op:
        batch_op.drop_column("next_expires_at")
        batch_op.drop_column("next_issued_at")
        batch_op.drop_column("next_kind")
        batch_op.drop_column("next_digest")
        batch_op.drop_column("expires_at")
        batch_op.drop_column("kind")

    op.drop_table("device_config")
    with op.batch_alter_table("command", schema=None) as batch_op:
        batch_op.drop_index("command_waiting")
        batch_op.drop_index("command_device")

    op.drop_table("command")
    with op.batch_alter_table("claim", schema=None) as batch_op:
        batch_op.drop_index("claim_device")

    op.drop_table("claim")
    op.drop_table("device_class")
