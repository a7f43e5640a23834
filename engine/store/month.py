"""Figures of a span of time over all orders, as the turn of a month keeps them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, case, func, or_, select

from engine.store.tables import clock, connection_order, timer
from engine.store.types import Instant

_o = connection_order.c
_BEGINS = bindparam("begins", type_=Instant)
_ENDS = bindparam("ends", type_=Instant)
_ORDERS = select(
    func.count(case((_o.accepted_at >= _BEGINS, 1))).label("n_accepted"),
    func.count(case((and_(_o.completed_at >= _BEGINS, _o.completed_at < _ENDS), 1))).label("n_completed"),
    func.count(case((or_(_o.completed_at.is_(None), _o.completed_at >= _ENDS), 1))).label("n_open"),
).where(_o.accepted_at < _ENDS)
_CLOCKS = (
    select(func.count().label("n_clocks_late"), func.count(func.distinct(clock.c.order_id)).label("n_orders_late"))
    .join_from(clock, connection_order)
    .where(clock.c.due_at < _ENDS, clock.c.running_since.is_not(None), _o.completed_at.is_(None))
)
_TIMERS = select(
    func.count().label("n_timers_fired"),
    func.count(case((timer.c.late_seconds >= bindparam("late"), 1))).label("n_timers_late"),
    func.coalesce(func.max(timer.c.late_seconds), 0).label("latest_timer_s"),
).where(timer.c.fired_at >= _BEGINS, timer.c.fired_at < _ENDS)


def figures(connection: Connection, begins: datetime, ends: datetime, late_seconds: int) -> dict[str, int]:
    """Orders accepted and completed within, open at the end; clocks that run although they ended before; timers fired
    within, and how many of them so late."""
    span = {"begins": begins, "ends": ends}
    asked = ((_ORDERS, span), (_CLOCKS, {"ends": ends}), (_TIMERS, {**span, "late": late_seconds}))
    rows = [connection.execute(statement, params).mappings().one() for statement, params in asked]
    return {name: int(value) for row in rows for name, value in row.items()}
