"""Tasks as staff see them: their worklist, and one task with its form. Only what lies in their units and roles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from engine.domain.escalation import PRIORITIES
from engine.errors import Invalid, NotFound
from engine.kernel import spiff
from engine.kernel.forms import FILE, PHOTO, may_stay_blank, resolved, signatures
from engine.kernel.resolving import flat
from engine.policy import Actor, Permission, holds_role, require
from engine.queries.view import View
from engine.store import acts, reading, tasks

N_MAX_PAGE = 200
_LEVELS = frozenset(map(str, PRIORITIES))


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
    priority: int
    offered_to: str | None
    cursor: str


@dataclass(frozen=True, slots=True)
class TaskPage:
    """One task to work on: its form as it stands now (None if it has none), values to start from, what to show above
    it (label and value), and whether the actor may do it."""

    line: TaskLine
    element_id: str
    form_key: str
    form: Mapping[str, Any] | None
    values: Mapping[str, Any]
    summary: tuple[tuple[str, Any], ...]
    may_complete: bool
    occurred_at: datetime | None
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
    row, head = _seen(view, actor, task_id)
    line = _line(row, head, actor)
    form, known = _form(view, head["process_version_id"], row.form_key), variables(view, row)
    form = resolved(form, known) if form is not None and row.state == tasks.OPEN else form
    return TaskPage(
        line=line,
        element_id=row.element_id,
        form_key=row.form_key,
        form=form,
        values=row.form or known_values(form, known) | _proposed(view, row, form),
        summary=summary(form, known),
        may_complete=_may_complete(actor, row),
        occurred_at=row.occurred_at,
        order_version=head["version"],
    )


def line_of(view: View, actor: Actor, task_id: str) -> TaskLine:
    """One task as lists show it. Raises NotFound outside the actor's units."""
    return _line(*_seen(view, actor, task_id), actor)


def _seen(view: View, actor: Actor, task_id: str) -> tuple[tasks.TaskRow, dict[str, Any]]:
    require(actor, Permission.ORDER_READ)
    row = tasks.one(view.connection, task_id)
    if row is None or not view.sees(actor, row.unit_code):
        raise NotFound()
    return row, reading.order_of_id(view.connection, row.order_id)


def _line(row: tasks.TaskRow, head: Mapping[str, Any], actor: Actor) -> TaskLine:
    return task_line({**head, **{name: getattr(row, name) for name in tasks.TaskRow.__slots__}}, actor)


def _may_complete(actor: Actor, row: tasks.TaskRow) -> bool:
    is_his = row.assignee in (None, actor.id) and holds_role(actor, row.role, row.offered_to)
    waits = row.delegated_by or row.consult or row.parent_id
    return row.state == tasks.OPEN and is_his and not waits and actor.may(Permission.TASK_COMPLETE)


def _form(view: View, version_id: int | None, form_key: str) -> Mapping[str, Any] | None:
    if version_id is None or not form_key:
        return None
    return view.world.version(view.connection, version_id).process.forms.get(form_key)


def _proposed(view: View, row: tasks.TaskRow, form: Mapping[str, Any] | None) -> dict[str, Any]:
    """What somebody filled in for whoever confirms it, or before he asked for an opinion; a signature is drawn anew."""
    act = acts.proposal(view.connection, row.id) if form is not None and row.state == tasks.OPEN else None
    if act is None or form is None:
        return {}
    filled = act.form["form"] if act.kind == acts.PROPOSE else act.form
    asked = form["schema"].get("properties", {})
    return {name: value for name, value in filled.items() if name in asked and name not in signatures(form)}


def variables(view: View, task: tasks.TaskRow) -> dict[str, Any]:
    """What an open task sees of its process: the variables of its own scope. Empty once it is done or taken back."""
    state = reading.instance(view.connection, task.order_id)
    if state is None or task.state != tasks.OPEN or task.parent_id is not None:
        return {}
    version_id = reading.order_of_id(view.connection, task.order_id)["process_version_id"]
    return spiff.scope(view.world.version(view.connection, version_id).process, state, task.id)


def known_values(form: Mapping[str, Any] | None, known: Mapping[str, Any]) -> dict[str, Any]:
    """What the process knows already of the things a form asks for; what JSON cannot say plainly is not offered."""
    if form is None:
        return {}
    asked, blank = form["schema"].get("properties", {}), may_stay_blank(form)
    wanted = (name for name, part in asked.items() if name in known and name not in blank and _may_be_offered(part))
    offered = {name: flat(known[name]) for name in wanted}
    return {name: value for name, value in offered.items() if not isinstance(value, dict)}


def _may_be_offered(part: Mapping[str, Any]) -> bool:
    """Rows start from themselves; a signature is drawn anew and files are of their task: a variable only names them."""
    return "x-rows" not in part and part.get("x-widget") not in ("signature", PHOTO, FILE)


def summary(form: Mapping[str, Any] | None, known: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
    """The lines above a form: label and value of each variable that its `summary` names and that is known."""
    names = form.get("summary", ()) if form else ()
    labels = form.get("x-summary-labels", {}) if form else {}
    return tuple((labels.get(name, name), known[name]) for name in names if known.get(name) is not None)


def position(after: str | None) -> tuple[int, datetime, str] | None:
    """Where the page before ended, from the text given out as `next`. Raises Invalid for any other text."""
    if after is None:
        return None
    level, _, rest = after.partition("|")
    at, _, task_id = rest.partition("|")
    try:
        instant = datetime.fromisoformat(at)
    except ValueError:
        raise Invalid("翻页标记无效", field="after") from None
    if level not in _LEVELS or instant.tzinfo is None or not task_id:
        raise Invalid("翻页标记无效", field="after")
    return int(level), instant, task_id


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
        priority=row["priority"],
        offered_to=row["offered_to"],
        cursor=f"{row['priority']}|{row['urgent_at'].isoformat()}|{row['id']}",
    )
