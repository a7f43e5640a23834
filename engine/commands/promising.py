"""`promise_step(step)` for the timers of diagrams: when the step that `commitments.next` named is due, and why. Changes
nothing. A promise whose day has moved since is asked for its new one, so that nobody is told too early that he is late.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any

from engine.commands.paperwork import papers_of, promises_of
from engine.commands.promise_rules import ladder, open_stages
from engine.commands.tx import Tx
from engine.domain import commitments as promise
from engine.errors import Invalid
from engine.kernel.model import Json

RULE = "promise_step"


def functions(tx: Tx) -> dict[str, Callable[..., Json]]:
    """What diagrams may ask of promises in their timers."""
    return {RULE: lambda step: _asked(tx, step)}


def counted_anew(tx: Tx, why: Mapping[str, Any], before: datetime | None) -> dict[str, Any] | None:
    """The moment that such a reason explains, by the promises as they stand now; None when it hangs on none of them."""
    return _step(tx, why["action"], why["items"]) if before is not None else None


def _asked(tx: Tx, step: Any) -> dict[str, Any]:
    if not isinstance(step, Mapping) or not {"action", "at", "items"} <= set(step):
        raise Invalid("promise_step(步骤) 的参数应为 commitments.next 的结果", field=RULE)
    at, action, items = step["at"], str(step["action"]), [str(each) for each in step["items"] or ()]
    if found := _step(tx, action, items):
        return found
    why = {"rule": RULE, "action": action, "items": items, "text": promise.WORDS[promise.Action(action)]}
    return {"due": at, "why": why if at is not None else {**why, "held": True}}


def _step(tx: Tx, action: str, items: Collection[str]) -> dict[str, Any] | None:
    """The soonest rung of this action of these promises; None if it is none of the ladder's (the daily question)."""
    outstanding = [item for item in papers_of(tx).outstanding if item.doc_type in items]
    calendar, known = tx.world.calendar(tx.connection), promise.Action(action)
    found = promise.soonest(promises_of(tx, outstanding), known, ladder(tx), calendar, open_stages(tx))
    if found is None:
        return None
    text = f"{promise.WORDS[known]}：承诺最迟 {found.due_on} 补交，{found.offset_text}"
    told = {"rule": RULE, "action": action, "items": list(items), "due_on": str(found.due_on), "text": text}
    return {"due": found.at, "why": told}
