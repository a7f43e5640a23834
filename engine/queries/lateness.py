"""What was done because an order is late: rungs of the ladder taken, reminders by hand, supervision orders (督办单).

Only what lies in the actor's units; finds, decides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias

from engine.errors import Invalid
from engine.policy import Actor, Permission, require
from engine.queries.orders import N_MAX_PAGE, order_head
from engine.queries.view import View
from engine.store import escalations, reminders, supervisions

Which: TypeAlias = Literal["open", "answered", "overdue", "all"]
WHICH: tuple[Which, ...] = ("open", "answered", "overdue", "all")
"""`open`: waits for the unit's answer; `answered`: for the review; `overdue`: ought to be answered; `all`."""
_STATES = {"open": supervisions.WAITING, "answered": (supervisions.ANSWERED,), "overdue": None, "all": None}


@dataclass(frozen=True, slots=True)
class Reminder:
    """One reminder by hand: to whom, of which tasks, why, by whom."""

    sent_at: datetime
    sent_by: str
    reason: str
    note: str
    recipients: tuple[str, ...]
    task_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LatenessPage:
    """Rows of rungs and supervision orders as stored, oldest first, and the reminders."""

    escalations: list[dict[str, Any]]
    reminders: list[Reminder]
    supervisions: list[dict[str, Any]]

    def n_reminders(self, task_id: str) -> int:
        """How often somebody was reminded of a task."""
        return sum(task_id in reminder.task_ids for reminder in self.reminders)


def of_order(view: View, actor: Actor, order_no: str) -> LatenessPage:
    """Raises NotFound outside the actor's units."""
    order_id = order_head(view, actor, order_no)["id"]
    acts: dict[str, list[dict[str, Any]]] = {}
    for row in reminders.of_order(view.connection, order_id):
        acts.setdefault(row["act_id"], []).append(row)
    return LatenessPage(
        escalations=escalations.of_order(view.connection, order_id),
        reminders=[_reminder(rows) for rows in acts.values()],
        supervisions=supervisions.of_order(view.connection, order_id),
    )


def n_reminders(view: View, task_id: str) -> int:
    """How often somebody was reminded of a task that the actor sees."""
    return reminders.n_of_task(view.connection, task_id)


def supervision_orders(
    view: View, actor: Actor, which: Which = "open", *, after: str | None = None, limit: int = 50
) -> list[dict[str, Any]]:
    """A page of supervision orders of the actor's units, newest first; `after` is the `cursor` of the last row before.

    Raises Invalid for a limit beyond the page size or a broken cursor.
    """
    require(actor, Permission.ORDER_READ)
    if not 1 <= limit <= N_MAX_PAGE:
        raise Invalid(f"每页 1 至 {N_MAX_PAGE} 条", field="limit")
    found = supervisions.listed(
        view.connection,
        units=view.units_of(actor),
        states=_STATES[which],
        overdue_at=view.now if which == "overdue" else None,
        after=_position(after),
        limit=limit,
    )
    return [row | {"cursor": f"{row['issued_at'].isoformat()}|{row['number']}"} for row in found]


def is_overdue(row: dict[str, Any], now: datetime) -> bool:
    """Ought a supervision order to be answered by now?"""
    return row["state"] in supervisions.WAITING and row["due_at"] <= now


def _reminder(rows: list[dict[str, Any]]) -> Reminder:
    first = rows[0]
    return Reminder(
        sent_at=first["sent_at"],
        sent_by=first["sent_by"],
        reason=first["reason"],
        note=first["note"] or "",
        recipients=tuple(dict.fromkeys(row["recipient"] for row in rows)),
        task_ids=tuple(row["task_id"] for row in rows),
    )


def _position(after: str | None) -> tuple[datetime, str] | None:
    if after is None:
        return None
    at, _, number = after.partition("|")
    try:
        instant = datetime.fromisoformat(at)
    except ValueError:
        raise Invalid("翻页标记无效", field="after") from None
    if instant.tzinfo is None or not number:
        raise Invalid("翻页标记无效", field="after")
    return instant, number
