"""Tasks of one published version counted by element: how many, how long they waited, how many beyond their limit."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Float, case, func, literal, select, text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from engine.store.figures import Scope, passed_in, task_place
from engine.store.tables import connection_order, task
from engine.store.tables_house import process_version
from engine.store.types import Connection, Instant

_o, _t, _v = connection_order.c, task.c, process_version.c
_OPEN_TASK, _DONE_TASK = text("task.state = 'OPEN'"), text("task.state = 'DONE'")


class seconds_between(FunctionElement[float]):
    """Seconds from one instant to another, never negative."""

    type = Float()
    inherit_cache = True


@compiles(seconds_between, "sqlite")
def _on_sqlite(element: Any, compiler: SQLCompiler, **how: Any) -> str:
    begin, end = (compiler.process(each, **how) for each in element.clauses)
    return f"max(0.0, (julianday({end}) - julianday({begin})) * 86400.0)"


@compiles(seconds_between, "postgresql")
def _on_postgresql(element: Any, compiler: SQLCompiler, **how: Any) -> str:
    begin, end = (compiler.process(each, **how) for each in element.clauses)
    return f"greatest(0, extract(epoch FROM {end} - {begin}))::float8"


def versions(connection: Connection, scope: Scope) -> list[dict[str, Any]]:
    """Published versions that orders of the place run or ran on, with how many do, those of a process together."""
    counted = (
        select(_o.process_version_id.label("id"), func.count().label("n"))
        .where(_o.process_version_id.is_not(None), *scope.where)
        .group_by(_o.process_version_id)
        .subquery()
    )
    found = (
        select(_v.id, _v.process_key, _v.version, _v.title, counted.c.n)
        .join(counted, counted.c.id == _v.id)
        .order_by(_v.process_key, _v.version.desc())
    )
    return [dict(row) for row in connection.execute(found).mappings()]


def passed(connection: Connection, scope: Scope, version_id: int) -> list[dict[str, Any]]:
    """Tasks done in the period: element, number, average seconds from opening to done, and those done too late."""
    return _counted(connection, scope, version_id, _t.occurred_at, [_DONE_TASK, *passed_in(scope)])


def standing(connection: Connection, scope: Scope, version_id: int) -> list[dict[str, Any]]:
    """Tasks that are open: element, number, average seconds since opening, and those that are overdue."""
    return _counted(connection, scope, version_id, literal(scope.now, Instant()), [_OPEN_TASK])


def _counted(
    connection: Connection, scope: Scope, version_id: int, until: ColumnElement[datetime], conditions: list[Any]
) -> list[dict[str, Any]]:
    waited = func.avg(seconds_between(_t.opened_at, until)).label("seconds")
    late = func.sum(case((_t.due_at <= until, 1), else_=0)).label("late")
    found = select(_t.element_id, func.count().label("n"), waited, late).where(
        _t.process_version_id == version_id, *task_place(scope), *conditions
    )
    if scope.hall is not None:
        found = found.join(connection_order, _o.id == _t.order_id).where(_o.hall_code == scope.hall)
    return [dict(row) for row in connection.execute(found.group_by(_t.element_id)).mappings()]
