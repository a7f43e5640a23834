"""What a database error means to the caller: try again, not now, or a bug. The one place that reads driver errors."""

from __future__ import annotations

import logging

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
    if not isinstance(error, DBAPIError):
        return None
    if isinstance(error, IntegrityError):
        log.error("constraint violated", extra={"action": "db.constraint"}, exc_info=error)
        return BrokenConstraint()
    state = getattr(error.orig, "sqlstate", None) or ""
    if error.connection_invalidated or state in _AGAIN or state.startswith("08"):
        return Transient()
    if isinstance(error, OperationalError):
        # a server that refuses or drops the connection has no state to tell; SQLite's are locked, full, I/O
        refused = not state and type(error.orig).__module__.startswith("psycopg")
        return Transient() if refused else Unavailable()
    return None
