"""What every command about a task reads once it has the lock, in one round trip instead of two. Changes nothing."""

from __future__ import annotations

from typing import Any

import orjson
from sqlalchemy import and_, bindparam, literal, select

from engine.store.command_log import Seen
from engine.store.tables_house import command_log
from engine.store.tasks import COLUMNS, TaskRow
from engine.store.uow import UnitOfWork

_log = command_log.c
_ONE = select(literal(1).label("one")).subquery()
_BOTH = select(_log.kind, _log.digest, _log.result, *COLUMNS).select_from(
    _ONE.outerjoin(command_log, and_(_log.actor == bindparam("actor"), _log.key == bindparam("key"))).outerjoin(
        COLUMNS[0].table, COLUMNS[0] == bindparam("task_id")
    )
)


def seen_and_task(uow: UnitOfWork, actor: str, key: str, task_id: str) -> tuple[Seen | None, TaskRow | None]:
    """The earlier use of the key, and the task as stored; each None when there is none."""
    row: Any = uow.run(_BOTH, {"actor": actor, "key": key, "task_id": task_id}).one()
    seen = Seen(row[0], row[1], orjson.loads(row[2])) if row[0] is not None else None
    return seen, TaskRow(*row[3:]) if row[3] is not None else None
