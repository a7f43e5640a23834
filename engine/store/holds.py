"""Rows of suspensions and terminations: requested by one, decided by another. Whether they may is judged above."""

from __future__ import annotations

from datetime import datetime
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
    .values(
        {name: bindparam(name) for name in ("decision", "decided_by", "decided_at", "clocks", "held_from", *EVIDENCE)}
    )
)
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
) -> None:
    """Write down who decided what, on the evidence that `row` says. Raises Conflict when it was decided before."""
    values = {"hold_id": row["id"], "decision": decision, "decided_by": by, "decided_at": at}
    values |= {"clocks": clocks, "held_from": held_from} | {name: row[name] for name in EVIDENCE}
    uow.must(_DECIDE, values, lambda: Conflict("该申请已审批"))


def end(uow: UnitOfWork, hold_id: str, *, at: datetime, by: str, evidence: Any, paused_workdays: int) -> None:
    """The suspension is over. Raises Conflict when it was before."""
    values = {"hold_id": hold_id, "held_until": at, "resumed_by": by, "resume_evidence": evidence}
    uow.must(_END, values | {"paused_workdays": paused_workdays}, lambda: Conflict("工单已恢复办理"))


def _one(connection: Connection, statement: Any, **params: Any) -> dict[str, Any] | None:
    row = connection.execute(statement, params).mappings().first()
    return dict(row) if row else None
