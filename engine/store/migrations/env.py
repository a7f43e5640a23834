"""Alembic's entry: runs the migrations on the connection that `migrate` hands over. Opens none of its own."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from sqlalchemy.types import TypeEngine

from engine.store import tables, tables_documents, tables_house, tables_portal, tables_standing
from engine.store.types import Instant, JsonText, meta

TABLES = (tables, tables_documents, tables_house, tables_portal, tables_standing)  # importing them fills the metadata


def _plain(kind: str, item: Any, autogen: Any) -> str | Literal[False]:
    """How a column type of ours is written into a migration."""
    if kind == "type" and isinstance(item, Instant | JsonText) and isinstance(item, TypeEngine):
        autogen.imports.add("from engine.store.types import Instant, JsonText")
        return f"{type(item).__name__}()"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=meta,
    render_item=_plain,
    render_as_batch=context.config.attributes["connection"].dialect.name == "sqlite",
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
