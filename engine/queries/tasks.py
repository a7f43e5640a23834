"""Tasks as staff see them: their worklist, and one task with its form. Only what lies in their units and roles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from engine.errors import Invalid, NotFound
from engine.kernel import spiff
from engine.policy import Actor, Permission, require
from engine.queries.view import View
from engine.store import reading, tasks

N_MAX_PAGE = 200


@dataclass(frozen=True, slots=True)
class TaskLine:
    """A task in a list. `is_mine` when the actor holds it."""

    task_id: str
    name: str
    role: str
    stage: str
    state: str
    order_no: str
    category: str
    unit_code: str
    name_masked: str
    address_masked: str
    assignee: str | None
    is_mine: bool
    opened_at: datetime
    due_at: datetime | None
    closed_at: datetime | None
    cursor: str


@dataclass(frozen=True, slots=True)
class TaskPage:
    """One task to work on: its form (None if it has none), values to start from, and whether the actor may do it."""

    line: TaskLine
    element_id: str
    form_key: str
    form: Mapping[str, Any] | None
    values: Mapping[str, Any]
    may_complete: bool
    order_version: int


def open_tasks(
    view: View,
    actor: Actor,
    scope: Literal["me", "role", "unit"] = "role",
    state: str = tasks.OPEN,
    after: str | None = None,
    limit: int = 50,
) -> list[TaskLine]:
    """A page of tasks, most urgent first. `me`: those he holds; `role`: those he may take; `unit`: all of his units.

    `after` is the `cursor` of the last line of the page before.
    """
    require(actor, Permission.ORDER_READ)
    if not 1 <= limit <= N_MAX_PAGE:
        raise Invalid(f"每页 1 至 {N_MAX_PAGE} 条", field="limit")
    found = tasks.listed(
        view.connection,
        units=view.units_of(actor),
        roles=sorted(actor.roles) if scope == "role" else None,
        assignee=actor.id if scope == "me" else None,
        state=state,
        after=position(after),
        limit=limit,
    )
    return [task_line(row, actor) for row in found]


def task(view: View, actor: Actor, task_id: str) -> TaskPage:
    """One task, also a finished one. Raises NotFound outside the actor's units."""
    require(actor, Permission.ORDER_READ)
    row = tasks.one(view.connection, task_id)
    if row is None or not view.sees(actor, row.unit_code):
        raise NotFound()
    head = reading.order_of_id(view.connection, row.order_id)
    values = {name: getattr(row, name) for name in tasks.TaskRow.__slots__}
    line = task_line(head | values, actor)
    form = _form(view, head["process_version_id"], row.form_key)
    return TaskPage(
        line=line,
        element_id=row.element_id,
        form_key=row.form_key,
        form=form,
        values=row.form or _known_values(view, row, head, form),
        may_complete=_may_complete(actor, row),
        order_version=head["version"],
    )


def _may_complete(actor: Actor, row: tasks.TaskRow) -> bool:
    is_his = row.assignee in (None, actor.id) and (row.role in actor.roles or not row.role)
    return row.state == tasks.OPEN and is_his and actor.may(Permission.TASK_COMPLETE)


def _form(view: View, version_id: int | None, form_key: str) -> Mapping[str, Any] | None:
    if version_id is None or not form_key:
        return None
    return view.world.version(view.connection, version_id).process.forms.get(form_key)


def _known_values(view: View, row: tasks.TaskRow, head: Mapping[str, Any], form: Mapping[str, Any] | None) -> Any:
    """What the process knows already of the things the form asks for; tagged FEEL values are not offered."""
    state = reading.instance(view.connection, row.order_id)
    if form is None or state is None or row.state != tasks.OPEN:
        return {}
    process = view.world.version(view.connection, head["process_version_id"]).process
    known = spiff.inspect(process, state).variables
    asked = form["schema"].get("properties", {})
    return {name: known[name] for name in asked if name in known and not isinstance(known[name], dict)}


def position(after: str | None) -> tuple[datetime, str] | None:
    """Where the page before ended, from the text given out as `next`. Raises Invalid for any other text."""
    if after is None:
        return None
    at, _, task_id = after.partition("|")
    try:
        instant = datetime.fromisoformat(at)
    except ValueError:
        raise Invalid("翻页标记无效", field="after") from None
    if instant.tzinfo is None or not task_id:
        raise Invalid("翻页标记无效", field="after")
    return instant, task_id


def task_line(row: Mapping[str, Any], actor: Actor) -> TaskLine:
    """A row of the list as this actor sees it."""
    return TaskLine(
        task_id=row["id"],
        name=row["name"],
        role=row["role"],
        stage=row["stage"],
        state=row["state"],
        order_no=row["order_no"],
        category=row["category"],
        unit_code=row["unit_code"],
        name_masked=row["name_masked"],
        address_masked=row["address_masked"],
        assignee=row["assignee"],
        is_mine=row["assignee"] == actor.id,
        opened_at=row["opened_at"],
        due_at=row["due_at"],
        closed_at=row["closed_at"],
        cursor=f"{row['urgent_at'].isoformat()}|{row['id']}",
    )
