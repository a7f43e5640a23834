"""Files of versions are found by their digest, and incidents keep where in which expression the fault is."""

from __future__ import annotations

import hashlib

import sqlalchemy as sa
from alembic import op

from engine.store.types import JsonText

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_FILE = sa.table(
    "process_file",
    sa.column("version_id", sa.BigInteger),
    sa.column("path", sa.String),
    sa.column("content", sa.LargeBinary),
    sa.column("digest", sa.String),
)


def upgrade() -> None:
    op.add_column("incident", sa.Column("detail", JsonText(), nullable=True))
    op.add_column("process_file", sa.Column("digest", sa.String(length=64), nullable=True))
    _digest_what_is_there()
    with op.batch_alter_table("process_file") as batch:
        batch.alter_column("digest", existing_type=sa.String(length=64), nullable=False)
        batch.create_index(op.f("ix_process_file_digest"), ["digest"])


def _digest_what_is_there() -> None:
    connection = op.get_bind()
    keys = connection.execute(sa.select(_FILE.c.version_id, _FILE.c.path)).all()
    for version_id, path in keys:  # one by one: all files of all versions need not fit into memory
        one = sa.and_(_FILE.c.version_id == version_id, _FILE.c.path == path)
        content = bytes(connection.execute(sa.select(_FILE.c.content).where(one)).scalar_one())
        connection.execute(_FILE.update().where(one).values(digest=hashlib.sha256(content).hexdigest()))


def downgrade() -> None:
    with op.batch_alter_table("process_file") as batch:
        batch.drop_index(op.f("ix_process_file_digest"))
        batch.drop_column("digest")
    with op.batch_alter_table("incident") as batch:
        batch.drop_column("detail")
