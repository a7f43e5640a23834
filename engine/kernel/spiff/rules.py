"""Asks the decision that `yikuo:rule` names whether a person's step may be taken. Keeps only how that was decided.

The decision sees the variables of the scope, what was filled in, `occurred_at` and `actor_roles`. It gives a list, a
row for each objection (`code`, `field`, `reason`); what it cannot judge it does not let pass.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from engine.errors import EngineError, Fault, RuleBroken, RuleFailed
from engine.kernel.decided import decided
from engine.kernel.dmn.reading import as_declared, declared_types
from engine.kernel.feel.values import to_json
from engine.kernel.model import Json
from engine.kernel.spiff.instance import Instance
from engine.kernel.spiff.tree import Token
from engine.kernel.trouble import reasons

_ABSENT = ("没有名为", "没有给出", "空值没有")
"""How notes begin that only say that something was not given: null, which a rule may ask for."""


def require_rule(
    instance: Instance, task: Token, values: Mapping[str, Json], occurred_at: datetime | None, roles: tuple[str, ...]
) -> None:
    """Ask the rule at the element of a task; the decisions taken for it are recorded if it has nothing against it.

    Raises:
        RuleBroken: it has; a fault for each row.
        RuleFailed: its table could not be evaluated, or does not give a list of objections.
    """
    element = instance.element(task)
    model = instance.process.model_of(element.rule)
    told = {"occurred_at": to_json(occurred_at or instance.env.now), "actor_roles": list(roles)}
    given: dict[str, Json] = {**instance.scope_of(task), **values, **told}
    absent = dict.fromkeys(name for name in declared_types(model, element.rule) if name not in given)
    try:
        outcome = model.decide(element.rule, as_declared(model, absent | given, element.rule), instance.env.functions)
    except EngineError as error:
        raise RuleFailed(f"{element.rule}：{error}", field=element.id) from error
    notes = [note for note in outcome.notes if not note.reason.startswith(_ABSENT)]
    rows = outcome.value
    if not isinstance(rows, list) or (notes and not rows):
        why = reasons(instance.told(notes or outcome.notes, values)) or "结果不是列表"
        raise RuleFailed(f"{element.rule}：{why}", field=element.id)
    if rows:
        faults = [_fault(row, element.rule) for row in rows]
        raise RuleBroken("；".join(fault.reason for fault in faults), field=faults[0].field, faults=faults)
    instance.decisions += decided(model, outcome.taken, element.id, instance.private(values))


def _fault(row: Any, rule: str) -> Fault:
    """One objection. A row whose reason could not be computed still objects."""
    parts = row if isinstance(row, dict) else {"reason": row}
    code, field, reason = (parts.get(name) for name in ("code", "field", "reason"))
    shown = reason if isinstance(reason, str) and reason else f"不符合规则 {rule}"
    return Fault(str(field or ""), str(code or RuleBroken.code), shown)
