"""What follows when the days of an order are counted anew: a year's notice was entered, a recorded time was corrected.

Clocks first, then the timers that were counted from them or by the calendar alone, promises, and open tasks. What was
done in time or late by the old count stays in the record beside the new one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from engine.commands import clockwork, effects, hanging, promising, steps
from engine.commands.clockwork import Clocks
from engine.commands.inner import Worked, joined
from engine.commands.paperwork import papers_of
from engine.commands.tx import Tx
from engine.domain.timers import counted_anew
from engine.kernel import spiff
from engine.kernel.model import Advance, ArmedTimer, Hold, Json, Rearm, Redate
from engine.store import orders
from engine.world import Version

EVENT = "DeadlinesRecounted"


def follow(tx: Tx, cause: str, moved_clocks: Sequence[dict[str, Any]], **told: Any) -> dict[str, Any]:
    """Let everything follow the clocks, which were counted anew already; record what moved, if anything did.

    Returns the body of the event: `clocks` {stage, before, after, used_before, used_after, why}, `timers` {element,
    before, after, why}, `promises` {doc_type, before, after}; an empty one when nothing moved.
    """
    clocks, order = clockwork.of(tx), tx.order
    tx.changes.moved = True  # reasons may read otherwise although no day moved
    body: dict[str, Any] = {"clocks": list(moved_clocks), "timers": [], "promises": []}
    if order.instance is not None and order.status not in orders.ENDED:
        body["promises"] = _promises(tx)  # before the timers that hang on them
        body["timers"] = _timers(tx, tx.version, clocks)
    if not any(body.values()):
        return {}
    body = {"cause": cause, **told, **body}
    tx.record(EVENT, body)
    return body


def _timers(tx: Tx, version: Version, clocks: Clocks) -> list[dict[str, Any]]:
    """Redate the armed timers whose moment is another one now, and the open tasks."""
    assert tx.order.instance is not None
    state, env = tx.order.instance, steps.env_of(tx)
    armed = spiff.inspect(version.process, state).timers
    dues = {timer_id: due for timer_id, timer in armed.items() if (due := _anew(tx, clocks, timer)) is not None}
    touched = sorted(clocks.touched)
    clocks.touched.clear()
    moved = spiff.advance(version.process, state, Redate(dues), env)
    if unknown := tuple(stage for stage in touched if _hangs_unknown(armed.values(), stage)):
        moved = joined(moved, spiff.advance(version.process, moved.state, Hold(unknown), env))
        going = tuple(stage for stage in unknown if not clocks.reading(stage).paused)
        moved = joined(moved, spiff.advance(version.process, moved.state, Rearm(going), env))
    hanging.redate(tx, version, moved, clocks)
    effects.settle(tx, version, Worked(moved), clocks, set())
    return _told(armed.values(), moved)


def _anew(tx: Tx, clocks: Clocks, timer: ArmedTimer) -> tuple[datetime, Json] | None:
    """When the timer is due by the present count, if that is another moment."""
    if isinstance(timer.why, dict) and timer.why.get("rule") == promising.RULE:
        found = promising.counted_anew(tx, timer.why, timer.due_at)
    else:
        found = counted_anew(timer.why, tx.world.calendar(tx.connection), clocks.end_of, clocks.hours)
    return None if found is None or found["due"] == timer.due_at else (found["due"], found["why"])


def _hangs_unknown(timers: Any, stage: str) -> bool:
    """Does a timer hang on the stage's clock without saying from where it was counted?"""
    whys = (timer.why for timer in timers if isinstance(timer.why, dict))
    return any(
        why.get("stage") == stage and why.get("rule") != "workdays_after_start" and not _says(why) for why in whys
    )


def _says(why: dict[str, Any]) -> bool:
    return "of" in why or "from" in why


def _told(before: Any, moved: Advance) -> list[dict[str, Any]]:
    """Old and new due of each timer, by element: a timer that was armed anew has another id."""
    gone = [timer for timer in before if timer.timer_id in moved.disarmed]
    new = {timer.timer_id.partition(":")[0]: timer for timer in moved.armed}
    pairs = ((timer, new.get(timer.timer_id.partition(":")[0])) for timer in gone)
    return [
        {
            "element": old.element_id,
            "before": old.due_at,
            "after": now.due_at if now else None,
            "why": now.why if now else None,
        }
        for old, now in pairs
        if now is None or now.due_at != old.due_at
    ]


def _promises(tx: Tx) -> list[dict[str, Any]]:
    """A promise's last day that the calendar has made a rest day goes to the next working day (民法典 art. 203)."""
    if not tx.order.n_promised:
        return []
    calendar, papers = tx.world.calendar(tx.connection), papers_of(tx)
    moved: list[dict[str, Any]] = []
    for item in papers.outstanding:
        was_workday = (item.why or {}).get("workday") is True
        if was_workday and not calendar.is_workday(item.due_on):
            before, item.due_on = item.due_on, calendar.add_workdays(item.due_on, 1)
            rest = f"{before} 已不是工作日，顺延至其后第一个工作日 {item.due_on}（民法典第二百零三条）"
            item.why = {**(item.why or {}), "due_on": str(item.due_on), "text": f"{(item.why or {})['text']}；{rest}"}
            moved.append({"doc_type": item.doc_type, "before": before, "after": item.due_on})
    return moved
