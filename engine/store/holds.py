"""Rows of suspensions and terminations: requested by one, decided by another. Whether they may is judged above."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, update

from engine.errors import Conflict
from engine.store.tables_standing import hold as t
from engine.store.types import Connection
from engine.store.uow import UnitOfWork

SUSPEND, TERMINATE = "SUSPEND", "TERMINATE"
APPROVED, REFUSED, WITHDRAWN, LAPSED = "APPROVED", "REFUSED", "WITHDRAWN", "LAPSED"

EVIDENCE = ("evidence_kind", "evidence_no", "attachment_digest", "signed_by_customer")
"""What may have been completed between request and decision."""

_DECISION = ("decision", "decided_by", "decided_at", "clocks", "held_from", "cap_on", "cap_days", "capped_at")

_ADD = insert(t)
_OF_ORDER = select(t).where(t.c.order_id == bindparam("order_id")).order_by(t.c.seq, t.c.id)
_PENDING = select(t).where(t.c.order_id == bindparam("order_id"), t.c.kind == bindparam("kind"), t.c.decision.is_(None))
_IN_FORCE = select(t).where(
    t.c.order_id == bindparam("order_id"),
    t.c.kind == SUSPEND,
    t.c.decision == APPROVED,
    t.c.held_until.is_(None),
)
_DECIDE = (
    update(t)
    .where(t.c.id == bindparam("hold_id"), t.c.decision.is_(None))
    .values({name: bindparam(name) for name in (*_DECISION, *EVIDENCE)})
)
_TO_CAP = (
    select(t.c.order_id, t.c.id)
    .where(
        t.c.decision == APPROVED,
        t.c.cap_on < bindparam("today"),
        t.c.capped_at.is_(None),
        t.c.held_until.is_(None),
    )
    .order_by(t.c.cap_on, t.c.id)
    .limit(bindparam("n"))
)
_CAP = update(t).where(t.c.id == bindparam("hold_id"), t.c.capped_at.is_(None)).values(capped_at=bindparam("at"))
_END = (
    update(t)
    .where(t.c.id == bindparam("hold_id"), t.c.held_until.is_(None))
    .values({name: bindparam(name) for name in ("held_until", "resumed_by", "resume_evidence", "paused_workdays")})
)


def add(uow: UnitOfWork, row: dict[str, Any]) -> None:
    """Keep a request. A second undecided one of the order breaks a constraint."""
    uow.run(_ADD, row)


def pending(connection: Connection, order_id: int, kind: str) -> dict[str, Any] | None:
    """The order's request of this kind that nobody has decided yet."""
    return _one(connection, _PENDING, order_id=order_id, kind=kind)


def in_force(connection: Connection, order_id: int) -> dict[str, Any] | None:
    """The suspension that stops the order now."""
    return _one(connection, _IN_FORCE, order_id=order_id)


def of_order(connection: Connection, order_id: int) -> list[dict[str, Any]]:
    """Every request of an order, oldest first."""
    return [dict(row) for row in connection.execute(_OF_ORDER, {"order_id": order_id}).mappings()]


def decide(
    uow: UnitOfWork,
    row: dict[str, Any],
    decision: str,
    *,
    by: str,
    at: datetime,
    clocks: list[str] | None = None,
    held_from: datetime | None = None,
    cap_on: date | None = None,
    cap_days: int | None = None,
    capped_at: datetime | None = None,
) -> None:
    """Write down who decided what, on the evidence that `row` says. Raises Conflict when it was decided before."""
    values = {"hold_id": row["id"], "decision": decision, "decided_by": by, "decided_at": at}
    values |= {"clocks": clocks, "held_from": held_from, "cap_on": cap_on, "cap_days": cap_days, "capped_at": capped_at}
    values |= {name: row[name] for name in EVIDENCE}
    uow.must(_DECIDE, values, lambda: Conflict("该申请已审批"))


def to_cap(connection: Connection, today: date, limit: int) -> list[tuple[int, str]]:
    """(order id, id) of the suspensions that have lasted longer than they may stop clocks, longest overdue first."""
    return [(row.order_id, row.id) for row in connection.execute(_TO_CAP, {"today": today, "n": limit})]


def cap(uow: UnitOfWork, hold_id: str, at: datetime) -> None:
    """It stops no clock any more. Raises Conflict when that was carried out before."""
    uow.must(_CAP, {"hold_id": hold_id, "at": at}, lambda: Conflict("该暂停的计时上限已处理"))


def end(uow: UnitOfWork, hold_id: str, *, at: datetime, by: str, evidence: Any, paused_workdays: int) -> None:
    """The suspension is over. Raises Conflict when it was before."""
    values = {"hold_id": hold_id, "held_until": at, "resumed_by": by, "resume_evidence": evidence}
    uow.must(_END, values | {"paused_workdays": paused_workdays}, lambda: Conflict("工单已恢复办理"))


def _one(connection: Connection, statement: Any, **params: Any) -> dict[str, Any] | None:
    row = connection.execute(statement, params).mappings().first()
    return dict(row) if row else None
