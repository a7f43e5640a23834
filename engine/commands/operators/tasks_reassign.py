"""`tasks.reassign`: take late tasks from those who hold them and offer them to others. Gives them to nobody.

Who may take a freed task is judged when somebody claims it: the role of its lane or the role it was offered to, in a
unit that sees the order. So nobody outside ever gets it by this.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.commands import unasked
from engine.commands.operators import inputs
from engine.commands.tx import Tx
from engine.domain.clocks import TOTAL
from engine.domain.escalation import POOL
from engine.kernel.model import Json
from engine.policy import ROLES
from engine.store import tasks
from engine.store.tasks import TaskRow


def handle(tx: Tx, params: Mapping[str, Json]) -> Json:
    """Params: `to` (POOL, a role, or null: leave them), `stage` (whose tasks; TOTAL: of the whole order).

    Result: `n` tasks offered. Who held one is told.
    """
    to = inputs.text(params, "to")
    if not to:
        return {"n": 0}
    if to != POOL and to not in ROLES:
        raise inputs.wrong("to", "unknown_role", f"没有岗位 {to}")
    role, former, n_offered = None if to == POOL else to, list[str](), 0
    for task in _late(tx, inputs.text(params, "stage", TOTAL)):
        if task.assignee is None and role in (None, task.role, task.offered_to):
            continue
        tasks.offer(tx.uow, task.id, role or task.offered_to)
        n_offered += 1
        former += [task.assignee] if task.assignee else []
        told = {"task": task.id, "element": task.element_id, "before_holder": task.assignee, "offered_to": to}
        tx.record("TaskReassigned", {"automatic": True, **told})
    if former:
        unasked.notify(tx, "task_reassigned", [f"@{login}" for login in dict.fromkeys(former)], {"offered_to": to})
    return {"n": n_offered}


def _late(tx: Tx, stage: str) -> Iterator[TaskRow]:
    """The stored open tasks of the work itself: not those that stand beside it (a suspension, a supervision order)."""
    process = tx.version.process
    gone = {row["task_id"] for row in tx.changes.closed_tasks}
    for task in tasks.open_of(tx.connection, tx.order.id):
        known = task.element_id in process.index.elements
        beside = known and process.while_suspended(task.element_id)
        if task.id not in gone and not beside and task.parent_id is None and stage in (TOTAL, task.stage):
            yield task
