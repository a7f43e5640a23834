"""Runs what a process asks of our own operators, in the transaction of the step, and replies until nothing is asked.

Every effect of these replies is merged into the one advance that is then written; nothing is stored here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from engine.commands.operators.registry import INNER
from engine.commands.tx import Tx
from engine.errors import EngineError
from engine.kernel.model import Advance, Call, Reply, Step, Trouble

N_MAX_CALLS = 100
"""Inner calls that one step may make; a diagram that asks for more goes round in circles."""


@dataclass(frozen=True, slots=True)
class Worked:
    """What came of the calls: the whole step's advance, and the calls that were answered, in order."""

    moved: Advance
    ran: tuple[Call, ...] = ()


def is_inner(call: Call) -> bool:
    """Is this call answered by ourselves, at once, and never sent?"""
    return call.operator in INNER


def work_off(
    tx: Tx, moved: Advance, take: Callable[[bytes, Step], Advance], *, refuses: bool, standing: Iterable[Call] = ()
) -> Worked:
    """Answer the inner calls of `moved`, those `standing` from an earlier failure first; `take` moves the process.

    An error of an operator is raised when the step `refuses`: a person can mend his form. Else it becomes the step's
    trouble, and the call stands until somebody retries.
    """
    waiting = [call for call in standing if call.call_id not in moved.recalled] + list(filter(is_inner, moved.calls))
    ran: list[Call] = []
    while waiting and moved.trouble is None:
        call = waiting.pop(0)
        if len(ran) >= N_MAX_CALLS:
            return Worked(replace(moved, trouble=_endless(call)), tuple(ran))
        try:
            tx.desk["call"] = call
            with tx.causing():
                result = INNER[call.operator](tx, call.params)
            after = take(moved.state, Reply(call.call_id, result))
        except EngineError as error:
            if refuses:
                raise
            return Worked(replace(moved, trouble=Trouble(call.element_id, error.code, str(error))), tuple(ran))
        ran.append(call)
        moved = joined(moved, after, answered=call.call_id)
        gone = set(after.recalled)
        waiting = [one for one in waiting if one.call_id not in gone] + [c for c in after.calls if is_inner(c)]
    return Worked(moved, tuple(ran))


def joined(first: Advance, then: Advance, *, answered: str = "") -> Advance:
    """Two advances of one step as one: what the first opened and the second took back never was."""
    opened, closed = _net([(t.task_id, t) for t in first.opened], first.closed, then.opened, then.closed)
    armed, disarmed = _net([(t.timer_id, t) for t in first.armed], first.disarmed, then.armed, then.disarmed)
    stages_before = (first.stages - first.entered) | first.left
    calls, recalled = _net([(c.call_id, c) for c in first.calls], first.recalled, then.calls, then.recalled)
    return replace(
        then,
        opened=opened,
        closed=closed,
        armed=armed,
        disarmed=disarmed,
        calls=calls,
        recalled=tuple(call_id for call_id in recalled if call_id != answered),
        decisions=(*first.decisions, *then.decisions),
        doubts=(*first.doubts, *then.doubts),
        passed=(*first.passed, *then.passed),
        branches=(*first.branches, *then.branches),
        entered=then.stages - stages_before,
        left=stages_before - then.stages,
        trouble=first.trouble or then.trouble,
    )


def _net(
    begun: list[tuple[str, Any]], ended: tuple[str, ...], begun_then: tuple[Any, ...], ended_then: tuple[str, ...]
) -> tuple[tuple[Any, ...], tuple[str, ...]]:
    here, gone = {name for name, _ in begun}, set(ended_then)
    left = [thing for name, thing in begun if name not in gone]
    return (*left, *begun_then), (*ended, *(name for name in ended_then if name not in here))


def _endless(call: Call) -> Trouble:
    return Trouble(call.element_id, "inner_budget", f"一步之内的内部调用超过 {N_MAX_CALLS} 次")
