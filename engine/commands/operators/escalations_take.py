"""`escalations.take`: take the rung of the ladder that is due, unless somebody took it before. Does nothing of what the
rung asks for: the diagram does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.commands import clockwork
from engine.commands.escalating import Ladder, following, ladder_of, taken
from engine.commands.operators import inputs
from engine.commands.tx import Tx
from engine.domain.clocks import DECISION, TOTAL
from engine.domain.escalation import NextRung, Rung
from engine.kernel.model import Json
from engine.store import escalations


def handle(tx: Tx, params: Mapping[str, Json]) -> Json:
    """Params: `stage` (of its clock; TOTAL if not given). Result: `taken`, `more` (is a rung open after this one?), and
    when taken `rung`, `cycle`, `stage`, `to`, `copy_to`, `template`, `priority`, `reassign`, `creates_order`, `detail`
    (what a message may say of it).

    The order is locked, so of two processes that come at one instant the second finds the rung taken.
    """
    stage = inputs.text(params, "stage", TOTAL)
    ladder, gone = ladder_of(tx, stage), taken(tx, stage)
    found = following(tx, stage, ladder.rungs, dict(gone))
    if found is None or found.due.due_at > tx.received_at:
        return {"taken": False, "more": found is not None}
    cycle = 1 + sum(code == found.rung.code for code, _ in gone)
    _keep(tx, stage, ladder, found, cycle)
    return {"taken": True, "more": not found.is_last, "stage": stage, "cycle": cycle, **_told(found)}


def _is_limit(told: Mapping[str, Any], stage: str) -> bool:
    """Is it what the limit table said of this stage? Internal targets stand beside it."""
    return told["decision"] == DECISION and told.get("stage") == stage


def _told(found: NextRung) -> dict[str, Any]:
    rung = found.rung
    detail = {"rung": rung.code, "due_on": found.due.due_on.isoformat()}
    return {"rung": rung.code, "template": rung.template, "detail": detail, **_actions(rung)}


def _actions(rung: Rung) -> dict[str, Any]:
    return {
        "to": rung.to,
        "copy_to": list(rung.copy_to),
        "priority": rung.priority,
        "reassign": rung.reassign,
        "creates_order": rung.creates_order,
    }


def _keep(tx: Tx, stage: str, ladder: Ladder, found: NextRung, cycle: int) -> None:
    """The row and the event: what was done by itself, by which rule, on which inputs, and why now."""
    rung, due, rule = found.rung, found.due, ladder.rule_of(found.rung)
    row = {
        "order_id": tx.order.id,
        "stage": stage,
        "rung": rung.code,
        "cycle": cycle,
        "seq": tx.order.audit_seq,
        "due_at": due.due_at,
        "taken_at": tx.received_at,
        "why": dict(due.why),
        "actions": _actions(rung),
        "rule": {name: rule[name] for name in ("decision", "file", "table", "from", "rules", "inputs") if name in rule},
    }
    escalations.add(tx.uow, row)
    limit = next((told for told in clockwork.of(tx).told if _is_limit(told, stage)), {})
    body = {
        "automatic": True,
        "stage": stage,
        "rung": rung.code,
        "cycle": cycle,
        "due_at": due.due_at,
        "late_seconds": max(0, int((tx.received_at - due.due_at).total_seconds())),
        "why": dict(due.why),
        "calendar": due.why.get("calendar"),
        "limit": {name: limit[name] for name in ("file", "table", "from", "rules") if name in limit},
        "actions": _actions(rung),
        "decisions": [rule],
    }
    tx.record("EscalationTaken", body)
