"""Brings a database to the schema of this release, all or nothing, also when several processes start at once."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from engine.store import (
    tables,
    tables_desk,
    tables_documents,
    tables_escalation,
    tables_house,
    tables_notes,
    tables_portal,
    tables_standing,
    tables_unmasking,
    tables_verbs,
)
from engine.store.database import Database
from engine.store.locks import lock_name
from engine.store.types import meta
from engine.store.uow import UnitOfWork

_PLACE = Path(__file__).with_name("migrations")
TABLES = (
    tables,
    tables_desk,
    tables_documents,
    tables_escalation,
    tables_house,
    tables_notes,
    tables_portal,
    tables_standing,
    tables_unmasking,
    tables_verbs,
)


def migrate(database: Database) -> None:
    """Upgrade to the newest schema; nothing happens on a database that has it."""
    with UnitOfWork(database) as uow:
        lock_name(uow, "migrate")
        config = _config()
        config.attributes["connection"] = uow.connection
        command.upgrade(config, "head")
        uow.finish()


def is_current(database: Database) -> bool:
    """Has this database the schema of this release?"""
    with database.read() as connection:
        here = MigrationContext.configure(connection).get_current_revision()
    return here == ScriptDirectory.from_config(_config()).get_current_head()


def differences(database: Database) -> list[str]:
    """Where the migrated schema and the tables of the code differ; empty when the migrations are complete."""
    with database.read() as connection:
        found = compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), meta)
    return [repr(difference) for difference in found]


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_PLACE).replace("%", "%%"))
    return config
