"""Arms the timers of an instance: when each is due, and why. None fires by itself, none reads a clock."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.util.task import TaskState

from engine.errors import EngineError
from engine.kernel.feel import Note
from engine.kernel.feel.errors import NullResult
from engine.kernel.feel.moments import YearsMonths
from engine.kernel.feel.types import name_of
from engine.kernel.feel.values import to_json, to_plain
from engine.kernel.model import Json
from engine.kernel.spiff.events import OnCommand
from engine.kernel.spiff.tree import Token
from engine.kernel.timers_iso import IsoDuration, add, parse_iso
from engine.kernel.trouble import Stuck, reasons

if TYPE_CHECKING:
    from engine.kernel.spiff.instance import Instance


def arm(instance: Instance, task: Token) -> None:
    """Fix the due instant of a timer when its token arrives; it never moves by itself afterwards.

    While the clock on which it hangs is paused (`why.held`), it is put aside until that goes on.
    """
    if task._state != TaskState.WAITING or "due" in task.internal_data or "aside" in task.internal_data:
        return
    definition = getattr(task.task_spec, "event_definition", None)
    if not isinstance(definition, OnCommand) or definition.kind != "timer":
        return
    try:
        due, why = _due(instance, task)
    except Stuck:
        raise
    except EngineError as error:
        raise Stuck(task.element_id, error.code, str(error)) from error
    task.internal_data.update({"aside": why} if due is None else {"due": due.isoformat(), "why": why})


def _due(instance: Instance, task: Token) -> tuple[datetime | None, Json]:
    plan = instance.element(task).timer
    assert plan is not None
    notes: list[Note] = []
    value: Any = plan.fixed if plan.expression is None else instance.evaluate(task, plan.expression, notes)
    why = None
    if isinstance(value, dict):
        value, why = value.get("due"), to_json(value.get("why"))
        if value is None and isinstance(why, dict) and why.get("held") is True:
            return None, why
    try:
        due = _instant(to_plain(value), instance.env.now)
    except NullResult as why_not:
        raise Stuck(task.element_id, "timer_no_instant", f"定时器的时刻不可用：{why_not.reason}。") from None
    if due is None:
        text = plan.expression.text if plan.expression is not None else str(plan.fixed)
        found = instance.told(notes) or (Note(0, f"结果是 {name_of(value)}，应为带时区的时刻或时长", text),)
        why = f"定时器未得到带时区的时刻：{reasons(found)}"
        raise Stuck(task.element_id, "timer_no_instant", why, found)
    return due, why


def _instant(value: Any, now: datetime) -> datetime | None:
    """What a timer may yield: an aware instant, a duration from now on (FEEL's or ISO 8601's), or the text of either.

    Raises:
        NotIso: a text that is neither.
    """
    if isinstance(value, str):
        value = parse_iso(value)
    if isinstance(value, timedelta):
        value = IsoDuration(0, value)
    elif isinstance(value, YearsMonths):
        value = IsoDuration(value.months, timedelta())
    if isinstance(value, IsoDuration) and value.months >= 0 and value.span >= timedelta():
        return add(now, value)
    return value if isinstance(value, datetime) and value.tzinfo is not None else None
