"""What a database error means to the caller: try again, not now, or a bug. The one place that reads driver errors."""

from __future__ import annotations

import logging

import psycopg
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, TimeoutError

from engine.errors import Conflict, EngineError, Unavailable

log = logging.getLogger(__name__)

# PostgreSQL: serialization, deadlock, shutting down, starting up, crash of a neighbour, idle transaction ended
_AGAIN = {"40001", "40P01", "57P01", "57P02", "57P03", "25P03"}


class Transient(Unavailable):
    """The transaction was lost through no fault of the command; running it again is safe because it carries a key."""


class UnsafeDatabase(Unavailable):
    """The database would acknowledge what it may lose; the engine does not start on it."""

    code = "unsafe_database"
    text = "数据库设置不安全，拒绝启动"


class BrokenConstraint(Conflict):
    """A unique or check constraint stopped a write that the locks should have prevented: an alarm, not control flow."""

    code = "constraint"


def translate(error: BaseException) -> EngineError | None:
    """The engine's word for a database error; None when it is none of ours to explain."""
    if isinstance(error, TimeoutError):  # the pool is exhausted
        return Unavailable()
    # inside a pipeline the driver's own errors come through as they are
    driver = error.orig if isinstance(error, DBAPIError) else error
    if not isinstance(error, DBAPIError | psycopg.Error):
        return None
    if isinstance(error, IntegrityError | psycopg.IntegrityError):
        log.error("constraint violated", extra={"action": "db.constraint"}, exc_info=error)
        return BrokenConstraint()
    state = getattr(driver, "sqlstate", None) or ""
    lost = isinstance(error, DBAPIError) and error.connection_invalidated
    if lost or state in _AGAIN or state.startswith("08"):
        return Transient()
    if isinstance(error, OperationalError | psycopg.OperationalError):
        # a server that refuses or drops the connection has no state to tell; SQLite's are locked, full, I/O
        refused = not state and isinstance(driver, psycopg.Error)
        return Transient() if refused else Unavailable()
    return None
